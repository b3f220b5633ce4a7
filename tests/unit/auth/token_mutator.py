"""Random changes of tokens. No change may give another valid token."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from tests.unit.auth.token_forger import NOW, base64url, decode_part, encode_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
WHITE = [" ", "\t", "\n", "\r\n", "\x0b", "\x1f", "\x85", "\xa0", "\u2003"]
VALUES: list[Any] = [None, "", "x", "admin", 0, 1, True, [], {}, 1.5, math.nan, NOW, NOW + 10**6]
NAMES = ["alg", "typ", "kid", "crit", "b64", "jku", "iss", "aud", "sub", "sid", "role", "exp"]


def _flip_a_bit(random: Random, token: str, other: str) -> str:
    changed = bytearray(token.encode())
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return changed.decode("latin-1")


def _flip_a_bit_of_what_is_encoded(random: Random, token: str, other: str) -> str:
    parts = token.split(".")
    which = random.randrange(3)
    plain = bytearray(decode_part(parts[which]))
    plain[random.randrange(len(plain))] ^= 1 << random.randrange(8)
    parts[which] = base64url(bytes(plain))
    return ".".join(parts)


def _insert(random: Random, token: str, other: str) -> str:
    at = random.randrange(len(token) + 1)
    return token[:at] + chr(random.randrange(256)) * random.choice([1, 1, 2, 50]) + token[at:]


def _insert_white_space(random: Random, token: str, other: str) -> str:
    at = random.choice([0, len(token), token.index("."), random.randrange(len(token))])
    return token[:at] + random.choice(WHITE) + token[at:]


def _delete(random: Random, token: str, other: str) -> str:
    at = random.randrange(len(token))
    return token[:at] + token[at + random.choice([1, 1, 2, 50]) :]


def _swap(random: Random, token: str, other: str) -> str:
    changed = list(token)
    one, two = random.sample(range(len(changed)), 2)
    changed[one], changed[two] = changed[two], changed[one]
    return "".join(changed)


def _change_case(random: Random, token: str, other: str) -> str:
    at = random.randrange(len(token))
    end = at + random.choice([1, 1, 5, len(token)])
    return token[:at] + token[at:end].swapcase() + token[end:]


def _mix_parts(random: Random, token: str, other: str) -> str:
    parts = [*token.split("."), *other.split(".")]
    return ".".join(random.choice(parts) for _ in range(random.choice([1, 2, 3, 3, 3, 3, 4, 5])))


def _splice(random: Random, token: str, other: str) -> str:
    at = random.randrange(len(token))
    return token[:at] + other[at + random.choice([-1, 0, 0, 1]) :]


def _change_the_last_character_of_a_part(random: Random, token: str, other: str) -> str:
    parts = token.split(".")
    which = random.randrange(3)
    parts[which] = parts[which][:-1] + random.choice(ALPHABET)
    return ".".join(parts)


def _pad(random: Random, token: str, other: str) -> str:
    parts = token.split(".")
    which = random.randrange(3)
    parts[which] += "=" * random.choice([1, 2, 3, -len(parts[which]) % 4])
    return ".".join(parts)


def _use_another_alphabet(random: Random, token: str, other: str) -> str:
    changed = token.replace("-", "+").replace("_", "/")
    return changed if changed != token else token + "+"


def _encode_again(random: Random, token: str, other: str) -> str:
    """Change white space, order or values of the JSON, and keep the signature."""
    parts = token.split(".")
    which = random.randrange(2)
    said: dict[str, Any] = json.loads(decode_part(parts[which]))
    members = list(said.items())
    random.shuffle(members)
    for _ in range(random.randrange(3)):
        members.append((random.choice(NAMES), random.choice(VALUES)))
    indent = random.choice([None, 0, 1, 2])
    parts[which] = encode_part(json.dumps(dict(members), indent=indent).encode())
    return ".".join(parts)


MUTATIONS: list[Callable[[Random, str, str], str]] = [
    _flip_a_bit,
    _flip_a_bit_of_what_is_encoded,
    _insert,
    _insert_white_space,
    _delete,
    _swap,
    _change_case,
    _mix_parts,
    _splice,
    _change_the_last_character_of_a_part,
    _pad,
    _use_another_alphabet,
    _encode_again,
]


def mutate_tokens(random: Random, valid: list[str], count: int) -> Iterator[tuple[str, str]]:
    """Yield ``count`` pairs of a mutation's name and an invalid token."""
    while count:
        mutation = random.choice(MUTATIONS)
        token = mutation(random, *random.sample(valid, 2))
        if token not in valid:
            count -= 1
            yield mutation.__name__.strip("_"), token
