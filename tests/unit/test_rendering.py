"""The confirmation mail: whatever people typed, it stays text and cannot break a header."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from chalicelib.auth.services.account_emails import Written
from chalicelib.notifications.renderer import render

SENDER = "no-reply@hirelane.example"


def mail(name: str = "Ada", title: str = "Boat builder", email: str = "ada@example.com") -> Written:
    words = {
        "application_id": "1",
        "title": title,
        "employer": "Yard & Sons",
        "accepted_at": datetime(2026, 11, 24, 17, 5, tzinfo=UTC),
    }
    return Written(email, name, "application_confirmation", words)


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_both_parts_say_what_was_applied_for_and_when() -> None:
    message = render(mail(), SENDER)
    assert message["Subject"] == "We have your application: Boat builder at Yard & Sons"
    assert message["To"] == "Ada <ada@example.com>"
    assert message["From"] == f"Hirelane <{SENDER}>"
    for part in parts(message):
        assert "Ada" in part
        assert "Boat builder" in part
        assert "24 November 2026, 17:05 UTC" in part


def test_markup_in_names_is_shown_as_text() -> None:
    message = render(mail(name="<b>Ada</b>", title="<script>alert(1)</script>"), SENDER)
    text, html = parts(message)
    assert "<b>Ada</b>" in text
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;b&gt;Ada&lt;/b&gt;" in html


@pytest.mark.parametrize("evil", ["Ada\r\nBcc: all@example.com", "Ada\nBcc: all@example.com"])
def test_a_line_break_does_not_add_a_header(evil: str) -> None:
    message = render(mail(name=evil, title=evil), SENDER)
    assert message["Bcc"] is None
    assert "\nBcc:" not in message.as_string().split("\n\n", 1)[0]


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r".*"):
        render(mail(email="no address"), SENDER)
