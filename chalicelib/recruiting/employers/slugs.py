"""Slugs: the names of employers in public addresses."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 60
_OTHER = re.compile(r"[^a-z0-9]+")


def derive_slug(name: str) -> str:
    """Return a slug for the name of an employer; empty if the name has no Latin letter or digit.

    Accents are dropped: "Müller & Söhne" becomes "muller-sohne".
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return _OTHER.sub("-", plain).strip("-")[:MAX_LENGTH].rstrip("-")
