"""Signing keys: generation, the key ring, and reading the secret again."""

from __future__ import annotations

import inspect
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from chalicelib.auth.models import SigningKey
from chalicelib.auth.sessions.signing_keys import (
    RELOAD_FOR_UNKNOWN_SECONDS,
    RELOAD_SECONDS,
    KeyRing,
    SigningKeys,
    generate_signing_key,
)
from tests.unit.auth.token_forger import base64url, load_private_key, make_key

if TYPE_CHECKING:
    from collections.abc import Sequence


def raw(public: Any) -> bytes:
    content: bytes = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return content


def test_generated_key_has_the_format_of_the_secret() -> None:
    made = generate_signing_key()
    assert set(made) == {"kid", "private_key"}
    assert re.fullmatch("[0-9a-f]{16}", made["kid"])
    assert made["private_key"].startswith("-----BEGIN PRIVATE KEY-----\n")
    private = load_pem_private_key(made["private_key"].encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)


def test_generated_keys_are_unique() -> None:
    made = [generate_signing_key() for _ in range(20)]
    assert len({key["kid"] for key in made}) == 20
    assert len({key["private_key"] for key in made}) == 20


def test_first_key_signs_and_all_keys_verify() -> None:
    keys = [make_key("one"), make_key("two"), make_key("three")]
    ring = KeyRing(keys)
    assert ring.active_kid == "one"
    assert raw(ring.signing_key.public_key()) == raw(load_private_key(keys[0]).public_key())
    assert list(ring.public_keys) == ["one", "two", "three"]
    for key in keys:
        assert raw(ring.public_keys[key.kid]) == raw(load_private_key(key).public_key())


def test_public_keys_are_derived_once() -> None:
    ring = KeyRing([make_key()])
    assert ring.public_keys is ring.public_keys


def test_jwks_holds_only_public_keys() -> None:
    keys = [make_key("one"), make_key("two")]
    assert KeyRing(keys).jwks() == {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url(raw(load_private_key(key).public_key())),
                "kid": key.kid,
                "use": "sig",
                "alg": "EdDSA",
            }
            for key in keys
        ]
    }


def test_empty_ring_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"^The secret holds no signing key\.$"):
        KeyRing([])


def test_key_of_another_algorithm_is_named() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError, match=r"^Signing key of-ec is not an Ed25519 key\.$"):
        KeyRing([make_key(), SigningKey("of-ec", pem)])


def test_invalid_pem_is_rejected() -> None:
    with pytest.raises(ValueError, match="PEM"):
        KeyRing([SigningKey("x", "no key")])


class Process:
    """The keys of a process, with a secret and a clock that a test can set."""

    def __init__(self, *keys: SigningKey, clock: float = 0.0) -> None:
        self.secret: Sequence[SigningKey] = keys
        self.clock = clock
        self.reads = 0
        self.keys = SigningKeys(self._read, lambda: self.clock)

    def _read(self) -> Sequence[SigningKey]:
        self.reads += 1
        return self.secret


OLD, NEW = make_key("old"), make_key("new")


def test_reload_intervals() -> None:
    assert (RELOAD_SECONDS, RELOAD_FOR_UNKNOWN_SECONDS) == (300, 10)


@pytest.mark.parametrize("started", [0.0, 5.0, 1e9])
def test_secret_is_read_lazily_and_every_five_minutes(started: float) -> None:
    process = Process(OLD, clock=started)
    assert process.reads == 0
    assert process.keys.ring.active_kid == "old"
    process.secret = [NEW, OLD]
    process.clock = started + 299.99
    assert process.keys.ring.active_kid == "old"
    assert process.reads == 1
    process.clock = started + 300
    assert process.keys.ring.active_kid == "new"
    assert process.reads == 2
    process.clock = started + 599.99
    assert process.keys.ring.active_kid == "new"
    assert process.reads == 2
    process.clock = started + 600
    assert process.keys.ring.active_kid == "new"
    assert process.reads == 3


def test_ring_is_cached_between_reads() -> None:
    process = Process(OLD)
    ring = process.keys.ring
    assert process.keys.ring is ring


def test_known_key_id_reads_no_secret() -> None:
    process = Process(NEW, OLD)
    assert process.keys.find_public_key("old") is process.keys.ring.public_keys["old"]
    process.clock = 299
    assert process.keys.find_public_key("new") is process.keys.ring.public_keys["new"]
    assert process.reads == 1


def test_unknown_key_id_reads_the_secret_again() -> None:
    """A process may have read the secret just before a rotation."""
    process = Process(OLD)
    assert process.keys.ring.active_kid == "old"
    process.secret = [NEW, OLD]
    assert process.keys.find_public_key("new") is process.keys.ring.public_keys["new"]
    assert process.reads == 2


def test_unknown_key_ids_read_at_most_every_ten_seconds() -> None:
    process = Process(OLD)
    assert process.keys.find_public_key("made up") is None
    assert process.reads == 2
    process.secret = [NEW, OLD]
    process.clock = 9.99
    assert process.keys.find_public_key("new") is None
    assert process.reads == 2
    process.clock = 10
    assert process.keys.find_public_key("new") is process.keys.ring.public_keys["new"]
    assert process.reads == 3


def test_failed_read_keeps_the_old_keys() -> None:
    process = Process(OLD)
    ring = process.keys.ring
    process.secret = []
    for clock in (300, 400, 700):
        process.clock = clock
        assert process.keys.ring is ring
        assert process.keys.find_public_key("old") is ring.public_keys["old"]
        assert process.keys.find_public_key("made up") is None
    process.secret = [NEW]
    process.clock = 1100
    assert process.keys.ring.active_kid == "new"


def test_failed_first_read_raises() -> None:
    process = Process(OLD)
    process.secret = []
    with pytest.raises(ValueError, match="holds no signing key"):
        _ = process.keys.ring


def test_thousand_unknown_ids_read_the_secret_eleven_times() -> None:
    process = Process(OLD)
    for tenth in range(1000):
        process.clock = tenth / 10
        assert process.keys.find_public_key(f"made-up-{tenth}") is None
    assert process.reads == 11


def test_removed_key_is_unknown_after_five_minutes() -> None:
    process = Process(OLD)
    assert process.keys.find_public_key("old") is not None
    process.secret = [NEW]
    process.clock = 300
    assert process.keys.find_public_key("old") is None


def test_default_clock_is_monotonic() -> None:
    assert inspect.signature(SigningKeys).parameters["clock"].default is time.monotonic
