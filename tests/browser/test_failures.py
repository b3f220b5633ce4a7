"""Failures of the API, the network, the session and the browser's storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from pymongo.database import Database

from tests.browser.conftest import BrowserSession, OpenBrowser
from tests.browser.steps import (
    IS_MARKED,
    MARK_PAGE,
    UNREACHABLE,
    Publish,
    advance_clock,
    apply,
    cover_letter_field,
    expect_saved_draft,
    log_in,
    log_out,
    navigate,
    past_step,
    problem_response,
    send,
    wait_for_count,
    wait_on,
)
from tests.support.deployment import PASSWORD, Candidate

POSTINGS = "**/v1/postings"


# Fills the local storage to the last character.
FILL = """() => {
  for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
    for (let more = true; more;) {
      const name = `filled.${localStorage.length}`;
      try { localStorage.setItem(name, "x".repeat(size)); } catch { more = false; }
    }
  }
}"""

# In a browser that blocks cookies, each access to the storage throws.
DENIED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("Access is denied for this document.", "SecurityError"); },
});"""


# The test's clock governs timers alone.
TIMEOUTS_BY_THE_CLOCK = """AbortSignal.timeout = (ms) => {
  const timeout = new AbortController();
  setTimeout(() => timeout.abort(new DOMException("timed out", "TimeoutError")), ms);
  return timeout.signal;
};"""


def unreachable(route: Route) -> None:
    route.abort("connectionrefused")


def test_page_recovers_when_the_api_does(open_browser: OpenBrowser, publish: Publish) -> None:
    publish()
    browser = open_browser(at=None)
    page = browser.page
    down = problem_response(503, **{"Retry-After": "1"})
    for failure, answer in (("net::ERR_CONNECTION_REFUSED", unreachable), ("status of 503", down)):
        browser.monitor.expect_failure("/v1/postings", failure)
        page.route("**/v1/**", answer)
        page.goto("about:blank")
        page.goto(browser.base)
        expect(page.get_by_role("heading", name=UNREACHABLE)).to_be_visible()
        browser.inspect("front-down")
        page.unroute_all(behavior="wait")
        expect(page.locator(".posting").first).to_be_visible()
        expect(page.get_by_role("heading", name=UNREACHABLE)).to_have_count(0)


