"""Rotation of signing keys."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.auth.models import SigningKey
from chalicelib.auth.sessions.key_rotation import RETENTION_SECONDS, rotate_signing_keys
from chalicelib.auth.sessions.signing_keys import KeyRing, generate_signing_key
from tests.unit.auth.token_forger import NOW


def key(kid: str, retired_at: float | None = None) -> dict[str, Any]:
    made = {**generate_signing_key(), "kid": kid}
    return made if retired_at is None else {**made, "retired_at": retired_at}


def kids(keys: list[dict[str, Any]]) -> list[str]:
    return [each["kid"] for each in keys[1:]]


def test_retention_covers_reload_lifetime_and_skew() -> None:
    assert RETENTION_SECONDS == 300 + 600 + 5


def test_rotation_puts_a_new_key_first() -> None:
    present = key("present")
    new, old = rotate_signing_keys([present], clock=lambda: NOW)
    assert set(new) == {"kid", "private_key"}
    assert new["kid"] != "present"
    assert new["private_key"] != present["private_key"]
    assert old == {**present, "retired_at": NOW}


def test_rotation_does_not_change_its_input() -> None:
    present = key("present")
    before = dict(present)
    rotate_signing_keys([present], clock=lambda: NOW)
    assert present == before


def test_retired_key_keeps_its_time() -> None:
    keys = [key("present"), key("before", NOW - 100)]
    _, present, before = rotate_signing_keys(keys, clock=lambda: NOW)
    assert present["retired_at"] == NOW
    assert before["retired_at"] == NOW - 100


def test_key_with_null_time_counts_as_active() -> None:
    [_, old] = rotate_signing_keys([{**key("present"), "retired_at": None}], clock=lambda: NOW)
    assert old["retired_at"] == NOW


@pytest.mark.parametrize(
    ("age", "kept"), [(0, True), (904, True), (904.999, True), (905, False), (10**6, False)]
)
def test_key_is_removed_after_the_retention_time(age: float, kept: bool) -> None:
    keys = [key("present"), key("before", NOW - age)]
    assert kids(rotate_signing_keys(keys, clock=lambda: NOW)) == ["present", "before"][: 1 + kept]


def test_remaining_keys_keep_their_order() -> None:
    keys = [key("c"), key("b", NOW - 1000), key("a", NOW - 10), key("z", NOW - 20)]
    assert kids(rotate_signing_keys(keys, clock=lambda: NOW)) == ["c", "a", "z"]


def test_drop_removes_all_old_keys() -> None:
    keys = [key("present"), key("before", NOW - 10)]
    [new] = rotate_signing_keys(keys, drop=True, clock=lambda: NOW)
    assert new["kid"] not in {"present", "before"}


def test_rotation_of_no_keys_makes_the_first_one() -> None:
    [new] = rotate_signing_keys([])
    assert set(new) == {"kid", "private_key"}


def test_default_clock_is_the_system_time() -> None:
    before = time.time()
    _, old = rotate_signing_keys([key("present")])
    assert before <= old["retired_at"] <= time.time()


def test_rotated_keys_make_a_key_ring() -> None:
    rotated = rotate_signing_keys(rotate_signing_keys([key("present")]))
    ring = KeyRing([SigningKey(**each) for each in rotated])
    assert ring.active_kid == rotated[0]["kid"]
    assert list(ring.public_keys) == [each["kid"] for each in rotated]
    assert len(rotated) == 3
