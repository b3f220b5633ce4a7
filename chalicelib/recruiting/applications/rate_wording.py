"""Limits as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue import Rate

_UNITS = (("a", "day", 24 * 60 * 60), ("an", "hour", 60 * 60), ("a", "minute", 60))


def in_words(rates: Sequence[Rate]) -> str:
    """The limits of applying: ``10 applications in 5 minutes, 100 in a day``."""
    first, *others = rates
    noun = "application" if first.jobs == 1 else "applications"
    told = [f"{first.jobs} {noun} in {_span(first.seconds)}"]
    told += [f"{rate.jobs} in {_span(rate.seconds)}" for rate in others]
    return ", ".join(told)


def _span(seconds: int) -> str:
    for article, unit, length in _UNITS:
        if seconds % length == 0:
            number = seconds // length
            return f"{article} {unit}" if number == 1 else f"{number} {unit}s"
    return "a second" if seconds == 1 else f"{seconds} seconds"
