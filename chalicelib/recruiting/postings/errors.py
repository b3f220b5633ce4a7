"""Errors of postings."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class PostingNotFound(DomainError):
    """No posting has this id."""


class PostingClosed(DomainError):
    """The deadline of the posting has passed."""