def test_candidate_stays_logged_in_while_the_api_is_down(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    publish()
    browser = open_browser(ada, at=None)
    page = browser.page
    browser.monitor.expect_failure("/v1/", "net::ERR_CONNECTION_REFUSED")
    page.route("**/v1/**", unreachable)
    page.goto(f"{browser.base}#/applications")
    expect(page.get_by_role("heading", name=UNREACHABLE)).to_be_visible()
    page.unroute_all(behavior="wait")
    expect(page.get_by_role("heading", name="My applications")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_rate_limited_page_shows_the_wait(open_browser: OpenBrowser, publish: Publish) -> None:
    publish()
    browser = open_browser(at=None)
    page = browser.page
    page.clock.install()
    browser.monitor.expect_failure("/v1/postings", "status of 429")
    page.route(
        POSTINGS, problem_response(429, "too-many-requests", **{"Retry-After": "30"}), times=1
    )
    page.goto(browser.base)
    expect(page.get_by_text("Try again in 30 seconds")).to_be_visible()
    browser.inspect("front-too-often")
    page.clock.run_for(30_000)
    expect(page.locator(".posting").first).to_be_visible()


def test_offline_banner_is_shown_until_back_online(
    open_browser: OpenBrowser, publish: Publish
) -> None:
    publish()
    browser = open_browser()
    browser.monitor.expect_failure("", "net::ERR_INTERNET_DISCONNECTED")
    browser.context.set_offline(True)
    banner = browser.page.get_by_text("You are offline. What you type is kept")
    expect(banner).to_be_visible()
    browser.page.get_by_role("searchbox").fill("builder")
    expect(browser.page.get_by_role("heading", name=UNREACHABLE)).to_be_visible()
    browser.inspect("front-offline")
    browser.context.set_offline(False)
    expect(banner).to_have_count(0)
    expect(browser.page.locator(".posting").first).to_be_visible()


def count_refreshes(browser: BrowserSession) -> int:
    return browser.monitor.count_answers("POST", "/v1/sessions/refresh")


def test_expired_access_token_is_renewed(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    browser = open_browser(ada, at=None)
    page = browser.page
    page.clock.install()
    browser.open(f"#/postings/{publish()}")
    expect(cover_letter_field(page)).to_be_visible()
    before = count_refreshes(browser)
    page.evaluate(MARK_PAGE)
    advance_clock(page, 15)
    apply(page)
    expect(past_step(page, "Accepted")).to_be_visible()
    assert count_refreshes(browser) == before + 1
    assert page.evaluate(IS_MARKED)


@pytest.mark.nightly
def test_rejected_access_token_is_renewed(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    """The browser's clock is wrong, or a signing key was dropped."""
    browser = open_browser(ada, at=f"#/postings/{publish()}")
    page = browser.page
    before = count_refreshes(browser)
    browser.monitor.expect_failure("/applications", "status of 401")
    page.route("**/v1/postings/*/applications", problem_response(401, "unauthenticated"), times=1)
    apply(page)
    expect(past_step(page, "Stored")).to_be_visible()
    assert count_refreshes(browser) == before + 1


@pytest.mark.nightly
def test_lost_renewal_is_repeated_within_ten_seconds(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """The API has exchanged the refresh token; it accepts the old one for ten seconds."""
    browser = open_browser(ada, at=None)
    page = browser.page
    page.clock.install()
    page.add_init_script(TIMEOUTS_BY_THE_CLOCK)
    browser.open(f"#/postings/{publish()}")
    cover_letter_field(page).fill("Dear yard")
    # So old that the API exchanges the token.
    before = datetime.now(UTC) - timedelta(minutes=5)
    database["sessions"].update_many({"account_id": ada.id}, {"$set": {"rotated_at": before}})
    cookies: Any = browser.context.cookies()

    lost: list[int] = []

    def hang(route: Route) -> None:
        lost.append(route.fetch().status)
        # Playwright's request has stored its cookies, which a lost answer does not.
        browser.context.add_cookies(cookies)

    page.route("**/v1/sessions/refresh", hang, times=2)
    advance_clock(page, 15)
    send(page)
    for attempt in (1, 2):
        wait_for_count(page, lambda: len(lost), attempt)
        page.clock.run_for(4000)
    expect(past_step(page, "Accepted")).to_be_visible()
    assert lost == [200, 200]
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.nightly
def test_session_of_unusable_account_is_dropped(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    """The account was deleted, for example."""
    posting_id = publish("Cooper")
    browser = open_browser(ada, at=None)
    page = browser.page
    for status in (401, 403, 404):
        browser.monitor.expect_failure("/v1/account", f"status of {status}")
        page.route("**/v1/account", problem_response(status, "refused"), times=1)
        browser.open(f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Cooper")
        page.get_by_role("link", name="Log in to apply").click()
        log_in(page, ada.email, PASSWORD)
        expect(cover_letter_field(page)).to_be_visible()


def test_failed_start_shows_an_error_and_a_way_on(
    open_browser: OpenBrowser, ada: Candidate
) -> None:
    browser = open_browser(ada, at=None)
    page = browser.page
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 418")
    page.route("**/v1/sessions/refresh", problem_response(418, "teapot"), times=1)
    browser.open("#/applications")
    expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong")
    expect(page.get_by_text("Loading")).to_have_count(0)
    browser.inspect("start-failed")
    page.get_by_role("link", name="See open postings").click()
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()


@pytest.mark.nightly
def test_tabs_that_reload_at_once_stay_logged_in(open_browser: OpenBrowser, ada: Candidate) -> None:
    """Both renew at the same moment, and a refresh token can be used only once."""
    browser = open_browser(ada, at=None)
    tabs = [browser.page, browser.context.new_page()]
    for tab in tabs:
        browser.open("#/applications", tab)
    for _ in range(3):
        before = count_refreshes(browser)
        for tab in tabs:
            # Without waiting, so that both renew at once.
            tab.evaluate("() => void setTimeout(() => location.reload())")
        wait_for_count(browser.page, lambda: count_refreshes(browser), before + len(tabs))
    for tab in tabs:
        expect(tab.get_by_role("heading", name="My applications")).to_be_visible()
        expect(tab.get_by_role("button", name="Log out")).to_be_visible()
    assert not browser.monitor.problems()


def test_log_out_in_one_tab_logs_out_the_other(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    posting_id = publish()
    browser = open_browser(ada, at="#/applications")
    other = browser.open_tab(f"#/postings/{posting_id}")
    cover_letter_field(other).fill("A private cover letter")
    expect_saved_draft(other)
    log_out(browser.page)
    expect(browser.page.get_by_text("You are logged out.")).to_be_visible()
    expect(other.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(other.get_by_text("A private cover letter")).to_have_count(0)
    drafts = "Object.keys(localStorage).filter((key) => key.includes('draft'))"
    wait_on(other, lambda: other.evaluate(drafts), lambda kept: kept == [])


@pytest.mark.parametrize("storage", ["full", pytest.param("denied", marks=pytest.mark.nightly)])
def test_candidate_applies_without_local_storage(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    storage: str,
) -> None:
    """Includes two renewals of the access token."""
    posting_id = publish("Rope maker")
    browser = open_browser(at=None)
    page = browser.page
    page.clock.install()
    if storage == "denied":
        page.add_init_script(DENIED)
    browser.open(f"#/postings/{posting_id}")
    if storage == "full":
        page.evaluate(FILL)
    page.get_by_role("link", name="Log in to apply").click()
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    log_in(page, ada.email, PASSWORD)
    for draft in ("Kept", "Kept on the page alone"):
        cover_letter_field(page).fill(draft)
        expect(page.get_by_text("This browser cannot save drafts.")).to_be_visible()
        advance_clock(page, 20)
        page.get_by_role("link", name="My applications").click()
        expect(page.get_by_role("heading", name="My applications", level=1)).to_be_visible()
        page.go_back()
        expect(cover_letter_field(page)).to_have_value(draft)
    browser.inspect("posting-no-storage")
    apply(page)
    expect(past_step(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()


def test_page_reloads_after_a_deployment(open_browser: OpenBrowser, publish: Publish) -> None:
    """The modules of the loaded version were removed."""
    posting_id = publish("Pilot")
    browser = open_browser()
    page = browser.page
    browser.monitor.expect_failure("posting-page.js", "status of 404")
    page.route("**/candidate/posting-page.js", problem_response(404, "asset-not-found"), times=1)
    page.evaluate(MARK_PAGE)
    navigate(page, f"#/postings/{posting_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pilot")
    assert not page.evaluate(IS_MARKED)
