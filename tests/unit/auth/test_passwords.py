"""Passwords: hashed with argon2id, compared in the same time whether there is an account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from chalicelib.auth.credentials.passwords import (
    DUMMY_HASH,
    hash_password,
    needs_rehash,
    reject_common_password,
    verify_password,
)
from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "correct horse battery staple"
# What stands in the source for nobody: everyone may know it.
NOBODYS = "the password of nobody"


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_password(PASSWORD)


def test_a_hash_is_of_argon2id_with_the_parameters_of_owasp(stored: str) -> None:
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_salted(stored: str) -> None:
    assert hash_password(PASSWORD) != stored


def test_the_right_password_matches(stored: str) -> None:
    assert verify_password(stored, PASSWORD) is True


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        PASSWORD + " ",
        " " + PASSWORD,
        PASSWORD[:-1],
        PASSWORD.title(),
        PASSWORD + "\0",
        NOBODYS,
        "\u00e9" * 128,
    ],
)
def test_another_password_does_not(stored: str, wrong: str) -> None:
    assert verify_password(stored, wrong) is False


def test_all_of_a_long_password_counts() -> None:
    stored = hash_password("x" * 127 + "y")
    assert verify_password(stored, "x" * 127 + "y") is True
    assert verify_password(stored, "x" * 127 + "z") is False


def test_letters_of_all_the_world_count() -> None:
    stored = hash_password("pässwörd 密码 🔑")
    assert verify_password(stored, "pässwörd 密码 🔑") is True
    assert verify_password(stored, "password 密码 🔑") is False


@pytest.mark.parametrize("password", ["", PASSWORD, NOBODYS])
def test_nobody_has_a_password(password: str) -> None:
    assert verify_password(None, password) is False


@pytest.mark.parametrize("password", ["", PASSWORD, NOBODYS])
def test_an_account_with_an_empty_hash_has_no_password(password: str) -> None:
    assert verify_password("", password) is False


@pytest.mark.parametrize(
    "broken", ["x", "$argon2id$", "$argon2id$v=19$m=1$x", "$2b$12$x", PASSWORD]
)
def test_what_is_no_hash_matches_nothing(broken: str) -> None:
    assert verify_password(broken, PASSWORD) is False


def seconds(action: Callable[[], object]) -> float:
    """The least of five, so that a busy machine does not count."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return min(taken)


@pytest.mark.timed
def test_as_much_work_is_done_for_nobody(stored: str) -> None:
    verify_password(None, PASSWORD)
    for_someone = seconds(lambda: verify_password(stored, "wrong"))
    for_nobody = seconds(lambda: verify_password(None, "wrong"))
    assert 0.4 < for_nobody / for_someone < 2.5


def test_a_hash_of_today_is_kept(stored: str) -> None:
    assert needs_rehash(stored) is False


@pytest.mark.parametrize(
    "weaker",
    [
        PasswordHasher(time_cost=1, memory_cost=19456, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=19456, parallelism=2),
    ],
    ids=["passes", "memory", "lanes"],
)
def test_a_hash_of_other_parameters_is_made_anew(weaker: PasswordHasher) -> None:
    stored = weaker.hash(PASSWORD)
    assert needs_rehash(stored) is True
    assert verify_password(stored, PASSWORD) is True


@pytest.mark.parametrize("common", ["password", "12345678", "qwertyuiop", "PASSWORD", "PassWord"])
def test_a_common_password_is_refused(common: str) -> None:
    with pytest.raises(InvalidField) as caught:
        reject_common_password(common)
    reason = "This password is too common. Choose another one."
    assert caught.value.detail == f"password: {reason}"
    assert (caught.value.field, caught.value.reason) == ("password", reason)


@pytest.mark.parametrize("rare", ["", PASSWORD, "password ", "correct-horse-91-battery"])
def test_another_is_not(rare: str) -> None:
    reject_common_password(rare)


def test_the_hash_of_nobody_is_made_with_todays_parameters() -> None:
    """Else it would take another time than somebody's."""
    assert not needs_rehash(DUMMY_HASH)
    assert not verify_password(None, NOBODYS)
