"""Keys for one purpose each, and what is signed with them.

All are derived from one secret (HKDF, RFC 5869, its expanding step), so that what was signed for
one purpose is never good for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets


def new_secret() -> str:
    """A secret from which keys are derived: 32 random bytes, URL-safe base64."""
    return secrets.token_urlsafe(32)


class DerivedKey:
    """The key of one purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        self.bytes = hmac.digest(secret.encode(), purpose.encode() + b"\x01", hashlib.sha256)

    def sign(self, text: str) -> str:
        """The signature of a text: 43 URL-safe characters."""
        digest = hmac.digest(self.bytes, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def token(self, text: str) -> str:
        """A text with its signature behind the last dot."""
        return f"{text}.{self.sign(text)}"

    def read(self, token: str) -> str | None:
        """The text of a token, or None if this key did not sign it."""
        text, _, signature = token.rpartition(".")
        if text and hmac.compare_digest(self.sign(text).encode(), signature.encode()):
            return text
        return None
