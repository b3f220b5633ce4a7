"""Keys that are derived from one secret, one key for each purpose.

Derivation is the expand step of HKDF (RFC 5869). A signature for one purpose is therefore invalid
for every other purpose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets


def new_secret() -> str:
    """Return a new secret to derive keys from: 32 random bytes in URL-safe base64."""
    return secrets.token_urlsafe(32)


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
        signature = self._begun.copy()
        signature.update(text.encode())
        return base64.urlsafe_b64encode(signature.digest()).rstrip(b"=").decode()

    def token(self, text: str) -> str:
        """Return the text, a dot and the signature of the text."""
        return f"{text}.{self.sign(text)}"

    def read(self, token: str) -> str | None:
        """Return the text of a token, or None if this key did not sign the token."""
        text, _, signature = token.rpartition(".")
        if text and hmac.compare_digest(self.sign(text).encode(), signature.encode()):
            return text
        return None
