"""Reading request bodies and writing answers, with types that validate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from chalice import Response

from chalicelib.errors import Invalid, Malformed, TooLarge

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.errors import Problem

BODY_LIMIT_BYTES = 256 * 1024


def read_body[T](request: Request, model: type[T]) -> T:
    """The body of a request as a model.

    Raises:
        TooLarge: it has more than 256 KiB.
        Malformed: it is not JSON in UTF-8.
        Invalid: a field is missing, unknown or wrong; the first such field is named.
    """
    raw: Any = request.raw_body
    if len(raw) > BODY_LIMIT_BYTES:
        raise TooLarge(f"At most {BODY_LIMIT_BYTES} bytes are read, this body has {len(raw)}.")
    try:
        return msgspec.json.decode(raw, type=model)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from error


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer with a JSON body, from anything msgspec encodes."""
    return Response(
        body=msgspec.json.encode(body).decode(),
        status_code=status,
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def problem_answer(problem: Problem) -> Response:
    """A problem as an answer (RFC 9457)."""
    return Response(
        body=msgspec.json.encode(problem.document()).decode(),
        status_code=problem.status,
        headers={"Content-Type": "application/problem+json", **problem.headers},
    )


def _invalid(message: str) -> Invalid:
    """Reads "Expected `str`, got `int` - at `$.email`", or a field named in the text."""
    reason, _, path = message.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if not field and "field `" in reason:  # "Object missing required field `email`"
        field = reason.split("field `", 1)[1].split("`", 1)[0]
    return Invalid(field, reason)
