"""Somebody else logs in, in the same browser: what one person began is never sent for another.

Tabs share the cookie with the refresh token, and hear of each other by messages. Each test takes
away something that they would hear or learn by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from pymongo.database import Database

from tests.browser.conftest import Open, Visit
from tests.browser.steps import (
    Publish,
    answering,
    go,
    is_logged_in,
    later,
    letter,
    log_in,
    send,
    wait_for,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
APPLY = "**/v1/postings/*/applications"
ACCOUNT = "**/v1/account"
TEXT = "Ada alone is to have written this"


@pytest.fixture
def bob(join: Join) -> Candidate:
    return join("Bob Other")


def writing(visit: Open, whose: Candidate, posting_id: str) -> Visit:
    """Somebody has typed a letter, and it is kept."""
    opened = visit(whose, at=None)
    opened.page.clock.install()
    opened.open(f"#/postings/{posting_id}")
    letter(opened.page).fill(TEXT)
    expect(opened.page.get_by_text("Draft saved in this browser")).to_be_visible()
    return opened


def become(opened: Visit, visit: Open, other: Candidate) -> None:
    """Another tab has logged in as somebody else, and no other tab has heard of it."""
    cookies: Any = visit(other, at=None).context.cookies()
    opened.context.add_cookies(cookies)


def tab_for_somebody_else(
    opened: Visit, database: Database[dict[str, Any]], whose: Candidate
) -> Page:
    """A session was ended from elsewhere, which only a new tab has noticed: it is to log in."""
    assert database["sessions"].delete_many({"account_id": whose.id}).deleted_count > 0
    opened.watch.provoke("/v1/sessions/refresh", "status of 401")
    return opened.tab("#/log-in")


def refreshes(opened: Visit) -> int:
    return opened.watch.api_calls("POST", "/v1/sessions/refresh")


def is_shown_to(page: Page, whose: Candidate) -> None:
    go(page, "#/account")
    expect(page.get_by_role("definition").filter(has_text=whose.email)).to_be_visible()


def draft(page: Page, whose: Candidate) -> Any:
    kept = "(id) => Object.entries(localStorage).find(([key]) => key.includes(`draft.${id}`))?.[1]"
    return page.evaluate(kept, whose.id)


def applications(database: Database[dict[str, Any]], posting_id: str) -> int:
    return database["applications"].count_documents({"posting_id": posting_id})


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Log in again")


def test_a_letter_is_not_sent_with_the_token_of_somebody_else(
    visit: Open,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """The access token runs out, and what the cookie gives is another's."""
    posting_id = publish()
    opened = writing(visit, ada, posting_id)
    page = opened.page
    become(opened, visit, bob)
    later(page, 15)
    send(page).click()
    expect(letter(page)).to_have_value("")
    assert opened.watch.api_calls("POST", "/applications") == 0
    assert TEXT in draft(page, ada)
    assert draft(page, bob) is None
    is_shown_to(page, bob)
    assert applications(database, posting_id) == 0


@pytest.mark.parametrize("does_not_learn", ["for good", "for now"])
def test_a_letter_that_is_being_sent_is_not_sent_on_for_somebody_else(
    visit: Open,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    does_not_learn: str,
) -> None:
    """It is tried again and again while another tab logs in, and who that is cannot be read."""
    posting_id = publish()
    opened = writing(visit, ada, posting_id)
    page = opened.page
    opened.watch.provoke("/v1/", "status of 503")
    page.route(APPLY, answering(503, **{"Retry-After": "1"}))
    send(page).click()
    expect(
        page.get_by_text("Our service is temporarily unavailable. We keep trying")
    ).to_be_visible()
    other = tab_for_somebody_else(opened, database, ada)
    before = refreshes(opened)
    once = {"times": 1} if does_not_learn == "for now" else {}
    page.route(ACCOUNT, answering(503, **{"Retry-After": "1"}), **once)
    log_in(other, bob.email, PASSWORD)
    is_logged_in(other)
    wait_for(page, lambda: refreshes(opened), before + 1)
    page.unroute(APPLY)
    # As long as it takes until it would be tried again, and another time.
    page.clock.run_for(3000)
    page.wait_for_timeout(1000)
    assert applications(database, posting_id) == 0
    expect(page.get_by_text(TEXT)).to_have_count(0)
    assert TEXT in draft(page, ada)
    page.unroute_all(behavior="wait")
    page.get_by_role("link", name="Log in to apply").click()
    is_logged_in(page)
    expect(letter(page)).to_have_value("")


