"""Passwords, stored as argon2id hashes.

The parameters follow the OWASP Password Storage Cheat Sheet: 19 MiB of memory, two passes, one
thread. A password is hashed in the form of ``normalize_password``. Hashes of earlier versions are
of the password as it was typed.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from argon2 import PasswordHasher

# Has today's parameters. A constant, because hashing at the first use would double its duration.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$oZTeCKfyNZxu5DprE0gU1A$QcW1MQ"
    "VqFrcEy7nXkBa4M9G2aaRW/KnU6Y3NWnbzJH0"
)


def normalize_password(password: str) -> str:
    """Return a password as it is hashed (the profile OpaqueString of RFC 8265, section 4.2).

    The same letters can be stored as different characters, depending on the keyboard and the
    system: they are composed (NFC), and every kind of space becomes a plain one.
    """
    spaced = "".join(
        " " if unicodedata.category(character) == "Zs" else character for character in password
    )
    return unicodedata.normalize("NFC", spaced)


def hash_password(password: str) -> str:
    """Return the hash to store for a password."""
    return _hasher().hash(normalize_password(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether a password matches a stored hash.

    Without a stored hash the answer is False, after the same work. The duration therefore does not
    reveal whether an account exists.
    """
    return any(
        _matches(stored or DUMMY_HASH, spelling) and bool(stored)
        for spelling in _spellings(password)
    )


def _spellings(password: str) -> Iterable[str]:
    """Return the texts that may have been hashed for a password, the likeliest one first.

    The second and the third are those of old hashes. All are the same for most passwords.
    """
    decomposed = unicodedata.normalize("NFD", password)
    return dict.fromkeys((normalize_password(password), password, decomposed))


def _matches(stored: str, text: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored, text)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Return whether a hash has other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


@cache
def _hasher() -> PasswordHasher:
    # Imported here, because few processes handle a password in their first requests.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def reject_common_password(password: str) -> None:
    """Reject the passwords that attackers try first: the 30,000 most frequent ones of zxcvbn.

    Raises:
        InvalidField: the password is one of them, in any case of letters.
    """
    if normalize_password(password).lower() in _common_passwords():
        raise InvalidField("password", "This password is too common. Choose another one.")


@cache
def _common_passwords() -> frozenset[str]:
    # Imported here, because only requests that set a password need the list.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
