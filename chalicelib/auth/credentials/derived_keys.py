"""Keys that are derived from one secret, one key for each purpose.

Derivation is the expand step of HKDF (RFC 5869). A signature for one purpose is therefore invalid
for every other purpose.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def new_secret() -> str:
    """Return a new secret to derive keys from: 32 random bytes in URL-safe base64."""
    return secrets.token_urlsafe(32)


def encode_url_safe(data: bytes) -> bytes:
    """Return data as base64url without padding; the functions of ``base64`` take twice as long."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")


class DerivedKey:
    """The key for one purpose.

    Args:
        secret: the secret of the deployment stage.
        purpose: name of the purpose. A different name gives an unrelated key.
    """

    def __init__(self, secret: str, purpose: str) -> None:
        self.bytes = hmac.digest(secret.encode(), purpose.encode() + b"\x01", hashlib.sha256)
        # Copied for each signature, because OpenSSL takes longer to begin one with a key.
        self._begun = hmac.new(self.bytes, digestmod=hashlib.sha256)

    def sign(self, text: str) -> str:
        """Return the signature of a text: HMAC-SHA256 as 43 URL-safe characters."""
        return self.sign_bytes(text.encode()).decode()

    def sign_bytes(self, text: bytes) -> bytes:
        """Return the signature of a text in UTF-8, as ``sign`` does."""
        signature = self._begun.copy()
        signature.update(text)
        return encode_url_safe(signature.digest())

    def token(self, text: str) -> str:
        """Return the text, a dot and the signature of the text."""
        return f"{text}.{self.sign(text)}"

    def read(self, token: str) -> str | None:
        """Return the text of a token, or None if this key did not sign the token."""
        text, _, signature = token.rpartition(".")
        if text and hmac.compare_digest(self.sign(text).encode(), signature.encode()):
            return text
        return None
