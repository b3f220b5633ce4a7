"""Signing keys: Ed25519 pairs, in a secret that only the API may read.

A key is published and verifies from the moment it is there. The first of the secret signs; those
behind it were first before, and verify for as long as tokens of theirs may be about.
"""

from __future__ import annotations

import secrets
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from chalicelib.bootstrap.settings import SigningKey

# How old (s) what was read may be before it is read again.
RELOAD_SECONDS = 300
# How often (s) it may be read again for a key that is not known.
RELOAD_FOR_UNKNOWN_SECONDS = 10


def generate_signing_key() -> dict[str, str]:
    """A new key as the secret holds it: ``kid`` and ``private_key`` (PKCS 8, PEM)."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"kid": secrets.token_hex(8), "private_key": pem.decode()}


class KeyRing:
    """The keys of a stage. The first signs; all verify, so that a key can be rotated."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        if not keys:
            raise ValueError("the secret holds no signing key")
        self._private: dict[str, Ed25519PrivateKey] = {}
        for key in keys:
            private = load_pem_private_key(key.private_key.encode(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError(f"signing key {key.kid} is not an Ed25519 key")
            self._private[key.kid] = private
        self.active_kid = keys[0].kid

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return self._private[self.active_kid]

    @cached_property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The public keys by key id."""
        return {kid: private.public_key() for kid, private in self._private.items()}

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517), for whoever verifies our tokens."""
        return {
            "keys": [
                {
                    **OKPAlgorithm.to_jwk(public, as_dict=True),
                    "kid": kid,
                    "use": "sig",
                    "alg": "EdDSA",
                }
                for kid, public in self.public_keys.items()
            ]
        }


class SigningKeys:
    """The key ring of a process that outlives a rotation: it reads the secret again in time."""

    def __init__(
        self,
        read: Callable[[], Sequence[SigningKey]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._clock = clock
        self._ring: KeyRing | None = None
        self._read_at = 0.0
        self._read_for_unknown_at = -float(RELOAD_FOR_UNKNOWN_SECONDS)

    @property
    def ring(self) -> KeyRing:
        """The keys as they were at most five minutes ago, unless the secret cannot be read."""
        if self._ring is None:
            return self._load()
        if self._clock() - self._read_at >= RELOAD_SECONDS:
            return self._reload(self._ring)
        return self._ring

    def find_public_key(self, kid: str) -> Ed25519PublicKey | None:
        """The public key of this id. One that is unknown may be new: then the secret is read again.

        At most every ten seconds, so that made-up ids do not cost a call each.

        Raises:
            Exception: the secret was never read, and cannot be.
        """
        ring = self.ring
        now = self._clock()
        may_read = now - self._read_for_unknown_at >= RELOAD_FOR_UNKNOWN_SECONDS
        if kid not in ring.public_keys and may_read:
            self._read_for_unknown_at = now
            ring = self._reload(ring)
        return ring.public_keys.get(kid)

    def _reload(self, ring: KeyRing) -> KeyRing:
        """The keys as they are now or, if they cannot be read, as they were."""
        try:
            return self._load()
        except Exception:
            self._read_at = self._clock()
            return ring

    def _load(self) -> KeyRing:
        self._ring = KeyRing(self._read())
        self._read_at = self._clock()
        return self._ring
