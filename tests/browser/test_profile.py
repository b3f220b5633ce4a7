"""The profile of a candidate, and what is offered of earlier applications."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import FilePayload, Page, expect
from pymongo.database import Database

from tests.browser.conftest import REPOSITORY, OpenBrowser
from tests.browser.steps import (
    Publish,
    consent_box,
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

PACKAGES = REPOSITORY / ".local" / "browser" / "node_modules"
SAMPLE = PACKAGES / "@jsonresume" / "schema" / "sample.resume.json"


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
    consent_box(page).check()
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


def choose_resume(page: Page, name: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("Choose a file").set_input_files(file)


def test_official_sample_is_imported_and_nothing_is_lost(
    open_browser: OpenBrowser, ada: Candidate, deployed: Deployment
) -> None:
    sample = SAMPLE.read_bytes()
    browser = open_browser(ada, at="#/profile")
    page = browser.page
    page.get_by_label("Name", exact=True).first.fill("Ada Byron")
    choose_resume(page, "cv.xml", b"<html/>")
    browser.monitor.expect_failure("/import")
    expect(page.get_by_text("It is XML, but not of Europass.")).to_be_visible()
    choose_resume(page, "resume.json", sample)
    expect(page.get_by_role("heading", name="Found in resume.json")).to_be_focused()
    expect(page.get_by_text("could not be taken")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Name")).not_to_be_checked()
    browser.inspect("profile-import")
    tab_to(page, "Name", "input")
    page.keyboard.press("Space")
    tab_to(page, "Save the ticked parts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Occupation")).to_have_value("Programmer")
    expect(page.get_by_role("heading", name="Profile")).to_be_focused()
    imported = deployed.call("GET", "/v1/account/profile", token=ada.token).body["resume"]
    # These describe the document. The picture is blank.
    expected = {key: value for key, value in json.loads(sample).items() if key[0] not in "$m"}
    del expected["basics"]["image"]
    assert imported == expected


def test_certain_facts_of_a_pdf_file_are_offered(
    open_browser: OpenBrowser, ada: Candidate, deployed: Deployment
) -> None:
    account = deployed.call("GET", "/v1/account", token=ada.token).body
    content = f"{account['name']}\n+47 22 34 56 78\nlinkedin.com/in/ada\n2019-05-01".encode()
    browser = open_browser(ada, at="#/profile")
    page = browser.page
    choose_resume(page, "resume.txt", content)
    expect(page.get_by_role("heading", name="Found in resume.txt")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Phone")).to_be_checked()
    expect(page.get_by_text("+4722345678")).to_be_visible()
    browser.inspect("profile-facts")
    page.get_by_role("button", name="Save the ticked parts").press("Enter")
    expect(page.get_by_role("textbox", name="Phone")).to_have_value("+4722345678")
    expect(page.get_by_text("LinkedIn, https://linkedin.com/in/ada")).to_be_visible()
