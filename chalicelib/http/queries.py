"""Reading the query of a request (what follows the ``?``), with types that validate."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, get_origin

import msgspec
from chalice.app import MultiDict

from chalicelib.common.errors import InvalidField
from chalicelib.http.bodies import what_is_wrong

if TYPE_CHECKING:
    from chalice.app import Request


def read_query[T: msgspec.Struct](request: Request, model: type[T]) -> T:
    """The query of a request as a model, each parameter a field of its own.

    Numbers are read from their digits. A field of type ``tuple[..., ...]`` takes several values set
    apart by commas; without any text it is empty. A parameter is given once or not at all.

    Raises:
        InvalidField: a parameter is missing, unknown, repeated or wrong; the first such is named.
    """
    given = request.query_params or MultiDict(None)
    lists = _lists(model)
    values: dict[str, str | list[str]] = {}
    for name in given:
        if name not in lists:
            raise InvalidField(name, "There is no such parameter")
        if len(given.getlist(name)) > 1:
            raise InvalidField(name, "Give it once")
        value = str(given[name])
        values[name] = [one for one in value.split(",") if value] if lists[name] else value
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError as error:
        field, reason = what_is_wrong(str(error))
        # One of several values is at "workplace[1]": the parameter is what the caller knows.
        raise InvalidField(field.partition("[")[0], reason) from error


@cache
def _lists(model: type[msgspec.Struct]) -> dict[str, bool]:
    """The parameters of a model, and of each whether it takes several values."""
    return {
        field.encode_name: get_origin(field.type) is tuple
        for field in msgspec.structs.fields(model)
    }
