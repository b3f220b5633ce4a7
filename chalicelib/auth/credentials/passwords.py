"""Passwords, stored as argon2id hashes.

The parameters follow the OWASP Password Storage Cheat Sheet: 19 MiB of memory, two passes, one
thread.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chalicelib.common.errors import InvalidField

# Has today's parameters. A constant, because hashing at the first use would double its duration.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$oZTeCKfyNZxu5DprE0gU1A$QcW1MQ"
    "VqFrcEy7nXkBa4M9G2aaRW/KnU6Y3NWnbzJH0"
)

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return the hash to store for a password."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether a password matches a stored hash.

    Without a stored hash the answer is False, after the same work. The duration therefore does not
    reveal whether an account exists.
    """
    try:
        return _HASHER.verify(stored or DUMMY_HASH, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Return whether a hash has other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def reject_common_password(password: str) -> None:
    """Reject the passwords that attackers try first: the 30,000 most frequent ones of zxcvbn.

    Raises:
        InvalidField: the password is one of them, in any case of letters.
    """
    if password.lower() in _common_passwords():
        raise InvalidField("password", "This password is too common. Choose another one.")


@cache
def _common_passwords() -> frozenset[str]:
    # Imported here, because only requests that set a password need the list.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