def test_what_needs_the_password_is_not_sent_for_somebody_else(
    visit: Open, ada: Candidate, bob: Candidate
) -> None:
    opened = visit(ada, at=None)
    page = opened.page
    page.clock.install()
    opened.open("#/account")
    expect(page.get_by_text("This browser")).to_be_visible()
    become(opened, visit, bob)
    later(page, 15)
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_role("definition").filter(has_text=bob.email)).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    assert opened.watch.api_calls("DELETE", "/v1/account/sessions") == 0


def test_a_log_in_that_went_half_way_is_heard_in_other_tabs(
    visit: Open,
    ada: Candidate,
    bob: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """The cookie is another's from the answer on, whatever becomes of the page that asked."""
    opened = writing(visit, ada, publish())
    page, other = opened.page, tab_for_somebody_else(opened, database, ada)
    opened.watch.provoke("/v1/account", "net::ERR_FAILED")
    other.route(ACCOUNT, lambda route: route.abort())
    log_in(other, bob.email, PASSWORD)
    expect(letter(page)).to_have_value("")
    assert TEXT in draft(page, ada)
    is_shown_to(page, bob)


def test_a_page_that_is_loaded_tells_other_tabs_whose_session_it_found(
    visit: Open, ada: Candidate, bob: Candidate, publish: Publish
) -> None:
    """The tab that logged in was closed at that moment, for one."""
    opened = writing(visit, ada, publish())
    become(opened, visit, bob)
    is_logged_in(opened.tab("#/account"))
    expect(letter(opened.page)).to_have_value("")
    assert TEXT in draft(opened.page, ada)
    is_shown_to(opened.page, bob)


def test_a_page_that_was_put_aside_and_is_shown_again_is_loaded_again(
    visit: Open, ada: Candidate, bob: Candidate
) -> None:
    """It heard nothing meanwhile. Browsers under test put no page aside: the event is ours."""
    opened = visit(ada, at="#/account")
    expect(opened.page.get_by_text(ada.email)).to_be_visible()
    become(opened, visit, bob)
    shown_again = 'dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))'
    with opened.page.expect_event("load"):
        opened.page.evaluate(shown_again)
    expect(opened.page.get_by_text(bob.email)).to_be_visible()
    expect(opened.page.get_by_text(ada.email)).to_have_count(0)


SAY_OUT = 'new BroadcastChannel("hirelane.session").postMessage("out")'
KEYS = "Object.keys(localStorage).filter((key) => !key.startsWith('hirelane.receipt.'))"


def test_a_log_out_that_is_heard_late_ends_no_newer_session_and_drops_no_letter(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    opened = writing(visit, ada, publish())
    other = opened.tab("#/account")
    expect(other.get_by_text(ada.email)).to_be_visible()
    # Said long ago, and heard now: the storage is of what was done since.
    before = opened.page.evaluate(KEYS)
    opened.page.evaluate(SAY_OUT)
    expect(other.get_by_role("link", name="Log in")).to_be_visible()
    assert opened.page.evaluate(KEYS) == before
    opened.page.reload()
    expect(letter(opened.page)).to_have_value(TEXT)


def test_logging_out_ends_not_the_session_of_who_logged_in_since(
    visit: Open, ada: Candidate, bob: Candidate
) -> None:
    opened = visit(ada, at="#/account")
    page = opened.page
    expect(page.get_by_text(ada.email)).to_be_visible()
    become(opened, visit, bob)
    page.evaluate("localStorage.setItem('hirelane.session', 'of another log-in')")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text(ada.email)).to_have_count(0)
    is_logged_in(page)
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_text(bob.email)).to_be_visible()
    assert opened.watch.api_calls("POST", "/v1/sessions/end") == 0


def test_a_page_whose_session_is_over_hears_that_its_owner_logged_out(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    opened = writing(visit, ada, publish())
    page = opened.page
    opened.watch.provoke("/applications", "status of 401")
    opened.watch.provoke("/v1/sessions/refresh", "status of 401")
    page.route(APPLY, answering(401, "session-expired"), times=1)
    send(page).click()
    page.get_by_role("button", name="Not now").click()
    expect(letter(page)).to_have_value(TEXT)
    opened.tab("#/").evaluate(SAY_OUT)
    expect(page.get_by_text(TEXT)).to_have_count(0)
    expect(letter(page)).to_have_count(0)
