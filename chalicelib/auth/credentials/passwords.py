"""Passwords, kept as argon2id hashes.

Parameters after the OWASP Password Storage Cheat Sheet: 19 MiB of memory, two passes, one lane.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chalicelib.common.errors import InvalidField

# Made with today's parameters, and not when it is first needed: that would take twice the time.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$oZTeCKfyNZxu5DprE0gU1A$QcW1MQ"
    "VqFrcEy7nXkBa4M9G2aaRW/KnU6Y3NWnbzJH0"
)

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The hash to keep for a password."""
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one behind a stored hash.

    Without a stored hash (there is no such account) the same work is done and the answer is no, so
    the time tells nothing.
    """
    try:
        return _HASHER.verify(stored or DUMMY_HASH, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def reject_common_password(password: str) -> None:
    """Refuse what attackers try first: the 30,000 most frequent passwords that zxcvbn lists.

    Raises:
        InvalidField: it is one of them, in small letters or large.
    """
    if password.lower() in _common():
        raise InvalidField(
            "password", "This password is one of the most common ones; choose another."
        )


@cache
def _common() -> frozenset[str]:
    # Here, because only who sets a password needs the list.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
