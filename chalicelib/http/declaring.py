"""What a route takes and gives, declared beside it: chalicelib.http.openapi tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.http.bodies import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.http.problems import AnyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a route takes and gives.

    Args:
        gives: the type of the body of each status that is no problem; None for no body.
        takes: the type of the body that is sent.
        may_be_empty: whether that may be left out.
        asks: the type of the query, a parameter for each field.
        raises: the problems of its own; those of all routes of its kind are known.
        headers: of the answer, name and meaning.
        accepts_key: whether it has an Idempotency-Key.
        is_conditional: whether it has an ETag, and knows If-None-Match.
        media_type: of the answer.
        needs_stores: whether it is unavailable without Redis or without MongoDB.
        cookie: that may prove something in place of what is in the body.
    """

    gives: Mapping[int, Any]
    takes: Any = None
    may_be_empty: bool = False
    asks: Any = None
    raises: tuple[type[AnyError], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    accepts_key: bool = False
    is_conditional: bool = False
    media_type: str = JSON
    needs_stores: bool = True
    cookie: str | None = None
