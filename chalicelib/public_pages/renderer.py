"""Renders the public pages and feeds. Jinja escapes all values, also in the feeds."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from chalicelib.notifications.direction import isolate
from chalicelib.public_pages import formats
from chalicelib.public_pages.conversion import EXCERPT_LENGTH
from chalicelib.public_pages.description import description_html, parse_description
from chalicelib.public_pages.structured_data import job_posting, script_content
from chalicelib.recruiting.postings.excerpt import excerpt

if TYPE_CHECKING:
    from chalicelib.public_pages.models import PublicPosting
    from chalicelib.recruiting.addresses import Addresses

_TEMPLATES = Path(__file__).parent / "templates"
# In the repository; in a deployed function, through the link in ``vendor``.
_STYLES = Path(__file__).parents[2] / "web" / "styles"
# Those of the web client that the pages need. ``base`` comes first, because it orders the layers.
_STYLESHEETS = ("base", "components", "shell", "cards", "applications", "public")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"\s*\n\s*")


class PageRenderer:
    """Renders templates.

    The style is a part of each page, so that a page in a cache never waits for a file that a newer
    version of the code no longer has.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def render(self, template: str, **values: Any) -> str:
        """Return a page or feed, with the values that its template names."""
        return self._environment.get_template(template).render(values)

    @cached_property
    def style(self) -> str:
        """The stylesheet of the pages, without comments and indentation."""
        texts = [(_STYLES / f"{name}.css").read_text(encoding="utf-8") for name in _STYLESHEETS]
        return _INDENT.sub("\n", _COMMENT.sub("", "\n".join(texts))).strip()

    @cached_property
    def policy(self) -> str:
        """The Content-Security-Policy of the pages: their own style, and an icon in the page."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(["html", "xml", "atom"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "addresses": self._addresses,
            "style": Markup(self.style),  # noqa: S704
            "structured_data": self._structured_data,
        }
        environment.filters |= {
            "cdata": _cdata,
            "day": formats.day,
            "deadline": formats.deadline,
            "excerpt": lambda text: excerpt(text, EXCERPT_LENGTH),
            "description_html": description_html,
            "initials": formats.initials,
            "iso_time": formats.iso_time,
            "isolate": isolate,
            "mark_colour": formats.mark_colour,
            "parts": parse_description,
            "pay_text": formats.pay_text,
        }
        return environment

    def _structured_data(self, posting: PublicPosting) -> Markup:
        return script_content(job_posting(posting, self._addresses))


def _cdata(text: object) -> Markup:
    """Return a text as a CDATA section, which readers of job feeds expect."""
    content = str(text).replace("]]>", "]]]]><![CDATA[>")
    return Markup(f"<![CDATA[{content}]]>")  # noqa: S704
