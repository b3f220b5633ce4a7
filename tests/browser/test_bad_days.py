"""Days on which something of ours, of the network or of the browser does not work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from pymongo.database import Database

from tests.browser.conftest import Open, Visit
from tests.browser.steps import (
    MARK,
    Publish,
    answering,
    apply,
    done,
    go,
    later,
    letter,
    log_in,
    send,
    wait_for,
)
from tests.support.deployment import PASSWORD, Candidate

POSTINGS = "**/v1/postings"
TROUBLE = "We cannot load this right now"

# Fills what the browser gives a site to keep, to the last character.
FILL = """() => {
  for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
    for (let more = true; more;) {
      const name = `filled.${localStorage.length}`;
      try { localStorage.setItem(name, "x".repeat(size)); } catch { more = false; }
    }
  }
}"""

# A browser that is told to block cookies has no storage either: looking at it throws.
DENIED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("Access is denied for this document.", "SecurityError"); },
});"""


def unreachable(route: Route) -> None:
    route.abort("connectionrefused")


@pytest.mark.parametrize(
    ("size", "failure"), [("desk", "net::ERR_CONNECTION_REFUSED"), ("phone", "status of 503")]
)
def test_the_api_is_down_and_comes_back(
    visit: Open, size: str, publish: Publish, failure: str
) -> None:
    """The page says so, and goes on by itself."""
    publish()
    opened = visit(size=size, at=None)
    page = opened.page
    opened.watch.provoke("/v1/postings", failure)
    down = unreachable if "REFUSED" in failure else answering(503, **{"Retry-After": "1"})
    page.route("**/v1/**", down)
    page.goto(opened.base)
    expect(page.get_by_role("heading", name=TROUBLE)).to_be_visible()
    opened.inspect("front-down")
    page.unroute_all(behavior="wait")
    expect(page.locator(".posting").first).to_be_visible()
    expect(page.get_by_role("heading", name=TROUBLE)).to_have_count(0)


