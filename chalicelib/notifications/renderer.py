"""Renders e-mails as MIME messages with a text and an HTML part that say the same.

Jinja escapes all values in the HTML part. No value can add a header: the subject and the names are
put on one line, and ``email.message`` refuses line breaks.
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
    from chalicelib.notifications.models import Email

# RFC 5322 allows lines of 998 characters. Longer lines than the default keep subjects unfolded,
# because some mail programs show an extra space where a subject is folded.
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


def render(mail: Email, sender: str) -> EmailMessage:
    """Return an e-mail as a MIME message.

    Args:
        mail: the e-mail.
        sender: the address of the sender.

    Raises:
        ValueError: the address or the name of the recipient is not valid in a header.
    """
    values: dict[str, object] = {"name": mail.recipient.name, **mail.values}
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address("Hirelane", addr_spec=sender)
    message["To"] = Address(_one_line(mail.recipient.name), addr_spec=mail.recipient.email)
    message["Subject"] = _one_line(_render_part(f"{mail.template}.subject.txt", values))
    # Keeps out-of-office programs from answering (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_render_part(f"{mail.template}.txt", values))
    message.add_alternative(_render_part(f"{mail.template}.html", values), subtype="html")
    return message


def _render_part(template: str, values: dict[str, object]) -> str:
    return _environment().get_template(template).render(values)


def _one_line(text: str) -> str:
    return " ".join(text.split())
