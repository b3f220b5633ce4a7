"""E-mails as MIME messages: escaped values, and headers that no value can break."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.renderer import render

SENDER = "no-reply@hirelane.example"


def confirmation(
    name: str = "Ada", title: str = "Boat builder", email: str = "ada@example.com"
) -> Email:
    values = {
        "application_id": "1",
        "title": title,
        "employer": "Yard & Sons",
        "accepted_at": datetime(2026, 11, 24, 17, 5, tzinfo=UTC),
    }
    return Email(Recipient(email, name), "application_confirmation", values)


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_both_parts_name_the_posting_and_the_time() -> None:
    message = render(confirmation(), SENDER)
    assert message["Subject"] == "We have your application: Boat builder at Yard & Sons"
    assert message["To"] == "Ada <ada@example.com>"
    assert message["From"] == f"Hirelane <{SENDER}>"
    for part in parts(message):
        assert "Ada" in part
        assert "Boat builder" in part
        assert "24 November 2026, 17:05 UTC" in part


def test_markup_in_values_is_escaped_in_html() -> None:
    message = render(confirmation(name="<b>Ada</b>", title="<script>alert(1)</script>"), SENDER)
    text, html = parts(message)
    assert "<b>Ada</b>" in text
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;Ada&lt;/b&gt;" in html


@pytest.mark.parametrize("evil", ["Ada\r\nBcc: all@example.com", "Ada\nBcc: all@example.com"])
def test_line_break_in_a_value_adds_no_header(evil: str) -> None:
    message = render(confirmation(name=evil, title=evil), SENDER)
    assert message["Bcc"] is None
    assert "\nBcc:" not in message.as_string().split("\n\n", 1)[0]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_title_keeps_headers_and_markup_intact(title: str) -> None:
    message = render(confirmation(title=title), SENDER)
    assert set(message) == {
        *("From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"),
    }
    _, html = parts(message)
    assert html.count("<") == parts(render(confirmation(), SENDER))[1].count("<")


def test_invalid_address_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".*"):
        render(confirmation(email="no address"), SENDER)
