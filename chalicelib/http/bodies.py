"""Reading request bodies and writing answers, with types that validate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from chalice import Response

from chalicelib.common.errors import InvalidField
from chalicelib.http.errors import BodyTooLarge, InvalidFieldType, MalformedBody
from chalicelib.http.problems import problem_for

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.http.problems import AnyError


JSON = "application/json"
PROBLEM_JSON = "application/problem+json"

BODY_LIMIT_BYTES = 256 * 1024
# "Expected `str`, got `object`", but not "Expected `str` of length >= 8".
_OTHER_TYPE = re.compile(r"Expected `[^`]+`, got `[^`]+`")


def read_body[T](request: Request, model: type[T], *, optional: bool = False) -> T:
    """The body of a request as a model. ``optional``: no body at all is an empty object.

    Raises:
        BodyTooLarge: it has more than 256 KiB.
        MalformedBody: it is not JSON in UTF-8.
        InvalidFieldType: a field is of another type of JSON.
        InvalidField: a field is missing, unknown or wrong; the first such field is named.
    """
    raw: Any = request.raw_body or (b"{}" if optional else b"")
    if len(raw) > BODY_LIMIT_BYTES:
        raise BodyTooLarge(f"At most {BODY_LIMIT_BYTES} bytes are read, this body has {len(raw)}.")
    try:
        return msgspec.json.decode(raw, type=model)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(str(error)) from error


def nothing(headers: dict[str, Any] | None = None) -> Response:
    """An answer that says that it was done, and no more."""
    return Response(body="", status_code=204, headers=headers or {})


def answer(body: Any, status: int = 200, headers: dict[str, Any] | None = None) -> Response:
    """An answer with a JSON body, from anything msgspec encodes."""
    return Response(
        body=msgspec.json.encode(body).decode(),
        status_code=status,
        headers={"Content-Type": JSON, **(headers or {})},
    )


class ProblemResponse(Response):
    """An error as an answer (RFC 9457).

    Args:
        error: a domain error or an error of the HTTP layer.
        cause: the exception behind it, for the log.
    """

    def __init__(self, error: AnyError, cause: BaseException | None = None) -> None:
        document, headers = problem_for(error)
        super().__init__(
            body=msgspec.json.encode(document).decode(),
            status_code=document.status,
            headers={"Content-Type": PROBLEM_JSON, **headers},
        )
        self.cause = cause


def what_is_wrong(message: str) -> tuple[str, str]:
    """The field that msgspec found wrong and why, from the message of its error.

    That is like "Expected `str`, got `int` - at `$.email`", or names the field in its text.
    """
    reason, _, path = message.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    if not field and "field `" in reason:  # "Object missing required field `email`"
        field = reason.split("field `", 1)[1].split("`", 1)[0]
    return field, reason


def _invalid(message: str) -> InvalidField:
    field, reason = what_is_wrong(message)
    if _OTHER_TYPE.fullmatch(reason):
        return InvalidFieldType(field, reason)
    return InvalidField(field, reason)
