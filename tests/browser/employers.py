"""Employers with postings and applicants, for the browser tests of the employers' area."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from chalicelib.common.ids import new_id
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment

POSTING = {
    "title": "Night baker",
    "description": "Bake at night.",
    "workplace": "on-site",
    "employment": "part-time",
    "place": {"country": "GB", "city": "Leeds"},
    "pay": {"min": 13.5, "max": 15, "currency": "GBP", "period": "hour"},
    "state": "published",
}


def publish_with_applicants(
    deployed: Deployment, owner: Candidate, people: list[Candidate]
) -> tuple[str, str]:
    """Publish a posting of a new employer, and let people apply. Return both ids."""
    about = {"name": "Bakery", "slug": f"bakery-{new_id()}"}
    employer = deployed.call("POST", "/v1/employers", about, owner.token).body["id"]
    postings = f"/v1/employers/{employer}/postings"
    created = deployed.call("POST", postings, POSTING, owner.token)
    assert created.status == 201, created
    posting: str = created.body["id"]
    for person in people:
        assert deployed.apply(person, posting, cover_letter="I wake early.").status == 202
    return employer, posting


def wait_for_applicants(
    deployed: Deployment, owner: Candidate, employer: str, posting: str, count: int
) -> list[str]:
    """Wait until so many applications are stored; return their ids, the newest first."""
    path = f"/v1/employers/{employer}/applications?posting_id={posting}&limit=100"
    listed = wait_for(
        lambda: deployed.call("GET", path, token=owner.token).body["applicants"],
        lambda listed: len(listed) == count,
    )
    return [one["id"] for one in listed]


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
