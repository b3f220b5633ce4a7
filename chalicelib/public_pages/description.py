"""Descriptions of postings: plain text as paragraphs, headings and lists.

The web client shows descriptions by the same rules (``web/candidate/description-model.js``).
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HEADING_LENGTH = 60
_BLANK_LINES = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"\s*- (.*)")
_PUNCTUATION = re.compile(r"[\n.:;,!?…]")


class Part(msgspec.Struct, frozen=True):
    """A paragraph or a heading with its text, or a list with its items."""

    kind: Literal["heading", "paragraph", "list"]
    text: str = ""
    items: tuple[str, ...] = ()


def parse_description(text: str) -> list[Part]:
    """Return the parts of a description in order.

    Blank lines separate parts, and a line that begins with "- " is an item of a list. A paragraph
    that is short, has no punctuation and precedes another part is a heading.
    """
    blocks = [block for found in _BLANK_LINES.split(text) for block in _parse_block(found)]
    parts = []
    for index, block in enumerate(blocks):
        if isinstance(block, list):
            parts.append(Part("list", items=tuple(block)))
            continue
        is_last = index + 1 == len(blocks)
        is_short = len(block) <= MAX_HEADING_LENGTH and not _PUNCTUATION.search(block)
        parts.append(Part("heading" if is_short and not is_last else "paragraph", block))
    return parts


def _parse_block(block: str) -> list[str | list[str]]:
    """Return the paragraphs (texts) and lists (lists of items) of a block without blank lines."""
    parts: list[str | list[str]] = []
    for line in block.strip().split("\n"):
        last = parts[-1] if parts else None
        if item := _ITEM.fullmatch(line):
            if isinstance(last, list):
                last.append(item[1])
            else:
                parts.append([item[1]])
        elif isinstance(last, list) and line[:1].isspace() and line.strip():
            # An indented line continues the item above.
            last[-1] += f" {line.strip()}"
        elif isinstance(last, str):
            parts[-1] = f"{last}\n{line}"
        elif line.strip():
            parts.append(line)
    return parts


def description_html(text: str) -> str:
    """Return a description as HTML without attributes, for search engines and job boards."""
    return "".join(_elements(text))


def _elements(text: str) -> Iterator[str]:
    for part in parse_description(text):
        if part.kind == "list":
            items = "".join(f"<li>{escape(item, quote=False)}</li>" for item in part.items)
            yield f"<ul>{items}</ul>"
        else:
            tag = "h3" if part.kind == "heading" else "p"
            content = escape(part.text, quote=False).replace("\n", "<br>")
            yield f"<{tag}>{content}</{tag}>"
