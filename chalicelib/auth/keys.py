"""Signing keys: Ed25519 pairs, the private half kept as PEM in the settings secret."""

from __future__ import annotations

import secrets
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
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from chalicelib.config import SigningKey


def generate_signing_key() -> dict[str, str]:
    """A new key as the settings secret holds it: ``kid`` and ``private_key`` (PKCS 8, PEM)."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"kid": secrets.token_hex(8), "private_key": pem.decode()}


class KeyRing:
    """The keys of a stage. The first signs; all verify, so that a key can be rotated."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        if not keys:
            raise ValueError("the settings secret holds no signing key")
        self._private: dict[str, Ed25519PrivateKey] = {}
        for key in keys:
            private = load_pem_private_key(key.private_key.encode(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError(f"signing key {key.kid} is not an Ed25519 key")
            self._private[key.kid] = private
        self.active_kid = keys[0].kid

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs."""
        return self._private[self.active_kid]

    @cached_property
    def verifying(self) -> dict[str, Ed25519PublicKey]:
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
                for kid, public in self.verifying.items()
            ]
        }
