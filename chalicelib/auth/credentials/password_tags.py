"""Password tags: six bits of a keyed hash, which say that a password is probably not the right one.

Checking a password against many argon2id hashes takes 50 ms for each. A tag beside each hash rules
out 63 of 64 wrong ones at once. Without the key it says nothing. Somebody with both the database
and the key would still have to check one of 64 guesses by argon2id. That is why it is so short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.credentials.passwords import normalize_password

if TYPE_CHECKING:
    from chalicelib.auth.credentials.derived_keys import DerivedKey


class PasswordTagger:
    """Makes the tags of passwords.

    Args:
        key: the key for password tags.
    """

    def __init__(self, key: DerivedKey) -> None:
        self._key = key

    def tag(self, password_hash: str, password: str) -> str:
        """Return the tag of a password: a character of base64.

        Args:
            password_hash: the hash that is stored beside the tag. It has a random salt, so the
                tags of equal passwords differ.
            password: the password.
        """
        return self._key.sign(f"{password_hash}\n{normalize_password(password)}")[0]
