"""Random plans of steps."""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import random
from typing import Any, NamedTuple


class Step(NamedTuple):
    """A step of a plan.

    Args:
        action: the name of the action.
        which: selects one of the existing things that the action applies to, modulo their number.
        more: a second number for the action.
        meanwhile: steps that happen while this one is carried out.
    """

    action: str
    which: int = 0
    more: int = 0
    meanwhile: tuple[Any, ...] = ()


WEIGHTS = {
    "apply": 22,
    "apply_with_key": 4,
    "withdraw": 22,
    "withdraw_with_key": 3,
    "withdraw_without_mongodb": 1,
    "work": 10,
    "work_some": 8,
    "dead_letter": 16,
    "kill": 5,
    "stall": 4,
    "redrive": 9,
    "redrive_all": 2,
    "discard": 3,
    "forget": 3,
    "forget_results": 2,
    "flush": 1,
    "flush_idle": 3,
    "read": 2,
}


def random_plan(seed: int, length: int, without: tuple[str, ...] = ()) -> list[Step]:
    """Return a random plan."""
    chance = random.Random(seed)
    names = [name for name in WEIGHTS if name not in without]
    weights = [WEIGHTS[name] for name in names]

    def step(depth: int) -> Step:
        [action] = chance.choices(names, weights)
        meanwhile: tuple[Step, ...] = ()
        if depth == 0 and (action == "stall" or (action == "withdraw" and chance.random() < 0.2)):
            meanwhile = tuple(step(1) for _ in range(chance.randrange(1, 4)))
        which = min(chance.randrange(6), chance.randrange(6))
        return Step(action, which, chance.randrange(6), meanwhile)

    return [step(0) for _ in range(length)]
