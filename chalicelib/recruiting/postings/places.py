"""Places of work, and the one text that stands for a place in lists."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.auth.fields import Name
from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.countries import COUNTRY_NAMES
from chalicelib.recruiting.texts import clean_line

CountryCode = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="A country code (ISO 3166)")
]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where people work. For remote work it is where they may live.

    Args:
        country: the code of the country (ISO 3166-1), or null if there is not one country.
        region: a state, a county, or a group of countries such as "Europe".
        city: the city or town.
    """

    country: CountryCode | None = None
    region: Name | None = None
    city: Name | None = None


def clean_place(place: Place) -> Place:
    """Return a place without direction controls in its names.

    Raises:
        InvalidField: no country has this code.
    """
    if place.country is not None and place.country not in COUNTRY_NAMES:
        raise InvalidField("place.country", "Expected the code of a country (ISO 3166)")
    return Place(
        place.country,
        place.region and clean_line(place.region),
        place.city and clean_line(place.city),
    )


def describe_place(place: Place | None, *, remote: bool) -> str:
    """Return the most exact part of a place, in words; empty if nothing is known of it."""
    if place is None:
        return ""
    if place.city:
        return place.city
    area = place.region or COUNTRY_NAMES.get(place.country or "", "")
    return f"Anywhere in {area}" if remote and area else area
