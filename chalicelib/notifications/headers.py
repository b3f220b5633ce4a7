"""Headers of e-mails that hold free text: subjects and names.

``email.policy`` writes encoded-words that are longer than RFC 2047 allows, and leaves a text that
looks like one unencoded, so readers decode it. ``email.header`` does neither.
"""

from __future__ import annotations

import re
import unicodedata
from email.header import Header
from email.headerregistry import Address
from email.policy import EmailPolicy
from typing import Any

from chalicelib.notifications.direction import remove_direction_controls

# RFC 2047, section 2: a line with an encoded-word has at most 76 characters.
_MAX_LINE = 76
# A longer word without a space could not be folded.
_MAX_WORD = 60
# In a name, other characters have a meaning (RFC 5322, section 3.2.3).
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PRINTABLE = re.compile(r"[ -~]+")
_ENCODED_WORD_START = "=?"
_ENCODED_WORD = re.compile(r"=\?.*\?=")


class HeaderPolicy(EmailPolicy):
    """A policy that keeps headers of ``subject`` and ``mailbox`` as they are.

    It does not fold other headers, so that their values must be short.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Store a header. The value is not parsed, because parsing decodes encoded-words."""
        if isinstance(value, Header):
            return name, value.encode(linesep=self.linesep)
        return super().header_store_parse(name, value)


def subject(text: str) -> Header:
    """Return the value of a subject header.

    Args:
        text: any text; line breaks become spaces, and control characters are left out. Values in it
            must be isolated (``direction``).
    """
    header = Header(header_name="Subject", maxlinelen=_MAX_LINE)
    text = _clean(text)
    if text:
        header.append(text, "us-ascii" if _is_plain(text, _PRINTABLE) else "utf-8")
    return header


def mailbox(header_name: str, name: str, address: str) -> Header:
    """Return the value of a header with one mailbox.

    Args:
        header_name: the name of the header, such as ``To``.
        name: any text, cleaned like a subject, without direction controls; it may be empty.
        address: the address.

    Raises:
        ValueError: the address cannot be written in a header.
    """
    check_address(address)
    name = _clean(remove_direction_controls(name))
    # An address cannot be folded, and without a name there is nothing to write before the fold.
    header = Header(header_name=header_name, maxlinelen=_MAX_LINE if name else 0)
    if name:
        header.append(name, "us-ascii" if _is_plain(name, _NAME) else "utf-8")
    header.append(f"<{address}>", "us-ascii")
    return header


def check_address(address: str) -> None:
    """Check that an address can be written in a header, and is read as it was written.

    Raises:
        ValueError: it cannot.
    """
    if not address.isascii() or _ENCODED_WORD.search(address):
        raise ValueError("the address is not plain ASCII text")
    if Address(addr_spec=address).addr_spec != address:
        raise ValueError("the address is not in its shortest form")


def _is_plain(text: str, allowed: re.Pattern[str]) -> bool:
    """Return whether a text needs no encoded-words."""
    return (
        allowed.fullmatch(text) is not None
        and _ENCODED_WORD_START not in text
        and max(map(len, text.split())) <= _MAX_WORD
    )


def _clean(text: str) -> str:
    """Return a text on one line, without control characters and invalid code points."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = (
        character
        for character in text
        if character.isspace() or unicodedata.category(character) != "Cc"
    )
    return " ".join("".join(kept).split())
