"""Members see, list and understand the flag of applications from one network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.support.deployment import Candidate, Deployment


def test_burst_is_shown_in_words_and_filtered(
    open_browser: OpenBrowser,
    deployed: Deployment,
    join: Callable[..., Candidate],
    database: Database[dict[str, Any]],
) -> None:
    owner, people = join("Grace Owner"), [join(f"{name} Baker") for name in ("Ada", "Bob")]
    employer, posting = publish_with_applicants(deployed, owner, people)
    [bob, _] = wait_for_applicants(deployed, owner, employer, posting, 2)
    # The sweep writes this, if there are ten.
    database["applications"].update_one({"_id": bob}, {"$set": {"burst": 14}})
    browser = open_browser(owner, at=f"#/employers/{employer}/postings/{posting}/applicants")
    page = browser.page
    expect(page.get_by_text("1 of 14 from one network")).to_be_visible()
    page.get_by_label("Answers and flags").select_option(label="Many from one network")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=2, name="Baker")).to_have_text(["Bob Baker"])
    browser.inspect("applicants-burst")
    page.get_by_role("link", name="Bob Baker").click()
    expect(page.get_by_text("One of 14 applications from one network")).to_be_visible()
    expect(page.get_by_text("Universities, offices and families share a network")).to_be_visible()
    browser.inspect("applicant-burst")
