"""Postings as JSON-LD (schema.org's JobPosting), which search engines read.

The fields are those that Google requires or recommends
(https://developers.google.com/search/docs/appearance/structured-data/job-posting).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from chalicelib.public_pages.description import description_html

if TYPE_CHECKING:
    from chalicelib.public_pages.models import PublicPosting
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.postings.pay import Pay
    from chalicelib.recruiting.postings.places import Place

_EMPLOYMENT = {
    "full-time": "FULL_TIME",
    "part-time": "PART_TIME",
    "temporary": "TEMPORARY",
    "internship": "INTERN",
}
# What could end a script element or begin a comment in one, and what older JavaScript takes for
# the end of a line. In JSON these characters are only in texts, where an escape means the same.
_ESCAPES = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def job_posting(posting: PublicPosting, addresses: Addresses) -> dict[str, Any]:
    """Return a posting as a JobPosting.

    ``directApply`` is true, because candidates apply on this site and are not sent to another.
    """
    employer = posting.employer
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": posting.title,
        "description": description_html(posting.description),
        "datePosted": posting.published_at,
        "employmentType": _EMPLOYMENT[posting.employment],
        "hiringOrganization": {
            "@type": "Organization",
            "name": employer.name,
            "sameAs": addresses.career(employer.slug),
        },
        "identifier": {"@type": "PropertyValue", "name": employer.name, "value": posting.id},
        "url": addresses.posting(employer.slug, posting.id),
        "directApply": True,
    }
    if posting.closes_at:
        found["validThrough"] = posting.closes_at
    if posting.pay:
        found["baseSalary"] = _salary(posting.pay)
    if posting.workplace == "remote":
        found["jobLocationType"] = "TELECOMMUTE"
        # Postings of earlier versions may have no country. A group of countries would be an error.
        if countries := posting.place.country_names() if posting.place else []:
            areas = [{"@type": "Country", "name": name} for name in countries]
            found["applicantLocationRequirements"] = areas if len(areas) > 1 else areas[0]
    else:
        address = _postal_address(posting.place) or {"addressLocality": posting.location}
        found["jobLocation"] = {
            "@type": "Place",
            "address": {"@type": "PostalAddress", **address},
        }
    return found


def script_content(data: Any) -> Markup:
    """Return data as JSON that can stand in a script element of a page."""
    return Markup(msgspec.json.encode(data).decode().translate(_ESCAPES))  # noqa: S704


def _salary(pay: Pay) -> dict[str, Any]:
    return {
        "@type": "MonetaryAmount",
        "currency": pay.currency,
        "value": {
            "@type": "QuantitativeValue",
            "minValue": pay.min,
            "maxValue": pay.max,
            "unitText": pay.period.upper(),
        },
    }


def _postal_address(place: Place | None) -> dict[str, str]:
    if place is None:
        return {}
    address = {
        "addressLocality": place.city,
        "addressRegion": place.region,
        "addressCountry": place.country,
    }
    return {name: value for name, value in address.items() if value}
