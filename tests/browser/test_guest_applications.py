"""Apply with an e-mail address alone: form, e-mailed link, confirmation, receipt, password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants
from tests.browser.steps import (
    cover_letter_field,
    expect_logged_in,
    log_in,
    past_step,
    tab_to,
)
from tests.browser.test_file_questions import CERTIFICATE
from tests.browser.test_questions import WHY, ask
from tests.support.deployment import PASSWORD, Candidate, Deployment

LETTER = "Dear yard, I build clinker boats."


def test_visitor_applies_by_email_and_sets_a_password(
    open_browser: OpenBrowser,
    join: Callable[..., Candidate],
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    owner, address = join("Grace Owner"), f"{new_id()}@example.com"
    employer, posting_id = publish_with_applicants(deployed, owner, [])
    ask(deployed, owner, employer, posting_id, [WHY])
    browser = open_browser(at=f"#/postings/{posting_id}")
    page = browser.page
    browser.inspect("posting-logged-out")
    # The keyboard alone leads through the form.
    tab_to(page, "Apply with your e-mail address")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apply for Night baker")).to_be_focused()
    browser.inspect("guest-form")
    submit = page.get_by_role("button", name="E-mail me the link")
    submit.click()
    expect(page.get_by_label("Name")).to_be_focused()
    cover_letter_field(page).fill(LETTER)
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()
    page.reload()
    expect(cover_letter_field(page)).to_have_value(LETTER)
    page.get_by_label("Name").fill("Ada Example")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Why bread?").fill("It smells well.\nAlways.")
    tab_to(page, "^I have read the privacy notice")
    page.keyboard.press("Space")
    tab_to(page, "E-mail me the link")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_focused()
    browser.inspect("guest-mailed")
    page.get_by_role("button", name="Send the link again").click()
    expect(page.get_by_text("We have sent another link.")).to_be_visible()
    expect(page.get_by_role("button", name="Send the link again")).to_be_disabled()

    mailed = deployed.mailed_link(address, "apply")
    assert mailed.startswith(f"{browser.base}#/apply/{posting_id}/")
    link = browser.open_tab(mailed.removeprefix(browser.base))
    expect(link.get_by_role("heading", name="Send your application")).to_be_visible()
    expect(link.get_by_text(LETTER)).to_be_visible()
    answer = link.get_by_role("definition").filter(has_text="It smells well.")
    expect(answer).to_have_text("It smells well.\nAlways.")
    expect(link.get_by_role("term").filter(has_text="Why bread?")).to_be_visible()
    assert database["accounts"].count_documents({"email": address}) == 0
    browser.inspect("guest-confirmation", link)
    tab_to(link, "Send application")
    link.keyboard.press("Enter")
    expect(link.get_by_role("heading", name="Your application is sent")).to_be_focused()
    expect_logged_in(link)
    browser.inspect("guest-sent", link)
    # The draft was sent, so the other tab has nothing left to send.
    expect(page.get_by_role("button", name="Send the link again")).to_have_count(0)

    link.get_by_role("button", name="E-mail me a link to set a password").click()
    expect(link.get_by_text("It is valid for one hour.")).to_be_visible()
    link.get_by_role("link", name="Follow your application").click()
    expect(past_step(link, "Confirmed by e-mail")).to_be_visible()
    browser.open("#/account", link)
    expect(link.get_by_role("heading", name="Set a password")).to_be_visible()
    browser.inspect("account-without-password", link)

    # The link of the e-mail shows the receipt to another browser, and logs nobody in.
    other = open_browser(at=mailed.removeprefix(browser.base))
    expect(other.page.get_by_role("heading", name="Your application is sent")).to_be_visible()
    other.inspect("guest-sent-elsewhere")
    other.page.get_by_role("link", name="Log in", exact=True).last.click()
    expect(other.page.get_by_label("E-mail address")).to_have_value(address)

    reset = deployed.mailed_link(address, "reset-password")
    other.open(reset.removeprefix(browser.base))
    other.page.get_by_label("New password", exact=True).fill(PASSWORD)
    other.page.get_by_role("button", name="Set password").click()
    log_in(other.page, address, PASSWORD)
    expect_logged_in(other.page)
    [stored] = database["applications"].find({"posting_id": posting_id})
    assert stored["cover_letter"] == LETTER


def test_links_that_cannot_be_used_lead_back_to_the_form(
    open_browser: OpenBrowser, deployed: Deployment, join: Callable[..., Candidate]
) -> None:
    owner = join("Grace Owner")
    employer, posting_id = publish_with_applicants(deployed, owner, [])
    ask(deployed, owner, employer, posting_id, [CERTIFICATE])
    browser = open_browser(at="#/")
    browser.monitor.expect_failure("/v1/guest-applications/preview", "status of 410")
    page = browser.open(f"#/apply/{posting_id}/wrong")
    expect(page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    browser.inspect("guest-link-expired")
    page.get_by_role("link", name="Back to the application").click()
    # A file belongs to an account.
    expect(page.get_by_role("heading", name="Apply for Night baker")).to_be_visible()
    expect(page.get_by_text("This posting asks for a file.")).to_be_visible()
