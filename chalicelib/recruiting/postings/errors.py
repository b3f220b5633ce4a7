"""Errors of postings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping


class PostingNotFound(DomainError):
    """No posting has this id, or it is not one of the caller's."""


class PostingClosed(DomainError):
    """The deadline of the posting has passed."""


class WrongPostingState(DomainError):
    """The posting is in a state in which this cannot be done with it."""


class PostingIncomplete(DomainError):
    """The posting lacks something without which it cannot be published.

    Args:
        problems: why each field prevents that, by the name of the field.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(f"Complete these fields first: {', '.join(problems)}.")
        self.problems = dict(problems)
