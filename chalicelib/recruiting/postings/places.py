"""Places of work, and the one text that stands for a place in lists."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.auth.fields import Name
from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.countries import COUNTRY_NAMES

CountryCode = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="A country code (ISO 3166)")
]

# A text for a place has at most this many names of countries.
_MOST_NAMES = 3


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where people work. For remote work it is where they may live.

    Args:
        country: the code of the country (ISO 3166-1), or null.
        region: a state, a county, or a group of countries such as "Europe".
        city: the city or town.
        countries: for remote work, the codes of more countries in which people may live.
    """

    country: CountryCode | None = None
    region: Name | None = None
    city: Name | None = None
    countries: Annotated[tuple[CountryCode, ...], msgspec.Meta(max_length=250)] = ()

    def country_names(self) -> list[str]:
        """Return the names of all countries of the place."""
        codes = (*([self.country] if self.country else []), *self.countries)
        return [COUNTRY_NAMES[code] for code in codes]


def clean_place(place: Place) -> Place:
    """Return a place without direction controls in its names, and with each country once.

    Raises:
        InvalidField: no country has this code.
    """
    if place.country is not None and place.country not in COUNTRY_NAMES:
        raise InvalidField("place.country", "Expected the code of a country (ISO 3166)")
    if not COUNTRY_NAMES.keys() >= set(place.countries):
        raise InvalidField("place.countries", "Expected codes of countries (ISO 3166)")
    # Imported here, because a cold start needs the models alone.
    from chalicelib.recruiting.texts import clean_line

    return Place(
        place.country,
        place.region and clean_line(place.region),
        place.city and clean_line(place.city),
        tuple(code for code in dict.fromkeys(place.countries) if code != place.country),
    )


def describe_place(place: Place | None, *, remote: bool) -> str:
    """Return the most exact part of a place, in words; empty if nothing is known of it."""
    if place is None:
        return ""
    if place.city:
        return place.city
    names = place.country_names() if remote else place.country_names()[:1]
    area = place.region or _join(names)
    return f"Anywhere in {area}" if remote and area else area


def _join(names: list[str]) -> str:
    if len(names) > _MOST_NAMES:
        return f"{len(names)} countries"
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
