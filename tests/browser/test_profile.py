"""The profile of a candidate, and what is offered of earlier applications."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    cover_letter_field,
    link_field,
    send_button,
    status_heading,
    tab_to,
)
from tests.browser.test_files import row
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment
from tests.support.files import attach


def test_profile_is_written_by_keyboard_and_kept(
    open_browser: OpenBrowser, ada: Candidate, deployed: Deployment
) -> None:
    browser = open_browser(ada, at="#/profile")
    page = browser.page
    tab_to(page, "Occupation")
    page.keyboard.type("Sailmaker")
    tab_to(page, "Add a job")
    page.keyboard.press("Enter")
    page.keyboard.type("Foreman")
    page.keyboard.press("Tab")
    page.keyboard.type("Yard & Sons")
    page.get_by_label("From").fill("May 2019")
    browser.monitor.expect_failure("/v1/account/profile")
    page.get_by_role("button", name="Save profile").press("Enter")
    expect(page.get_by_label("From")).to_be_focused()
    expect(page.get_by_text("Enter a year, a month such as")).to_be_visible()
    browser.inspect("profile-invalid")
    page.get_by_label("From").fill("2019-05")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Occupation")).to_have_value("Sailmaker")
    entry = page.get_by_text("Foreman, Yard & Sons")
    expect(entry).to_be_visible()
    browser.inspect("profile")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download as JSON Resume").click()
    assert downloaded.value.suggested_filename == "resume.json"
    entry.click()
    page.get_by_role("button", name="Remove Foreman, Yard & Sons").click()
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    page.get_by_role("button", name="Delete profile").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Your profile is deleted.")).to_be_visible()
    stored = deployed.call("GET", "/v1/account/profile", token=ada.token).body
    assert (stored["resume"], stored["version"]) == ({}, 0)


def test_last_sent_file_and_links_are_used_again(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    link = "https://example.com/sails"
    first = deployed.apply(
        ada, publish("Rigger"), links=[link], files=[attach(deployed, ada, "resume.pdf")]
    )
    assert first.status == 202
    wait_for(lambda: database["applications"].find_one({"_id": first.body["id"]}))
    browser = open_browser(ada, at=f"#/postings/{publish('Sailmaker')}")
    page = browser.page
    expect(cover_letter_field(page)).to_have_value("")
    tab_to(page, "Use resume.pdf of")
    browser.inspect("last-sent")
    page.keyboard.press("Enter")
    expect(row(page, "resume.pdf").first).to_be_visible()
    expect(page.get_by_role("button", name="Yes, resume.pdf is right")).to_be_focused()
    page.get_by_role("button", name="Use the link of").press("Enter")
    expect(link_field(page)).to_have_value(link)
    browser.inspect("last-sent-used")
    page.get_by_role("button", name="Yes, resume.pdf is right").press("Enter")
    page.reload()
    confirmation = page.get_by_role("button", name="Yes, the links are right")
    expect(confirmation).to_be_visible()
    expect(page.get_by_role("button", name="Yes, resume.pdf is right")).to_have_count(0)
    link_field(page).fill("https://example.com/new")
    expect(confirmation).to_have_count(0)
    send_button(page).click()
    expect(status_heading(page)).to_be_visible()
    copies = wait_for(
        lambda: list(database["applications"].find({"candidate_id": ada.id}).sort("_id")),
        lambda found: found[1:],
    )
    assert copies[1]["links"] == ["https://example.com/new"]
    [[sent], [copied]] = [one["files"] for one in copies]
    assert (copied["name"], copied["sha256"]) == (sent["name"], sent["sha256"])
    assert copied["id"] != sent["id"]
