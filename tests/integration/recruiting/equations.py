"""Checks of the equation of a posting."""

from __future__ import annotations

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.equation.checker import EquationChecker

COLLECTIONS = ("accepted_log", "equations", "removed_applications")


def make_checker(parts: Container) -> EquationChecker:
    """Return a checker that waits for nothing, because nothing is in flight."""
    made = parts.equation
    return EquationChecker(
        made.examiner,
        made.log_mover,
        made.accepted_log,
        made.removed,
        made.stored,
        made.equations,
        sleep=lambda seconds: None,
    )


def check_equation(parts: Container, posting: str, accepted: int) -> None:
    """Check that a posting has this many accepted applications, and all are accounted for."""
    equation = make_checker(parts).check(posting)
    assert equation.balanced, (equation.missing_ids, equation.unexpected_ids)
    assert equation.accepted == accepted
