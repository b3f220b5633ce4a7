"""Candidates change an application, and members see what was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.browser.steps import cover_letter_field, expect_saved_draft, past_step
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]


def change_button(page: Page) -> Any:
    return page.get_by_role("button", name="Change application")


def send_button(page: Page) -> Any:
    return page.get_by_role("button", name="Send the new version")


def test_change_is_drafted_sent_and_shown_to_members(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Candidate")
    employer, posting = publish_with_applicants(deployed, owner, [ada])
    [application] = wait_for_applicants(deployed, owner, employer, posting, 1)
    browser = open_browser(ada, at=f"#/applications/{application}")
    page = browser.page
    change_button(page).click()
    expect(cover_letter_field(page)).to_have_value("I wake early.")
    browser.inspect("application-change")
    send_button(page).click()
    expect(page.get_by_text("Nothing is different from what you sent.")).to_be_visible()
    cover_letter_field(page).fill("I wake very early, and like it.")
    expect_saved_draft(page)
    page.reload()
    change_button(page).click()
    expect(page.get_by_text("You did not send this change yet.")).to_be_visible()
    expect(cover_letter_field(page)).to_have_value("I wake very early, and like it.")
    browser.inspect("application-change-kept")
    send_button(page).click()
    expect(past_step(page, "You changed it")).to_be_visible()
    expect(cover_letter_field(page)).to_have_count(0)
    page.get_by_text("What you sent", exact=True).click()
    page.get_by_text("Version 1,").click()
    expect(page.get_by_text("I wake early.")).to_be_visible()
    browser.inspect("application-changed")

    # The employer rejects the candidate while another change is being written.
    change_button(page).click()
    cover_letter_field(page).fill("Too late")
    command = {"expected_stage": "new", "send_email": False}
    path = f"/v1/employers/{employer}/applications/{application}"
    deployed.call("POST", f"{path}/rejection", command, owner.token)
    expect(page.get_by_text("You can no longer change it")).to_be_visible(timeout=30_000)
    browser.monitor.expect_failure("/amendment", "409")
    send_button(page).click()
    expect(page.get_by_text("It stays as you sent it.")).to_be_visible()
    expect(cover_letter_field(page)).to_have_value("Too late")
    browser.inspect("application-change-refused")

    members = open_browser(owner, at=f"#/employers/{employer}/postings/{posting}/applicants")
    expect(members.page.get_by_text("Amended", exact=True)).to_be_visible()
    members.page.get_by_role("link", name="Ada Candidate").click()
    members.page.get_by_text("Version 2: cover letter").click()
    expect(members.page.locator(".changes ins")).to_contain_text("very early, and like it.")
    members.inspect("applicant-changes")
