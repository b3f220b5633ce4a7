"""Another account logs in, in the same browser. A request is never sent for another account.

Tabs share the cookie with the refresh token and learn of log-ins by messages. Each test removes
one way in which a tab would learn of the other account.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from tests.browser.conftest import BrowserSession, OpenBrowser
from tests.browser.steps import (
    Publish,
    advance_clock,
    cover_letter_field,
    expect_logged_in,
    expect_saved_draft,
    log_in,
    log_in_dialog,
    navigate,
    problem_response,
    send,
    wait_for_count,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
APPLY = "**/v1/postings/*/applications"
ACCOUNT = "**/v1/account"
TEXT = "Written by Ada"


@pytest.fixture
def bob(join: Join) -> Candidate:
    return join("Bob Other")


def open_with_draft(open_browser: OpenBrowser, whose: Candidate, posting_id: str) -> BrowserSession:
    """Open a posting and type a cover letter, which is saved as a draft."""
    browser = open_browser(whose, at=None)
    browser.page.clock.install()
    browser.open(f"#/postings/{posting_id}")
    cover_letter_field(browser.page).fill(TEXT)
    expect_saved_draft(browser.page)
    return browser


def switch_account(browser: BrowserSession, open_browser: OpenBrowser, other: Candidate) -> None:
    """Replace the cookies by those of another account, without a message to the tabs."""
    cookies: Any = open_browser(other, at=None).context.cookies()
    browser.context.add_cookies(cookies)


def open_tab_after_expiry(
    browser: BrowserSession, database: Database[dict[str, Any]], whose: Candidate
) -> Page:
    """End a session on the server, and open a tab that notices it and offers to log in."""
    assert database["sessions"].delete_many({"account_id": whose.id}).deleted_count > 0
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
    return browser.open_tab("#/log-in")


def count_refreshes(browser: BrowserSession) -> int:
    return browser.monitor.count_answers("POST", "/v1/sessions/refresh")


def expect_account(page: Page, whose: Candidate) -> None:
    navigate(page, "#/account")
    expect(page.get_by_role("definition").filter(has_text=whose.email)).to_be_visible()


def saved_draft(page: Page, whose: Candidate) -> Any:
    kept = "(id) => Object.entries(localStorage).find(([key]) => key.includes(`draft.${id}`))?.[1]"
    return page.evaluate(kept, whose.id)


def count_applications(database: Database[dict[str, Any]], posting_id: str) -> int:
    return database["applications"].count_documents({"posting_id": posting_id})


def test_draft_is_not_sent_with_token_of_another_account(
    open_browser: OpenBrowser,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """The access token expires, and the cookie belongs to another account."""
    posting_id = publish()
    browser = open_with_draft(open_browser, ada, posting_id)
    page = browser.page
    switch_account(browser, open_browser, bob)
    advance_clock(page, 15)
    send(page)
    expect(cover_letter_field(page)).to_have_value("")
    assert browser.monitor.count_answers("POST", "/applications") == 0
    assert TEXT in saved_draft(page, ada)
    assert saved_draft(page, bob) is None
    expect_account(page, bob)
    assert count_applications(database, posting_id) == 0


@pytest.mark.nightly
@pytest.mark.parametrize("account_is_unreadable", ["always", "once"])
def test_retries_stop_when_another_account_logs_in(
    open_browser: OpenBrowser,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    account_is_unreadable: str,
) -> None:
    """The other account logs in in another tab, and its data cannot be read."""
    posting_id = publish()
    browser = open_with_draft(open_browser, ada, posting_id)
    page = browser.page
    browser.monitor.expect_failure("/v1/", "status of 503")
    page.route(APPLY, problem_response(503, **{"Retry-After": "1"}))
    send(page)
    expect(
        page.get_by_text("Our service is temporarily unavailable. We keep trying")
    ).to_be_visible()
    other = open_tab_after_expiry(browser, database, ada)
    before = count_refreshes(browser)
    once = {"times": 1} if account_is_unreadable == "once" else {}
    page.route(ACCOUNT, problem_response(503, **{"Retry-After": "1"}), **once)
    log_in(other, bob.email, PASSWORD)
    expect_logged_in(other)
    wait_for_count(page, lambda: count_refreshes(browser), before + 1)
    expect(page.get_by_role("link", name="Log in to apply")).to_be_visible()
    refused = browser.monitor.count_answers("POST", "/applications")
    page.unroute(APPLY)
    # Time for two more attempts.
    page.clock.run_for(3000)
    expect(page.get_by_text(TEXT)).to_have_count(0)
    assert TEXT in saved_draft(page, ada)
    page.unroute_all(behavior="wait")
    page.bring_to_front()
    page.get_by_role("link", name="Log in to apply").click()
    expect_logged_in(page)
    expect(cover_letter_field(page)).to_have_value("")
    # An attempt would have been answered by now.
    assert browser.monitor.count_answers("POST", "/applications") == refused
    assert count_applications(database, posting_id) == 0


@pytest.mark.nightly
def test_log_out_everywhere_is_not_sent_for_another_account(
    open_browser: OpenBrowser, ada: Candidate, bob: Candidate
) -> None:
    browser = open_browser(ada, at=None)
    page = browser.page
    page.clock.install()
    browser.open("#/account")
    expect(page.get_by_text("This browser")).to_be_visible()
    switch_account(browser, open_browser, bob)
    advance_clock(page, 15)
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_role("definition").filter(has_text=bob.email)).to_be_visible()
    expect(log_in_dialog(page)).to_have_count(0)
    assert browser.monitor.count_answers("DELETE", "/v1/account/sessions") == 0


@pytest.mark.nightly
def test_other_tabs_learn_of_a_log_in_that_was_cut_off(
    open_browser: OpenBrowser,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """The answer has replaced the cookie, but the page could not read the account."""
    browser = open_with_draft(open_browser, ada, publish())
    page, other = browser.page, open_tab_after_expiry(browser, database, ada)
    browser.monitor.expect_failure("/v1/account", "net::ERR_FAILED")
    other.route(ACCOUNT, lambda route: route.abort())
    log_in(other, bob.email, PASSWORD)
    expect(cover_letter_field(page)).to_have_value("")
    assert TEXT in saved_draft(page, ada)
    expect_account(page, bob)


@pytest.mark.nightly
def test_loaded_page_tells_other_tabs_the_account(
    open_browser: OpenBrowser, ada: Candidate, bob: Candidate, publish: Publish
) -> None:
    """The tab that logged in may have been closed before it sent them a message."""
    browser = open_with_draft(open_browser, ada, publish())
    switch_account(browser, open_browser, bob)
    expect_logged_in(browser.open_tab("#/account"))
    expect(cover_letter_field(browser.page)).to_have_value("")
    assert TEXT in saved_draft(browser.page, ada)
    expect_account(browser.page, bob)


@pytest.mark.nightly
def test_page_from_the_back_forward_cache_is_reloaded(
    open_browser: OpenBrowser, ada: Candidate, bob: Candidate
) -> None:
    """Playwright disables that cache, so the test dispatches the event."""
    browser = open_browser(ada, at="#/account")
    expect(browser.page.get_by_text(ada.email)).to_be_visible()
    switch_account(browser, open_browser, bob)
    # The page is reloaded, which would fail a call that waits for the result.
    shown_again = 'dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))'
    with browser.page.expect_event("load"):
        browser.page.evaluate(f"() => void setTimeout(() => {shown_again})")
    expect(browser.page.get_by_text(bob.email)).to_be_visible()
    expect(browser.page.get_by_text(ada.email)).to_have_count(0)


SEND_LOG_OUT = 'new BroadcastChannel("hirelane.session").postMessage("out")'
KEYS = "Object.keys(localStorage).filter((key) => !key.startsWith('hirelane.receipt.'))"


@pytest.mark.nightly
def test_late_log_out_message_keeps_newer_session_and_draft(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    browser = open_with_draft(open_browser, ada, publish())
    other = browser.open_tab("#/account")
    expect(other.get_by_text(ada.email)).to_be_visible()
    # The message is about an earlier session; the storage belongs to the present one.
    before = browser.page.evaluate(KEYS)
    browser.page.evaluate(SEND_LOG_OUT)
    expect(other.get_by_role("link", name="Log in")).to_be_visible()
    assert browser.page.evaluate(KEYS) == before
    browser.page.reload()
    expect(cover_letter_field(browser.page)).to_have_value(TEXT)


@pytest.mark.nightly
def test_log_out_keeps_the_session_of_a_newer_log_in(
    open_browser: OpenBrowser, ada: Candidate, bob: Candidate
) -> None:
    browser = open_browser(ada, at="#/account")
    page = browser.page
    expect(page.get_by_text(ada.email)).to_be_visible()
    switch_account(browser, open_browser, bob)
    page.evaluate("localStorage.setItem('hirelane.session', 'of another log-in')")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text(ada.email)).to_have_count(0)
    expect_logged_in(page)
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_text(bob.email)).to_be_visible()
    assert browser.monitor.count_answers("POST", "/v1/sessions/end") == 0


@pytest.mark.nightly
def test_log_out_reaches_page_with_expired_session(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    browser = open_with_draft(open_browser, ada, publish())
    page = browser.page
    browser.monitor.expect_failure("/applications", "status of 401")
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
    page.route(APPLY, problem_response(401, "session-expired"), times=1)
    send(page)
    page.get_by_role("button", name="Not now").click()
    expect(cover_letter_field(page)).to_have_value(TEXT)
    browser.open_tab("#/").evaluate(SEND_LOG_OUT)
    expect(page.get_by_text(TEXT)).to_have_count(0)
    expect(cover_letter_field(page)).to_have_count(0)
