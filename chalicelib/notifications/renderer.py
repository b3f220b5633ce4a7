"""Mails as MIME messages, from templates: a text and an HTML part that say the same.

Whatever people typed is escaped in HTML by Jinja's autoescape, and cannot break a header: the
subject and the names are put on one line, and ``email.message`` refuses line breaks.
"""

from __future__ import annotations

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from chalicelib.auth.services.account_emails import Written

# RFC 5322 allows 998. Some programs show the blank of a subject folded right after its name.
_POLICY = policy.default.clone(max_line_length=500)
_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(mail: Written, sender: str) -> EmailMessage:
    """The message to send.

    Raises:
        ValueError: the address or a name cannot stand in a header; the mail can never be sent.
    """
    template = mail.template
    words: dict[str, object] = {"name": mail.name, "words": mail.words}
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Hirelane", addr_spec=sender)
    message["To"] = Address(_one_line(mail.name), addr_spec=mail.email)
    message["Subject"] = _one_line(_part(f"{template}.subject.txt", words))
    # Out-of-office programs do not answer mail that says this (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_part(f"{template}.txt", words))
    message.add_alternative(_part(f"{template}.html", words), subtype="html")
    return message


def _part(template: str, words: dict[str, object]) -> str:
    return _environment().get_template(template).render(words)


def _one_line(text: str) -> str:
    return " ".join(text.split())
