"""The editor of a posting saves drafts by itself, and shows what others changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]
OLD = "Bake."
TYPED = "Bake at night."


@pytest.mark.nightly
def test_conflict_of_two_members_loses_nothing_that_was_typed(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner = join("Grace Owner")
    about = {"name": "Bakery", "slug": f"bakery-{new_id()}"}
    employer = deployed.call("POST", "/v1/employers", about, owner.token).body["id"]
    postings = f"/v1/employers/{employer}/postings"
    draft = {"title": "Baker", "description": OLD}
    posting = deployed.call("POST", postings, draft, owner.token).body["id"]

    def stored() -> dict[str, Any]:
        found: dict[str, Any] = deployed.call(
            "GET", f"{postings}/{posting}", None, owner.token
        ).body
        return found

    def change(title: str) -> None:
        """Change the title as another member does."""
        version = {"If-Match": f'"{stored()["version"]}"'}
        path = f"{postings}/{posting}"
        assert deployed.call("PATCH", path, {"title": title}, owner.token, **version).status == 200

    address = f"#/employers/{employer}/postings/{posting}"
    browser = open_browser(owner, at=address)
    page = browser.page
    browser.monitor.expect_failure(posting, "status of 412")
    title, description = page.get_by_label("Title"), page.get_by_label("Description")
    saved = page.get_by_text("Everything is saved.")
    conflict = page.get_by_role("heading", name="Somebody else has changed this posting")

    page.get_by_label("City or town").fill("Leeds")
    expect(saved).to_be_visible()
    assert stored()["place"]["city"] == "Leeds"

    change("Day baker")
    description.fill(TYPED)
    expect(conflict).to_be_visible()
    alert = page.get_by_role("alert").filter(has_text="Grace Owner")
    expect(alert).to_contain_text("Title.")
    browser.inspect("posting-conflict")
    browser.open(address)
    expect(conflict).to_be_visible()
    expect(description).to_have_value(TYPED)
    page.get_by_role("button", name="Load the newer text").click()
    expect(title).to_have_value("Day baker")
    expect(description).to_have_value(OLD)
    page.get_by_role("button", name="Use mine instead").click()
    expect(description).to_have_value(TYPED)
    expect(saved).to_be_visible()
    assert (stored()["title"], stored()["description"]) == ("Day baker", TYPED)

    change("Pastry chef")
    description.fill("Bake by day.")
    expect(conflict).to_be_visible()
    page.get_by_role("button", name="Keep mine").click()
    expect(saved).to_be_visible()
    expect(title).to_have_value("Pastry chef")
    assert (stored()["title"], stored()["description"]) == ("Pastry chef", "Bake by day.")
