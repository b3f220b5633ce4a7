"""Passwords: hashing, verification in constant time, and common passwords."""

from __future__ import annotations

import time
import unicodedata
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
# The password of DUMMY_HASH. The source is public, so everyone knows it.
DUMMY_PASSWORD = "the password of nobody"


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_password(PASSWORD)


def test_hash_uses_argon2id_with_owasp_parameters(stored: str) -> None:
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_same_password_gives_different_hashes(stored: str) -> None:
    assert hash_password(PASSWORD) != stored


def test_right_password_matches(stored: str) -> None:
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
        DUMMY_PASSWORD,
        "\u00e9" * 128,
    ],
)
def test_wrong_password_does_not_match(stored: str, wrong: str) -> None:
    assert verify_password(stored, wrong) is False


def test_last_character_of_a_long_password_counts() -> None:
    stored = hash_password("x" * 127 + "y")
    assert verify_password(stored, "x" * 127 + "y") is True
    assert verify_password(stored, "x" * 127 + "z") is False


def test_non_ascii_characters_count() -> None:
    stored = hash_password("pässwörd 密码 🔑")
    assert verify_password(stored, "pässwörd 密码 🔑") is True
    assert verify_password(stored, "password 密码 🔑") is False


COMPOSED = "Cr\u00e8me br\u00fbl\u00e9e \uac00"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
SPELLINGS = [COMPOSED, DECOMPOSED, COMPOSED.replace("\u00e8", "e\u0300")]


@pytest.mark.parametrize("chosen", SPELLINGS, ids=ascii)
def test_spelling_of_the_same_letters_does_not_count(chosen: str) -> None:
    stored = hash_password(chosen)
    for typed in [*SPELLINGS, COMPOSED.replace(" ", "\u00a0"), COMPOSED.replace(" ", "\u3000")]:
        assert verify_password(stored, typed) is True
    assert verify_password(stored, COMPOSED.lower()) is False
    assert verify_password(stored, COMPOSED.replace("\u00e8", "e")) is False


@pytest.mark.parametrize("chosen", [COMPOSED, DECOMPOSED], ids=ascii)
def test_old_hash_matches_every_spelling(chosen: str) -> None:
    """Earlier versions hashed the password as it was typed."""
    stored = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(chosen)
    for typed in (COMPOSED, DECOMPOSED):
        assert verify_password(stored, typed) is True
        assert verify_password(stored, typed + "x") is False


def test_characters_that_only_look_alike_stay_different() -> None:
    """NFKC would make them equal, and passwords weaker."""
    stored = hash_password("m\u00b2 \ufb01 \uff21")
    for other in ("m2 \ufb01 \uff21", "m\u00b2 fi \uff21", "m\u00b2 \ufb01 A"):
        assert verify_password(stored, other) is False


@pytest.mark.parametrize("password", ["", PASSWORD, DUMMY_PASSWORD])
@pytest.mark.parametrize(
    "stored", [None, "", "x", "$argon2id$", "$argon2id$v=19$m=1$x", "$2b$12$x", PASSWORD]
)
def test_missing_or_invalid_hash_matches_no_password(stored: str | None, password: str) -> None:
    assert verify_password(stored, password) is False


def seconds(action: Callable[[], object]) -> float:
    """Return the processor time of an action: the least of five."""
    taken = []
    for _ in range(5):
        started = time.process_time()
        action()
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.timed
def test_missing_hash_takes_as_long_as_a_real_one(stored: str) -> None:
    verify_password(None, PASSWORD)
    for_someone = seconds(lambda: verify_password(stored, "wrong"))
    for_nobody = seconds(lambda: verify_password(None, "wrong"))
    assert 0.4 < for_nobody / for_someone < 2.5


def test_current_hash_needs_no_rehash(stored: str) -> None:
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
def test_hash_with_other_parameters_needs_rehash(weaker: PasswordHasher) -> None:
    stored = weaker.hash(PASSWORD)
    assert needs_rehash(stored) is True
    assert verify_password(stored, PASSWORD) is True


@pytest.mark.parametrize("common", ["password", "12345678", "qwertyuiop", "PASSWORD", "PassWord"])
def test_common_password_is_rejected(common: str) -> None:
    with pytest.raises(InvalidField) as caught:
        reject_common_password(common)
    reason = "This password is too common. Choose another one."
    assert caught.value.detail == f"password: {reason}"
    assert (caught.value.field, caught.value.reason) == ("password", reason)


@pytest.mark.parametrize("rare", ["", PASSWORD, "password ", "correct-horse-91-battery"])
def test_rare_password_is_accepted(rare: str) -> None:
    reject_common_password(rare)


def test_dummy_hash_has_current_parameters() -> None:
    """Other parameters would take another time than a real hash."""
    assert not needs_rehash(DUMMY_HASH)
    assert not verify_password(None, DUMMY_PASSWORD)
