"""Owners see what will be erased, hold applications, and erase one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common import times
from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]


def announce(database: Database[Any], employer: str, posting: str, application: str) -> None:
    """Store a batch with one application, as the sweep does."""
    now, batch = times.now(), new_id()
    stored = {
        "employer_id": employer,
        "open": True,
        "mail_ids": [],
        "erases_from": now + timedelta(days=14),
        "erases_until": now + timedelta(days=21),
        "counts": {posting: 1},
    }
    database["retention_batches"].insert_one({"_id": batch, **stored})
    mark = {"retention": {"batch": batch, "due_at": now + timedelta(days=15)}}
    database["applications"].update_one({"_id": application}, {"$set": mark})


def test_owner_holds_and_erases(
    open_browser: OpenBrowser, deployed: Deployment, join: Join, database: Database[Any]
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Candidate")
    employer, posting = publish_with_applicants(deployed, owner, [ada])
    [application] = wait_for_applicants(deployed, owner, employer, posting, 1)
    browser = open_browser(owner, at=f"#/employers/{employer}/retention")
    page = browser.page
    expect(page.get_by_text("Nothing will be erased in the next two weeks.")).to_be_visible()
    page.get_by_label("Erase applications").select_option("After a year")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    browser.inspect("retention-none")
    announce(database, employer, posting, application)
    browser.open(f"#/employers/{employer}")
    expect(page.get_by_text("1 application will be erased by")).to_be_visible()
    browser.inspect("employer-home-announcement")
    page.get_by_role("link", name="See which ones").click()

    page.get_by_label("Reason").fill("A claim under labour law")
    page.get_by_role("button", name="Hold", exact=True).click()
    expect(page.get_by_role("heading", name="Legal holds", exact=True)).to_be_focused()
    browser.inspect("retention")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Nothing is held.")).to_be_visible()

    browser.open(f"#/employers/{employer}/applications/{application}")
    page.get_by_text("Data protection", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").fill("A claim under labour law")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A claim under labour law")).to_be_visible()
    expect(page.get_by_text("Held for a legal claim")).to_be_visible()
    browser.inspect("applicant-held")

    candidate = open_browser(ada, at=f"#/applications/{application}")
    candidate.monitor.expect_failure("/erasure", "409")
    candidate.page.get_by_role("button", name="Erase application").click()
    candidate.page.get_by_role("button", name="Erase it").click()
    expect(candidate.page.get_by_text("must keep it for a legal claim")).to_be_visible()
    candidate.inspect("erase-dialog-held")
    candidate.page.keyboard.press("Escape")
    candidate.open("#/")

    page.get_by_role("button", name="Release").click()
    page.get_by_role("button", name="Erase application").click()
    browser.inspect("applicant-erase-dialog")
    page.get_by_role("button", name="Erase it").click()
    expect(page.get_by_text("The application is being erased.")).to_be_visible()
    left = {"_id": application}
    wait_for(lambda: database["applications"].count_documents(left), lambda count: count == 0)
