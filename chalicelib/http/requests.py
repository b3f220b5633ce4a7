"""Read and validate the parts of a request."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import msgspec
from chalice.app import MultiDict

from chalicelib.common.errors import InvalidField
from chalicelib.http.errors import (
    BodyTooLarge,
    InvalidFieldType,
    MalformedBody,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from chalice.app import Request

BODY_LIMIT_BYTES = 256 * 1024
# RFC 8259 defines no parameter. Many clients send the encoding nevertheless.
_JSON_TYPE = re.compile(r'application/json *(; *charset="?utf-8"? *)?', re.IGNORECASE)
# "Expected `str`, got `object`", but not "Expected `str` of length >= 8". msgspec leaves out what
# it got for the field that chooses one of several models.
_OTHER_TYPE = re.compile(r"Expected `[^`]+`(, got `[^`]+`)?")
# The escapes of JSON. The group is a lone surrogate: half of the pair that escapes one character.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_KEY = re.compile(r" - at `key` in `\$")
_PATTERN = re.compile(r"Expected `str` matching regex (.+)", re.DOTALL)


def correlation_id(request: Request) -> str:
    """Return the id that API Gateway gave the request."""
    return str(request.context.get("requestId", "")) or "none"


def age_in_ms(request: Request) -> float:
    """Return how long ago (ms) API Gateway got the request; the start of a function counts."""
    now_ms = time.time() * 1000
    received_ms = float(request.context.get("requestTimeEpoch", now_ms))
    return max(0.0, round(now_ms - received_ms, 1))


def require_json(request: Request) -> None:
    """Check that a body is declared as JSON, and that no other type is declared without a body.

    Browsers let a page send other types, or none, to another website without asking that website
    first (a preflight of CORS). Chalice alone accepts ``text/plain; application/json`` and a body
    without a type.

    Raises:
        UnsupportedMediaType: another type is declared, or a body has none.
    """
    declared = request.headers.get("content-type")
    if declared is None and not request.raw_body:
        return
    if not _JSON_TYPE.fullmatch(declared or ""):
        raise UnsupportedMediaType("Send the header 'Content-Type: application/json'.")


def read_body[T](
    request: Request,
    model: type[T],
    *,
    optional: bool = False,
    most_bytes: int = BODY_LIMIT_BYTES,
) -> T:
    """Return the JSON body of a request as a model.

    A lone surrogate becomes U+FFFD. Browsers escape one when a text ends within an emoji, but it is
    no character, so that neither UTF-8 nor the stores can hold it.

    Args:
        request: the request.
        model: the type to decode and validate.
        optional: whether an absent body counts as an empty object.
        most_bytes: the most bytes that the body may have.

    Raises:
        BodyTooLarge: the body has more bytes.
        MalformedBody: the body is not JSON in UTF-8.
        InvalidFieldType: a field has another JSON type.
        InvalidField: a field is missing, unknown or invalid. The error names the first one.
    """
    raw: Any = request.raw_body or (b"{}" if optional else b"")
    if len(raw) > most_bytes:
        raise BodyTooLarge(f"The limit is {most_bytes} bytes; this body has {len(raw)}.")
    try:
        return msgspec.json.decode(_replace_lone_surrogates(raw), type=model)
    except msgspec.ValidationError as error:
        field, reason = _parse_message(str(error), model)
        kind = InvalidFieldType if _OTHER_TYPE.fullmatch(reason) else InvalidField
        raise kind(field, reason) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(str(error)) from error


def read_query[T: msgspec.Struct](request: Request, model: type[T]) -> T:
    """Return the query of a request (after the ``?``) as a model with a field per parameter.

    Numbers are parsed from their digits. A field of type ``tuple[..., ...]`` takes several values,
    separated by commas; an empty value means an empty tuple. A lone surrogate becomes U+FFFD, as
    in a body.

    Raises:
        InvalidField: a parameter is missing, unknown, repeated or invalid. The error names the
            first one.
    """
    given = request.query_params or MultiDict(None)
    parameters = _parameters(model)
    values: dict[str, str | list[str]] = {}
    for name in given:
        if name not in parameters:
            raise InvalidField(_well_formed(name), "There is no such parameter")
        if len(given.getlist(name)) > 1:
            raise InvalidField(name, "Give it once")
        value = _well_formed(str(given[name]))
        is_list = parameters[name]
        values[name] = [part for part in value.split(",") if value] if is_list else value
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError as error:
        field, reason = _parse_message(str(error), model)
        # msgspec names one of several values "workplace[1]"; the caller knows only "workplace".
        raise InvalidField(field.partition("[")[0], reason) from error


def _replace_lone_surrogates(raw: bytes) -> bytes:
    """Return JSON in which U+FFFD replaces each escaped lone surrogate."""
    if b"\\u" not in raw:
        return raw
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], raw)


def _well_formed(text: str) -> str:
    """Return a text in which U+FFFD replaces each lone surrogate."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@cache
def _parameters(model: type[msgspec.Struct]) -> dict[str, bool]:
    """Return the parameters of a query model, and for each whether it takes several values."""
    return {field.encode_name: _is_tuple(field.type) for field in msgspec.structs.fields(model)}


def _is_tuple(kind: Any) -> bool:
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_origin(bare) is tuple


def _parse_message(message: str, model: type) -> tuple[str, str]:
    """Split a message of msgspec into the name of the field and the reason.

    A message is like "Expected `str`, got `int` - at `$.email`", or like "Object missing required
    field `email`". The value of a mapping is at `$.answers[...]`, a key at `key` in `$.answers`;
    both have the name of the mapping. A pattern is replaced by its description, because a person
    does not read regular expressions.
    """
    reason, _, path = _KEY.sub(" - at `$", message).partition(" - at `$")
    field = path.rstrip("`").lstrip(".").partition("[...]")[0]
    if not field and "field `" in reason:
        field = reason.split("field `", 1)[1].split("`", 1)[0]
    if mismatch := _PATTERN.fullmatch(reason):
        reason = f"Expected {_descriptions(model).get(mismatch[1], 'another format')}"
    return field, reason


@cache
def _descriptions(model: type) -> dict[str, str]:
    """Return the description of each pattern in a model, by the pattern as msgspec quotes it."""
    found: dict[str, str] = {}
    schemas = msgspec.json.schema(model)
    pending: list[Any] = [schemas]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if "pattern" in item and "description" in item:
                description = str(item["description"])
                found[repr(item["pattern"])] = description[:1].lower() + description[1:]
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return found