def test_the_api_is_down_for_who_is_logged_in(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    """Nobody is logged out because the API does not answer."""
    publish()
    opened = visit(ada, at=None)
    page = opened.page
    opened.watch.provoke("/v1/", "net::ERR_CONNECTION_REFUSED")
    page.route("**/v1/**", unreachable)
    page.goto(f"{opened.base}#/applications")
    expect(page.get_by_role("heading", name=TROUBLE)).to_be_visible()
    page.unroute_all(behavior="wait")
    expect(page.get_by_role("heading", name="My applications")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_too_often_says_when_to_come_back(visit: Open, publish: Publish) -> None:
    publish()
    opened = visit(at=None)
    page = opened.page
    opened.watch.provoke("/v1/postings", "status of 429")
    page.route(POSTINGS, answering(429, "too-many-requests", **{"Retry-After": "3"}), times=1)
    page.goto(opened.base)
    expect(page.get_by_text("Try again in 3 seconds")).to_be_visible()
    opened.inspect("front-too-often")
    expect(page.locator(".posting").first).to_be_visible()


def test_offline_is_said_and_over_when_it_is(visit: Open, size: str, publish: Publish) -> None:
    publish()
    opened = visit(size=size)
    opened.watch.provoke("", "net::ERR_INTERNET_DISCONNECTED")
    opened.context.set_offline(True)
    banner = opened.page.get_by_text("You are offline. What you type is kept")
    expect(banner).to_be_visible()
    opened.page.get_by_role("searchbox").fill("builder")
    expect(opened.page.get_by_role("heading", name=TROUBLE)).to_be_visible()
    opened.inspect("front-offline")
    opened.context.set_offline(False)
    expect(banner).to_have_count(0)
    expect(opened.page.locator(".posting").first).to_be_visible()


def refreshes(opened: Visit) -> int:
    return opened.watch.api_calls("POST", "/v1/sessions/refresh")


def test_an_access_token_that_ran_out_is_renewed_unseen(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    opened = visit(ada, at=None)
    page = opened.page
    page.clock.install()
    opened.open(f"#/postings/{publish()}")
    expect(letter(page)).to_be_visible()
    before = refreshes(opened)
    page.evaluate(MARK)
    later(page, 15)
    apply(page)
    expect(done(page, "Accepted")).to_be_visible()
    assert refreshes(opened) == before + 1
    assert page.evaluate("window.notReloaded")


def test_an_access_token_that_is_refused_is_renewed_unseen(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    """The browser's clock is wrong, or a signing key is gone."""
    opened = visit(ada, at=f"#/postings/{publish()}")
    page = opened.page
    before = refreshes(opened)
    opened.watch.provoke("/applications", "status of 401")
    page.route("**/v1/postings/*/applications", answering(401, "unauthenticated"), times=1)
    apply(page)
    expect(done(page, "Stored")).to_be_visible()
    assert refreshes(opened) == before + 1


def test_a_renewal_whose_answer_hangs_is_asked_for_again_in_time(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """The API has exchanged the refresh token, and takes the one before for ten seconds only."""
    opened = visit(ada, at=None)
    page = opened.page
    page.clock.install()
    opened.open(f"#/postings/{publish()}")
    letter(page).fill("Dear yard")
    # Long enough ago for it to be exchanged.
    before = datetime.now(UTC) - timedelta(minutes=5)
    database["sessions"].update_many({"account_id": ada.id}, {"$set": {"rotated_at": before}})
    cookies: Any = opened.context.cookies()

    def hang(route: Route) -> None:
        assert route.fetch().status == 200
        # Playwright's own request leaves its cookies in the browser, unlike an answer that hangs.
        opened.context.add_cookies(cookies)

    page.route("**/v1/sessions/refresh", hang, times=2)
    later(page, 15)
    send(page).click()
    expect(done(page, "Accepted")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_account_that_is_refused_is_nobody_s(
    visit: Open, ada: Candidate, status: int, publish: Publish
) -> None:
    """It was deleted, say: whoever comes back with its session is a visitor."""
    posting_id = publish("Cooper")
    opened = visit(ada, at=None)
    page = opened.page
    opened.watch.provoke("/v1/account", f"status of {status}")
    page.route("**/v1/account", answering(status, "refused"), times=1)
    opened.open(f"#/postings/{posting_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cooper")
    page.get_by_role("link", name="Log in to apply").click()
    log_in(page, ada.email, PASSWORD)
    expect(letter(page)).to_be_visible()


def test_a_start_that_fails_for_good_says_so(visit: Open, ada: Candidate) -> None:
    """What nobody foresaw: it is told, and the way on loads the page again."""
    opened = visit(ada, at=None)
    page = opened.page
    opened.watch.provoke("/v1/sessions/refresh", "status of 418")
    page.route("**/v1/sessions/refresh", answering(418, "teapot"), times=1)
    opened.open("#/applications")
    expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong")
    expect(page.get_by_text("Loading")).to_have_count(0)
    opened.inspect("start-failed")
    page.get_by_role("link", name="See open postings").click()
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()


def test_two_tabs_do_not_log_each_other_out(visit: Open, ada: Candidate) -> None:
    """Both renew at the same moment, many times; the refresh token can be used once."""
    opened = visit(ada, at=None)
    tabs = [opened.page, opened.context.new_page()]
    for tab in tabs:
        opened.open("#/applications", tab)
    for _ in range(5):
        before = refreshes(opened)
        for tab in tabs:
            # At the same time: neither waits for the other. A page that loads renews first.
            tab.evaluate("void location.reload()")
        wait_for(opened.page, lambda: refreshes(opened), before + len(tabs))
    for tab in tabs:
        expect(tab.get_by_role("heading", name="My applications")).to_be_visible()
        expect(tab.get_by_role("button", name="Log out")).to_be_visible()
    assert not opened.watch.problems()


def test_logging_out_in_one_tab_logs_out_the_other(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    posting_id = publish()
    opened = visit(ada, at="#/applications")
    other = opened.tab(f"#/postings/{posting_id}")
    letter(other).fill("Nobody else is to read this")
    expect(other.get_by_text("Draft saved in this browser")).to_be_visible()
    opened.page.get_by_role("button", name="Log out").click()
    expect(opened.page.get_by_text("You are logged out.")).to_be_visible()
    expect(other.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(other.get_by_text("Nobody else is to read this")).to_have_count(0)
    kept = other.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft'))")
    assert kept == []


def test_a_browser_that_has_no_room_left(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """No draft can be kept, which is said; applying works."""
    posting_id = publish()
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    page.evaluate(FILL)
    letter(page).fill("Kept on the page alone")
    expect(page.get_by_text("This browser cannot save drafts.")).to_be_visible()
    opened.inspect("posting-no-room")
    send(page).click()
    expect(done(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


@pytest.mark.parametrize("storage", ["full", "denied"])
def test_a_browser_that_keeps_nothing_logs_in_and_applies(
    visit: Open, ada: Candidate, publish: Publish, storage: str
) -> None:
    """Until the page is closed it is as everywhere else; two renewals of the token included."""
    posting_id = publish("Rope maker")
    opened = visit(at=None)
    page = opened.page
    page.clock.install()
    if storage == "denied":
        page.add_init_script(DENIED)
    opened.open(f"#/postings/{posting_id}")
    if storage == "full":
        page.evaluate(FILL)
    page.get_by_role("link", name="Log in to apply").click()
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    log_in(page, ada.email, PASSWORD)
    for draft in ("Kept", "Kept on the page alone"):
        letter(page).fill(draft)
        expect(page.get_by_text("This browser cannot save drafts.")).to_be_visible()
        later(page, 20)
        page.get_by_role("link", name="My applications").click()
        expect(page.get_by_role("heading", name="My applications", level=1)).to_be_visible()
        page.go_back()
        expect(letter(page)).to_have_value(draft)
    apply(page)
    expect(done(page, "Accepted")).to_be_visible()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()


def test_a_newer_version_was_deployed(visit: Open, publish: Publish) -> None:
    """The page's modules are gone: it is loaded again by itself, once."""
    posting_id = publish("Pilot")
    opened = visit()
    page = opened.page
    opened.watch.provoke("posting-page.js", "status of 404")
    page.route("**/candidate/posting-page.js", answering(404, "asset-not-found"), times=1)
    page.evaluate(MARK)
    go(page, f"#/postings/{posting_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pilot")
    assert page.evaluate("window.notReloaded") is None
