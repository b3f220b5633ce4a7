"""Help for property tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from hypothesis import example

Test = Callable[..., Any]


def examples(*values: Any) -> Callable[[Test], Test]:
    """Return a decorator that adds one explicit example for each value to a property test."""
    return lambda test: reduce(lambda decorated, value: example(value)(decorated), values, test)
