"""Signing keys: pairs of Ed25519 keys, in a secret that no worker can read.

The API publishes every key of the secret and verifies tokens with all of them. The first key signs.
The others signed before; they stay until the last token they signed has expired.
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

    from chalicelib.auth.models import SigningKey

# Age in seconds at which the secret is read again.
RELOAD_SECONDS = 300
# Seconds between two reads of the secret for an unknown key id.
RELOAD_FOR_UNKNOWN_SECONDS = 10


def generate_signing_key() -> dict[str, str]:
    """Return a new key as the secret stores it: ``kid`` and ``private_key`` (PKCS 8, PEM)."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"kid": secrets.token_hex(8), "private_key": pem.decode()}


class KeyRing:
    """The signing keys of one version of the secret.

    Args:
        keys: the keys; the first one signs.

    Raises:
        ValueError: there is no key, or one is not an Ed25519 key.
    """

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        if not keys:
            raise ValueError("The secret holds no signing key.")
        self._private: dict[str, Ed25519PrivateKey] = {}
        for key in keys:
            private = load_pem_private_key(key.private_key.encode(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError(f"Signing key {key.kid} is not an Ed25519 key.")
            self._private[key.kid] = private
        self.active_kid = keys[0].kid

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """The private key that signs."""
        return self._private[self.active_kid]

    @cached_property
    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        """The public keys by key id."""
        return {kid: private.public_key() for kid, private in self._private.items()}

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set (RFC 7517), for verifiers of our tokens."""
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
    """The key ring of a process. It reads the secret again, so that it learns of a rotation.

    Args:
        read: reads the signing keys from the secret.
        clock: returns seconds of a clock that never goes back.
    """

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
        """The keys, at most five minutes old; older only while the secret cannot be read."""
        if self._ring is None:
            return self._load()
        if self._clock() - self._read_at >= RELOAD_SECONDS:
            return self._reload(self._ring)
        return self._ring

    def find_public_key(self, kid: str) -> Ed25519PublicKey | None:
        """Return the public key with this id, or None.

        An unknown id may belong to a new key, so the secret is read again. That happens at most
        every ten seconds, so that invented ids do not cost a call each.

        Raises:
            Exception: the secret could never be read.
        """
        ring = self.ring
        now = self._clock()
        may_read = now - self._read_for_unknown_at >= RELOAD_FOR_UNKNOWN_SECONDS
        if kid not in ring.public_keys and may_read:
            self._read_for_unknown_at = now
            ring = self._reload(ring)
        return ring.public_keys.get(kid)

    def _reload(self, ring: KeyRing) -> KeyRing:
        """Read the keys again. Return ``ring`` if that fails."""
        try:
            return self._load()
        except Exception:
            self._read_at = self._clock()
            return ring

    def _load(self) -> KeyRing:
        self._ring = KeyRing(self._read())
        self._read_at = self._clock()
        return self._ring
