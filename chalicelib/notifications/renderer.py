"""Renders e-mails as MIME messages with a text and an HTML part that say the same.

Jinja escapes all values in the HTML part, and isolates the direction of values in all parts. No
value can add a header or change how one is read; see ``headers``.
"""

from __future__ import annotations

from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    pass_eval_context,
    select_autoescape,
)
from markupsafe import Markup

from chalicelib.notifications.direction import (
    is_right_to_left,
    isolate,
    remove_direction_controls,
)
from chalicelib.notifications.headers import HeaderPolicy, mailbox, subject

if TYPE_CHECKING:
    from jinja2.nodes import EvalContext

    from chalicelib.notifications.models import Email

# Longer lines than the default keep links on one line. RFC 5322 allows 998 characters.
_POLICY = HeaderPolicy(max_line_length=500, refold_source="none")
_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=_isolate_value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@pass_eval_context
def _isolate_value(context: EvalContext, value: object) -> object:
    """Return a value of a template, which may be written from right to left, for its place."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if not context.autoescape:
        return isolate(value)
    bare = remove_direction_controls(value)
    return Markup('<bdi dir="auto">{}</bdi>').format(bare) if is_right_to_left(bare) else bare


def render(mail: Email, sender: str) -> EmailMessage:
    """Return an e-mail as a MIME message.

    Args:
        mail: the e-mail.
        sender: the address of the sender.

    Raises:
        ValueError: the address of the recipient cannot be written in a header.
    """
    values: dict[str, object] = {"name": mail.recipient.name, **mail.values}
    message = EmailMessage(policy=_POLICY)
    message["From"] = mailbox("From", "Hirelane", sender)
    message["To"] = mailbox("To", mail.recipient.name, mail.recipient.email)
    message["Subject"] = subject(_render_part(f"{mail.template}.subject.txt", values))
    # Keeps out-of-office programs from answering (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_render_part(f"{mail.template}.txt", values))
    message.add_alternative(_render_part(f"{mail.template}.html", values), subtype="html")
    return message


def _render_part(template: str, values: dict[str, object]) -> str:
    text = _environment().get_template(template).render(values)
    # Half of a surrogate pair cannot be encoded.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
