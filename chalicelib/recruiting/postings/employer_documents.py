"""Documents of postings as members of an employer write and read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from chalicelib.common.ids import new_id
from chalicelib.recruiting.postings.deadlines import to_deadline, to_instant
from chalicelib.recruiting.postings.documents import (
    DRAFT,
    FIRST_VERSION,
    PUBLISHED,
    Document,
    form_version_of,
    state_of,
    version_of,
)
from chalicelib.recruiting.postings.employer_models import EmployerPosting, EmployerPostingSummary
from chalicelib.recruiting.postings.pay import check_pay, yearly_salary
from chalicelib.recruiting.postings.places import Place, clean_place, describe_place
from chalicelib.recruiting.postings.stages import DEFAULT_STAGES, Stage, make_stages
from chalicelib.recruiting.texts import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.recruiting.postings.employer_models import PostingChanges

_COPIED = (
    *("title", "description", "workplace", "employment", "place", "pay"),
    *("location", "salary", "closes_at", "time_zone", "stages", "team"),
)


def new_document(employer_id: str, employer: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the document of an empty draft.

    Args:
        employer_id: the employer.
        employer: the fields that a posting has from its employer; see ``EmployerLookup``.
        now: the current time.
    """
    texts = dict.fromkeys(("title", "description", "workplace", "employment", "place", "pay"))
    times = dict.fromkeys(("closes_at", "time_zone", "published_at", "closed_at"))
    return {
        "_id": new_id(),
        "employer_id": employer_id,
        **employer,
        "state": DRAFT,
        "version": FIRST_VERSION,
        **texts,
        **times,
        "location": "",
        "salary": None,
        "stages": msgspec.to_builtins(DEFAULT_STAGES),
        "team": [],
        "created_at": now,
        "changed_at": now,
    }


def copy_document(document: Document, now: datetime) -> dict[str, Any]:
    """Return the document of a new draft with the content of a posting, but not of its employer.

    A deadline that has passed is not copied.
    """
    copied = {name: document[name] for name in _COPIED}
    if copied["closes_at"] and copied["closes_at"] <= now:
        copied |= {"closes_at": None, "time_zone": None}
    return {**new_document(document["employer_id"], {}, now), **copied}


def changed_fields(document: Document, changes: PostingChanges) -> dict[str, Any]:
    """Return the new values of the fields that changes affect, also of derived fields.

    Raises:
        InvalidField: a value is invalid.
    """
    fields: dict[str, Any] = {
        name: getattr(changes, name)
        for name in ("workplace", "employment")
        if getattr(changes, name) is not UNSET
    }
    if changes.title is not UNSET:
        fields["title"] = clean_line(changes.title or "") or None
    if changes.description is not UNSET:
        fields["description"] = clean_text(changes.description or "") or None
    if changes.place is not UNSET:
        fields["place"] = msgspec.to_builtins(changes.place and clean_place(changes.place))
    if changes.pay is not UNSET:
        if changes.pay:
            check_pay(changes.pay)
        fields["pay"] = msgspec.to_builtins(changes.pay)
        fields["salary"] = msgspec.to_builtins(yearly_salary(changes.pay))
    if changes.closes is not UNSET:
        closes = changes.closes
        fields["closes_at"] = to_instant(closes) if closes else None
        fields["time_zone"] = closes.time_zone if closes else None
    if changes.stages is not UNSET:
        in_use = document["published_at"] is not None
        stages = make_stages(changes.stages, _stages(document), in_use=in_use)
        fields["stages"] = msgspec.to_builtins(stages)
    if changes.team is not UNSET:
        fields["team"] = list(dict.fromkeys(changes.team))
    changed = {**document, **fields}
    fields["location"] = describe_place(_place(changed), remote=changed["workplace"] == "remote")
    return fields


def missing_fields(document: Document, now: datetime) -> dict[str, str]:
    """Return why a posting cannot be published, by the name of the field."""
    asked = {
        "title": "Write a title",
        "description": "Describe the work",
        "workplace": "Choose where people work",
        "employment": "Choose a kind of employment",
    }
    missing = {name: reason for name, reason in asked.items() if not document[name]}
    place = _place(document) or Place()
    if document["workplace"] == "remote":
        # Search engines refuse remote work without a country.
        if not place.country_names():
            missing["place"] = "Choose the country or countries in which people may live"
    elif not place.country or not place.city:
        missing["place"] = "Choose a country and a city"
    if has_passed(document, now):
        missing["closes"] = "Choose a closing date in the future, or none"
    if form_missing := (document.get("form") or {}).get("missing"):
        missing["form"] = form_missing
    return missing


def has_passed(document: Document, now: datetime) -> bool:
    """Return whether the deadline of a posting has passed."""
    closes_at = document["closes_at"]
    return closes_at is not None and closes_at <= now


def is_open(document: Document, now: datetime) -> bool:
    """Return whether a posting accepts applications."""
    return state_of(document) == PUBLISHED and not has_passed(document, now)


def to_employer_posting(document: Document, now: datetime) -> EmployerPosting:
    """Return a posting as the members of its employer may read it."""
    closes_at = document["closes_at"]
    shown = {
        **document,
        "id": document["_id"],
        "is_open": is_open(document, now),
        "missing": missing_fields(document, now),
        "closes": to_deadline(closes_at, document["time_zone"]) if closes_at else None,
        "version": version_of(document),
        "form_version": form_version_of(document, even_empty=True),
    }
    return msgspec.convert(shown, EmployerPosting)


def to_employer_summary(document: Document, now: datetime) -> EmployerPostingSummary:
    """Return a posting as the list of its employer shows it."""
    shown = {**document, "id": document["_id"], "is_open": is_open(document, now)}
    return msgspec.convert(shown, EmployerPostingSummary)


def _place(document: Document) -> Place | None:
    return msgspec.convert(document["place"], Place | None)


def _stages(document: Document) -> list[Stage]:
    return msgspec.convert(document["stages"], list[Stage])
