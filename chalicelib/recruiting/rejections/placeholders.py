"""Placeholders in messages to candidates, such as ``{name}``.

Unknown placeholders are refused, so that no candidate reads a mistyped one. Values are not searched
for placeholders, so the name ``{title}`` of a candidate stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDERS = ("name", "title", "employer")
# Each is replaced by up to 200 characters, so this limits the length of the message that is sent.
MAX_PLACEHOLDERS = 20
_PLACEHOLDER = re.compile(r"\{([^{}\n]{0,100})\}")
_KNOWN = "{name}, {title} or {employer}"


def check_placeholders(field: str, message: str) -> None:
    """Check that a message has only known placeholders.

    Args:
        field: the field of the request that holds the message.
        message: the message.

    Raises:
        InvalidField: it has an unknown placeholder, or more than 20.
    """
    found = _PLACEHOLDER.findall(message)
    for name in found:
        if name not in PLACEHOLDERS:
            raise InvalidField(field, f"The placeholder {{{name}}} is unknown. Use {_KNOWN}")
    if len(found) > MAX_PLACEHOLDERS:
        raise InvalidField(field, f"Use at most {MAX_PLACEHOLDERS} placeholders")


def fill_placeholders(message: str, values: Mapping[str, str]) -> str:
    """Return a message with the values of its placeholders. Unknown placeholders stay."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), message)
