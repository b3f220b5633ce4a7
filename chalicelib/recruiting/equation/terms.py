"""The terms of the equation."""

from __future__ import annotations

from enum import StrEnum


class Term(StrEnum):
    """What became of an accepted application: a term of the equation."""

    WAITING = "waiting"
    PIPELINE = "pipeline"
    WITHDRAWN = "withdrawn"
    REPEATED = "repeated"
    ERASED = "erased"
    DEAD_LETTERED = "dead_lettered"
    DISCARDED = "discarded"
