"""Placeholders in messages to candidates."""

from __future__ import annotations

import pytest

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.rejections.placeholders import check_placeholders, fill_placeholders


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Hello {name}, {title} at {employer}: thank you. {\n} } {", ""),
        ("{Name}", r"\{Name\}"),
        ("{first name}", r"\{first name\}"),
        ("{}", r"\{\}"),
        ("{{salary}}", r"\{salary\}"),
        ("{name}" * 20, ""),
        ("{name}" * 21, "at most 20"),
    ],
)
def test_unknown_placeholder_is_refused_by_name(message: str, reason: str) -> None:
    if not reason:
        check_placeholders("message", message)
        return
    with pytest.raises(InvalidField, match=reason):
        check_placeholders("message", message)


def test_value_is_never_searched_for_placeholders() -> None:
    values = {"name": r"{title} \1", "title": "{name}", "employer": ""}
    assert fill_placeholders("{name}|{title}|{employer}|", values) == r"{title} \1|{name}||"
