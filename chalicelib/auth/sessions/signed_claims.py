"""Signed claims: compact JSON Web Signatures (RFC 7515), without an expiry.

Anyone can verify signatures with Ed25519 (RFC 8037), by the public keys. Only we can verify those
with HMAC, which take a tenth of the processor time. Each type has keys of its own.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chalicelib.auth.credentials.derived_keys import encode_url_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.auth.credentials.derived_keys import DerivedKey
    from chalicelib.auth.sessions.signing_keys import KeyRing, SigningKeys

_MAX_LENGTH = 4096
# The last part encodes 64 bytes, so four bits of its last character are unused. They must be 0, so
# that each text has one spelling only. The signature covers the spelling of the other parts.
_FORMAT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


class ClaimsSigner:
    """Signs and reads claims of one type.

    Args:
        keys: the keys of the type. Old ones stay, because claims do not expire.
        kind: the ``typ`` of the header, which distinguishes these texts from others.
    """

    def __init__(self, keys: SigningKeys, kind: str) -> None:
        self._keys = keys
        self._type = kind
        self._ring: KeyRing | None = None
        self._header = b""

    def sign(self, claims: Mapping[str, Any] | msgspec.Struct) -> str:
        """Return claims as a compact JWS, signed by the newest key."""
        ring = self._keys.ring
        if ring is not self._ring:
            header = _Header("EdDSA", ring.active_kid, self._type)
            self._header = encode_url_safe(msgspec.json.encode(header))
            self._ring = ring
        signed = b"%b.%b" % (self._header, encode_url_safe(msgspec.json.encode(claims)))
        return (b"%b.%b" % (signed, encode_url_safe(ring.signing_key.sign(signed)))).decode()

    def read(self, text: str) -> dict[str, Any] | None:
        """Return the claims of a text, or None if none of our keys signed it."""
        return read_claims(text, self._type, self._keys.find_public_key)

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        return self._keys.ring.jwks()


class MacClaimsSigner:
    """Signs and reads claims of one type with HMAC-SHA256 (``HS256``).

    Args:
        key: the key of the type.
        kind: the ``typ`` of the header.
    """

    def __init__(self, key: DerivedKey, kind: str) -> None:
        self._key = key
        self._prefix = mac_prefix(kind)
        self._signed_prefix = self._prefix.encode()

    def sign(self, claims: Mapping[str, Any] | msgspec.Struct) -> str:
        """Return claims as a compact JWS."""
        signed = self._signed_prefix + encode_url_safe(msgspec.json.encode(claims))
        return (b"%b.%b" % (signed, self._key.sign_bytes(signed))).decode()

    def read(self, text: str) -> dict[str, Any] | None:
        """Return the claims of a text, or None if our key did not sign it."""
        if len(text) > _MAX_LENGTH or not text.startswith(self._prefix):
            return None
        signed = self._key.read(text)
        if signed is None:
            return None
        payload = _decode(signed.removeprefix(self._prefix))
        return msgspec.json.decode(payload, type=dict[str, Any])


def mac_prefix(kind: str) -> str:
    """Return how every text with HMAC of a type begins: with its header and a dot."""
    return f"{encode_url_safe(msgspec.json.encode({'alg': 'HS256', 'typ': kind})).decode()}."


def read_claims(
    text: str, kind: str, find_key: Callable[[str], Ed25519PublicKey | None]
) -> dict[str, Any] | None:
    """Return the claims of a compact JWS, or None if it is not valid.

    Args:
        text: the JWS.
        kind: the ``typ`` that its header must have.
        find_key: returns the public key with an id, or None.
    """
    if len(text) > _MAX_LENGTH or not _FORMAT.fullmatch(text):
        return None
    signed, _, signature = text.rpartition(".")
    header, _, payload = signed.partition(".")
    try:
        fields = msgspec.json.decode(_decode(header), type=_Header)
        if (fields.alg, fields.typ) != ("EdDSA", kind):
            return None
        key = find_key(fields.kid)
        if key is None:
            return None
        key.verify(_decode(signature), signed.encode())
        return msgspec.json.decode(_decode(payload), type=dict[str, Any])
    except (InvalidSignature, msgspec.MsgspecError, ValueError):
        return None


def read_jwks(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """Return the Ed25519 keys of a JSON Web Key Set by key id.

    Raises:
        ValueError: it is not a key set, or one of its keys is not an Ed25519 key.
    """
    try:
        return {
            key["kid"]: Ed25519PublicKey.from_public_bytes(_decode(key["x"]))
            for key in jwks["keys"]
            if key["crv"] == "Ed25519"
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a JSON Web Key Set of Ed25519 keys") from error


def _decode(text: str) -> bytes:
    # Python ignores superfluous padding.
    return base64.urlsafe_b64decode(f"{text}==")
