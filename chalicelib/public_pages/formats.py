"""Dates, pay and marks as the public pages show them. The pages are in English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from datetime import tzinfo

    from chalicelib.recruiting.postings.pay import Pay

MARK_COLOURS = 6


def iso_time(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: datetime, time_zone: str) -> str:
    """Return the date of a time, such as "3 December 2026"."""
    local = at.astimezone(_zone(time_zone))
    return f"{local.day} {local:%B %Y}"


def deadline(at: datetime, time_zone: str) -> str:
    """Return the last day and minute before a time, such as "3 December 2026, 23:59 (UTC)".

    "4 December, 00:00" would read as if that day were left.
    """
    zone = _zone(time_zone)
    local = at.astimezone(zone)
    if (local.hour, local.minute) == (0, 0):
        local -= timedelta(minutes=1)
    return f"{local.day} {local:%B %Y, %H:%M} ({zone})"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def pay_text(pay: Pay) -> str:
    """Return a range of pay, such as "EUR 58,000 – 74,000 a year"."""  # noqa: RUF002
    least, most = _amount(pay.min), _amount(pay.max)
    amounts = least if least == most else f"{least} – {most}"  # noqa: RUF001
    return f"{pay.currency} {amounts} {'an' if pay.period == 'hour' else 'a'} {pay.period}"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def initials(name: str) -> str:
    """Return the first characters of the first two words of a name."""
    return "".join(_first_character(word) for word in name.split()[:2]).upper()


def mark_colour(name: str) -> int:
    """Return the number of an employer's colour, the same as in the web client."""
    return reduce(lambda found, one: (found * 31 + ord(one)) % 9973, name, 7) % MARK_COLOURS


def _first_character(word: str) -> str:
    if word.isascii():
        return word[:1]
    from grapheme import slice as cut

    found: str = cut(word, 0, 1)
    return found
