"""Applications: sent, confirmed, withdrawn, and sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    IS_MARKED,
    MARK_PAGE,
    Publish,
    apply,
    cover_letter_field,
    expect_logged_in,
    expect_saved_draft,
    link_field,
    log_in,
    log_out,
    move_to_stage,
    navigate,
    past_step,
    problem_response,
    send,
    status_heading,
)
from tests.support.assertions import wait_for
from tests.support.deployment import PASSWORD, Candidate, Deployment

Join = Callable[..., Candidate]

DESCRIPTION = """Build boats that come back.

What you will do

- plank, caulk, and launch
- say no to a boat that is not ready

We offer a dry shed."""


def test_posting_page_shows_description_to_visitor(
    open_browser: OpenBrowser, publish: Publish
) -> None:
    posting_id = publish("Caulker", description=DESCRIPTION)
    browser = open_browser(at=f"#/postings/{posting_id}")
    page = browser.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Caulker")
    expect(page).to_have_title("Caulker at Yard & Sons · Hirelane")
    listed = page.locator("main").get_by_role("listitem")
    expect(listed.nth(0)).to_have_text("plank, caulk, and launch")
    expect(listed.nth(1)).to_have_text("say no to a boat that is not ready")
    expect(page.get_by_role("link", name="Log in to apply")).to_be_visible()
    browser.inspect("posting-visitor")


def test_application_is_confirmed_withdrawn_and_repeated(
    open_browser: OpenBrowser,
    join: Join,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    ada = join()
    posting_id = publish("Rigger", description=DESCRIPTION)
    browser = open_browser(ada, at="#/applications")
    page = browser.page
    expect(page.get_by_role("heading", name="You have not applied yet")).to_be_visible()
    browser.inspect("applications-none")
    browser.open(f"#/postings/{posting_id}")
    expect(cover_letter_field(page)).to_be_visible()
    browser.inspect("posting-form")
    page.evaluate(MARK_PAGE)

    cover_letter_field(page).fill("Dear yard,\n\nI have rigged since I could climb.")
    page.get_by_role("button", name="Add a link").click()
    link_field(page).fill("ftp://example.com/cv")
    send(page)
    expect(link_field(page)).to_have_attribute("aria-invalid", "true")
    expect(link_field(page)).to_be_focused()
    browser.inspect("posting-form-errors")
    link_field(page).fill("https://example.com/cv")
    send(page)

    expect(status_heading(page)).to_be_visible()
    for event in ("Accepted", "Stored", "Confirmed by e-mail"):
        expect(past_step(page, event)).to_be_visible()
    browser.inspect("posting-applied")
    [stored] = database["applications"].find({"candidate_id": ada.id})
    assert stored["cover_letter"].endswith("since I could climb.")
    assert stored["links"] == ["https://example.com/cv"]
    assert len(deployed.confirmations_to(ada.email)) == 1

    page.get_by_role("link", name="My applications").click()
    expect(page.get_by_role("heading", name="My applications")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="Rigger")
    expect(row).to_contain_text("Confirmed by e-mail")
    browser.inspect("applications")
    page.get_by_role("link", name="Rigger").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rigger")
    page.get_by_text("Receipt", exact=True).click()
    page.get_by_role("button", name="Check the receipt").click()
    expect(page.get_by_text("This receipt is genuine")).to_be_visible()
    move_to_stage(database, stored["_id"], "In review")
    expect(past_step(page, "In review")).to_be_visible()
    browser.inspect("application")

    page.get_by_role("button", name="Withdraw application").click()
    expect(page.get_by_role("dialog", name="Withdraw this application?")).to_be_visible()
    browser.inspect("withdraw-dialog")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(past_step(page, "Withdrawn")).to_be_visible()
    browser.inspect("application-withdrawn")

    page.get_by_role("link", name="Apply again").click()
    expect(page.get_by_text("You withdrew your application")).to_be_visible()
    browser.inspect("posting-again")
    apply(page, "I thought about it.")
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    page.get_by_role("link", name="My applications").click()
    expect(page.locator("main").get_by_role("listitem")).to_have_count(2)
    assert page.evaluate(IS_MARKED), "the page was loaded again"
    stored_twice = list(database["applications"].find({"candidate_id": ada.id}).sort("_id", 1))
    assert [one["active"] for one in stored_twice] == [False, True]

    page.locator("main").get_by_role("listitem").first.get_by_role("link", name="Rigger").click()
    page.get_by_role("button", name="Erase application").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Erase this application?")).to_be_visible()
    browser.inspect("erase-dialog")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your application is being erased.")).to_be_visible()
    expect(page.get_by_role("heading", name="My applications")).to_be_visible()
    left = {"candidate_id": ada.id}
    wait_for(lambda: database["applications"].count_documents(left), lambda count: count == 1)


def test_applied_mark_is_shown_only_to_the_candidate(
    open_browser: OpenBrowser, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """Not to another account in this tab or another, and not to a visitor."""
    grace, other = join(), join("Olga Other")
    posting_id = publish(word := f"Netmaker{new_id()[-6:]}")
    # Other tests publish postings meanwhile, so the first page may not list this one.
    search = f"#/?q={word}"
    browser = open_browser(grace, at=f"#/postings/{posting_id}")
    page, tab = browser.page, browser.context.new_page()
    apply(page)
    navigate(page, search)
    card = page.locator(f"[data-posting='{posting_id}']")
    mark = card.get_by_text("You applied")
    expect(mark).to_be_visible()

    # Another account logs in in another tab, and its applications cannot be read.
    database["sessions"].delete_many({"account_id": grace.id})
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
    browser.monitor.expect_failure("/v1/applications", "status of 503")
    page.route("**/v1/applications?*", problem_response(503))
    browser.open("#/log-in", tab)
    with page.expect_response("**/v1/applications?*"):
        log_in(tab, other.email, PASSWORD)
    expect(card).to_be_visible()
    expect(mark).to_have_count(0)
    page.unroute_all(behavior="wait")

    log_out(page)
    page.get_by_role("link", name="Log in", exact=True).click()
    log_in(page, grace.email, PASSWORD)
    expect_logged_in(page)
    navigate(page, search)
    expect(mark).to_be_visible()
    log_out(page)
    navigate(page, search)
    expect(card).to_be_visible()
    expect(mark).to_have_count(0)


def test_closed_and_removed_postings_say_so(open_browser: OpenBrowser, publish: Publish) -> None:
    now = datetime.now(UTC)
    closed = publish("Cooper", closes_at=now - timedelta(minutes=1))
    browser = open_browser(at=f"#/postings/{closed}")
    expect(browser.page.get_by_role("heading", name="This posting is closed")).to_be_visible()
    browser.inspect("posting-closed")
    browser.monitor.expect_failure("/v1/postings/", "status of 404")
    browser.open(f"#/postings/{new_id()}")
    expect(browser.page.get_by_role("heading", name="Page not found")).to_be_visible()
    browser.inspect("posting-gone")


def test_draft_survives_navigation_reload_and_new_tab(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    posting_id = publish()
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    cover_letter_field(browser.page).fill("A first draft")
    expect_saved_draft(browser.page)
    browser.page.get_by_role("link", name="My applications").click()
    browser.open(f"#/postings/{posting_id}")
    expect(cover_letter_field(browser.page)).to_have_value("A first draft")
    other = browser.open_tab(f"#/postings/{posting_id}")
    expect(cover_letter_field(other)).to_have_value("A first draft")


@pytest.mark.nightly
def test_draft_is_kept_after_applying_elsewhere(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    """The other application counts, and the draft can be sent later."""
    posting_id = publish()
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    cover_letter_field(page).fill("A better letter")
    assert deployed.apply(ada, posting_id, cover_letter="A letter").status == 202
    send(page)
    expect(page.get_by_text("You have already applied")).to_be_visible()
    expect(page.get_by_text("Accepted: ")).to_have_count(0)
    browser.inspect("posting-applied-elsewhere")
    expect(past_step(page, "Stored")).to_be_visible()
    page.get_by_role("link", name="See this application").click()
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    page.get_by_role("link", name="Apply again").click()
    expect(cover_letter_field(page)).to_have_value("A better letter")
    send(page)
    expect(past_step(page, "Stored")).to_be_visible()
    documents = database["applications"].find({"posting_id": posting_id}).sort("_id", 1)
    assert [one["cover_letter"] for one in documents][-1] == "A better letter"


def test_long_cover_letter_in_any_script_arrives_unchanged(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish()
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    text = "Ærlig talt, 您好 👩‍🚀\n\n" + "x" * 19_900
    apply(browser.page, text)
    expect(past_step(browser.page, "Stored")).to_be_visible()
    stored = database["applications"].find_one({"posting_id": posting_id})
    assert stored is not None
    assert stored["cover_letter"] == text


def test_too_long_cover_letter_is_neither_sent_nor_cut_off(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    browser = open_browser(ada, at=f"#/postings/{publish()}")
    page = browser.page
    cover_letter_field(page).fill("x" * 20_003)
    send(page)
    expect(page.get_by_text("3 characters too long").first).to_be_visible()
    assert len(cover_letter_field(page).input_value()) == 20_003
    browser.inspect("posting-form-too-long")
    assert browser.monitor.count_answers("POST", "/applications") == 0
