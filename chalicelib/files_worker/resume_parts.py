"""Parts of a JSON Resume that both formats of Europass have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Codes of the European Union that differ from ISO 3166.
_COUNTRIES = {"UK": "GB", "EL": "GR"}
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:/\S*)?", re.IGNORECASE)
_LANGUAGES = {
    "ara": "Arabic", "bul": "Bulgarian", "cat": "Catalan", "ces": "Czech", "dan": "Danish",
    "deu": "German", "ell": "Greek", "eng": "English", "est": "Estonian", "eus": "Basque",
    "fin": "Finnish", "fra": "French", "gle": "Irish", "glg": "Galician", "heb": "Hebrew",
    "hin": "Hindi", "hrv": "Croatian", "hun": "Hungarian", "isl": "Icelandic", "ita": "Italian",
    "jpn": "Japanese", "kor": "Korean", "lav": "Latvian", "lit": "Lithuanian",
    "ltz": "Luxembourgish",
    "mkd": "Macedonian", "mlt": "Maltese", "nld": "Dutch", "nno": "Norwegian", "nob": "Norwegian",
    "nor": "Norwegian", "pol": "Polish", "por": "Portuguese", "ron": "Romanian", "rus": "Russian",
    "slk": "Slovak", "slv": "Slovenian", "spa": "Spanish", "sqi": "Albanian", "srp": "Serbian",
    "swe": "Swedish", "tur": "Turkish", "ukr": "Ukrainian", "zho": "Chinese",
    # The bibliographic codes of ISO 639-2, which the website of Europass writes.
    "alb": "Albanian", "baq": "Basque", "chi": "Chinese", "cze": "Czech", "dut": "Dutch",
    "fre": "French", "ger": "German", "gre": "Greek", "ice": "Icelandic", "mac": "Macedonian",
    "rum": "Romanian", "slo": "Slovak",
}  # fmt: skip


def filled(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part without blank values."""
    kept: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, dict):
            value = filled(value)
        elif isinstance(value, list):
            value = [one for one in value if one]
        if value:
            kept[name] = value
    return kept


def address_parts(lines: str, postal_code: str, city: str, country: str) -> dict[str, str]:
    """Return the location of a person. A country without a code is a region."""
    code = country.upper()
    is_code = len(code) == 2 and code.isalpha()
    return {
        "address": lines,
        "postalCode": postal_code,
        "city": city,
        "countryCode": _COUNTRIES.get(code, code) if is_code else "",
        "region": "" if is_code else country,
    }


def web_address(text: str) -> str:
    """Return a link. People type ``example.com`` for ``https://example.com``."""
    return f"https://{text}" if _HOST.fullmatch(text) else text


def languages_part(
    name: str, levels: Mapping[str, str] | None = None, *, is_native: bool = False
) -> dict[str, str]:
    """Return a language: with one level if all skills have it, or with each skill and its level.

    Args:
        name: a name, or a code of ISO 639-2.
        levels: the levels of the CEFR, by skill.
        is_native: whether it is a mother tongue.
    """
    known = {skill: level for skill, level in (levels or {}).items() if level}
    fluency = ", ".join(f"{_words(skill)} {level}" for skill, level in known.items())
    if known and len(set(known.values())) == 1 and len(known) == len(levels or {}):
        fluency = next(iter(known.values()))
    language = _LANGUAGES.get(name.lower(), name)
    return filled({"language": language, "fluency": "Native speaker" if is_native else fluency})


def _words(skill: str) -> str:
    """Return the name of a skill, such as ``SpokenInteraction``, as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", skill).capitalize()
