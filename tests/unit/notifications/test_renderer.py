"""E-mails as MIME messages: escaped values, and headers that no value can break."""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.renderer import render

SENDER = "no-reply@hirelane.example"


def confirmation(
    name: str = "Ada", title: str = "Boat builder", address: str = "ada@example.com"
) -> Email:
    values = {
        "application_id": "1",
        "title": title,
        "employer": "Yard & Sons",
        "accepted_at": datetime(2026, 11, 24, 17, 5, tzinfo=UTC),
        "posting_url": "https://hirelane.example/jobs/yard/p1",
    }
    return Email(Recipient(address, name), "application_confirmation", values)


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


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("application_stage", {"words": "<b>x</b> \u202eabc\u05d0"}),
        ("application_rejection", {"paragraphs": ["<b>x</b> \u202eabc\u05d0", "two\nlines"]}),
        ("application_rejection", {"paragraphs": []}),
    ],
)
def test_texts_of_employers_are_escaped_and_isolated(template: str, values: dict[str, Any]) -> None:
    titles = {"title": "<i>\u05d0</i>\u2066", "employer": "Yard\r\nBcc: all@example.com"}
    message = render(Email(Recipient("ada@example.com", "Ada"), template, titles | values), SENDER)
    text, html = parts(message)
    assert message["Bcc"] is None
    for written in ("<b>", "<i>"):
        assert written not in html
    assert '<bdi dir="auto">' in html or not values.get("paragraphs", True)
    assert not set("\u202e\u2066") & set(text + html)
    for paragraph in values.get("paragraphs", []):
        assert paragraph.partition(" ")[0].partition("\n")[0] in text


@pytest.mark.parametrize("evil", ["Ada\r\nBcc: all@example.com", "Ada\nBcc: all@example.com"])
def test_line_break_in_a_value_adds_no_header(evil: str) -> None:
    message = render(confirmation(name=evil, title=evil), SENDER)
    assert message["Bcc"] is None
    assert "\nBcc:" not in message.as_string().split("\n\n", 1)[0]


PIECES = [
    "=?utf-8?q?x?=",
    "=?",
    "?=",
    "Ж",
    "\U0001f469\u200d\U0001f4bb",
    "e\u0301",
    "\x00",
    "\x1b[31m",
]
PIECES += [
    "\x85",
    "\u2028",
    "\u202e",
    "\u2066",
    "שלום",
    "\ud83d",
    '"',
    "\\",
    "(a) <b@c>,",
    "\r\nBcc: b@c",
    "a" * 80,
    " ",
]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.integers(1, 300).map(lambda length: "Ж" * length),
)
ADDRESSES = st.sampled_from(["ada@example.com", "a" * 64 + "@" + "b" * 60 + ".example"])
ISOLATES = re.compile("[\u2068\u2069]")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(text: str) -> str:
    """Return the text that a reader sees in a header."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = "".join(one for one in text if one.isspace() or not CONTROLS.match(one))
    return " ".join(kept.split())


@given(TEXTS, TEXTS, ADDRESSES)
@example("Ж" * 23, "Ж" * 200, "ada@example.com")
@example("=?utf-8?q?x?=", "=?utf-8?q?x?=", "ada@example.com")
@example("a \x00 b", "\x00", "ada@example.com")
@example("a \u202a b", "\u202a", "ada@example.com")
@example("", "\x08 א", "ada@example.com")
def test_header_is_read_as_written_and_short(name: str, title: str, address: str) -> None:
    """RFC 2047, section 2: an encoded-word has at most 75 characters, and its line 76."""
    written = render(confirmation(name, title, address), SENDER).as_bytes()
    head = written.partition(b"\n\n")[0].decode("ascii")
    assert not CONTROLS.search(head.replace("\n", ""))
    for line in head.split("\n"):
        words = re.findall(r"=\?[^ ]*\?=", line)
        assert not words or (len(line) <= 76 and max(map(len, words)) <= 75)
    # policy.default would show a space between the encoded-words of a name.
    read = email.message_from_bytes(written, policy=policy.compat32)
    subject, to = (
        str(make_header(decode_header(read[header].replace("\n", ""))))
        for header in ("Subject", "To")
    )
    assert ISOLATES.sub("", subject) == shown(f"We have your application: {title} at Yard & Sons")
    assert to == f"{shown(name)} <{address}>".strip()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_title_keeps_headers_and_markup_intact(title: str) -> None:
    message = render(confirmation(title=title), SENDER)
    assert set(message) == {
        *("From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"),
    }
    _, html = parts(message)
    html = html.replace('<bdi dir="auto">', "").replace("</bdi>", "")
    assert html.count("<") == parts(render(confirmation(), SENDER))[1].count("<")


def test_invalid_address_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".*"):
        render(confirmation(address="no address"), SENDER)


def test_values_do_not_change_the_direction_of_other_text() -> None:
    message = render(confirmation(name="דנה\u202e", title="\u2067נגר\u202b"), SENDER)
    text, html = parts(message)
    isolated = "\u2068נגר\u2069"
    assert message["Subject"] == f"We have your application: {isolated} at Yard & Sons"
    assert "Hello \u2068דנה\u2069," in text
    assert f"    {isolated}\n    Yard & Sons\n" in text
    assert 'Hello <bdi dir="auto">דנה</bdi>,' in html
    assert '><bdi dir="auto">נגר</bdi></p>' in html
    assert not re.search("[\u202a-\u202e\u2066\u2067]", text + html)
