"""Sessions that end while the account's pages are open, in one tab or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
from playwright.sync_api import Locator, Page, Route, expect
from pymongo.database import Database

from tests.browser.conftest import Open
from tests.browser.steps import (
    Publish,
    answering,
    done,
    go,
    is_logged_in,
    later,
    letter,
    log_in,
    send,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
NEW = "typed before it ended"


def end_sessions(database: Database[dict[str, Any]], whose: Candidate) -> None:
    """As from elsewhere; access tokens stay good for what does not ask for the password again."""
    assert database["sessions"].delete_many({"account_id": whose.id}).deleted_count > 0


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Log in again")


def change_password(page: Page) -> Locator:
    """The form, unfolded."""
    page.get_by_text("Change password").first.click()
    return page.locator("form").filter(has=page.get_by_label("New password"))


def test_what_was_typed_outlives_logging_in_again(
    visit: Open, join: Join, database: Database[dict[str, Any]]
) -> None:
    grace = join()
    opened = visit(grace, at="#/account")
    page = opened.page
    form = change_password(page)
    form.get_by_label("Your password").fill("wrong horse battery")
    form.get_by_label("New password", exact=True).fill(NEW)
    end_sessions(database, grace)
    opened.watch.provoke("/v1/account/password", "status of 401")
    send = form.get_by_role("button", name="Change password")

    send.click()
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(send).to_be_focused()
    expect(form.get_by_role("alert")).to_contain_text("Your session has expired")

    send.click()
    opened.watch.provoke("/v1/account/password", "status of 403")
    log_in(dialog(page), grace.email, PASSWORD)
    expect(form.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("New password", exact=True)).to_have_value(NEW)
    form.get_by_label("Your password").fill(PASSWORD)
    send.click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


def test_a_letter_outlives_a_session_and_a_deployment(
    visit: Open,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """Of the version that is open no module is there any more: the way on needs none."""
    grace, posting_id = join(), publish()
    opened = visit(grace, at=None)
    page = opened.page
    page.clock.install()
    opened.open(f"#/postings/{posting_id}")
    letter(page).fill(NEW)
    page.route("**/*.js", answering(404, "asset-not-found"))
    end_sessions(database, grace)
    later(page, 15)
    opened.watch.provoke("/v1/sessions/refresh", "status of 401")
    send(page).click()
    expect(dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    log_in(dialog(page), grace.email, PASSWORD)
    expect(done(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_an_application_is_followed_on_after_a_session_and_a_deployment(
    visit: Open, join: Join, publish: Publish
) -> None:
    grace = join()
    opened = visit(grace, at=f"#/postings/{publish()}")
    page = opened.page
    expect(letter(page)).to_be_visible()
    page.route("**/*.js", answering(404, "asset-not-found"))
    page.route("**/v1/applications/*", answering(401, "session-expired"), times=1)
    opened.watch.provoke("/v1/applications/", "status of 401")
    send(page).click()
    status = page.get_by_role("region", name="Your application")
    status.get_by_role("button", name="Log in").click()
    log_in(dialog(page), grace.email, PASSWORD)
    expect(done(page, "Stored")).to_be_visible()


def test_logging_in_in_another_tab_is_enough(
    visit: Open, join: Join, database: Database[dict[str, Any]]
) -> None:
    grace = join()
    opened = visit(grace, at="#/account/second-factor")
    page, other = opened.page, opened.tab("#/account")
    end_sessions(database, grace)
    opened.watch.provoke("/v1/account/second-factor", "status of 401")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(dialog(page)).to_be_visible()
    opened.open("#/log-in", other)
    log_in(other, grace.email, PASSWORD)
    is_logged_in(other)
    expect(dialog(page)).to_have_count(0)
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_focused()


def test_nothing_is_sent_for_somebody_else(
    visit: Open, join: Join, database: Database[dict[str, Any]]
) -> None:
    """Who logs in with another account sees theirs, and nothing of what was typed before."""
    grace, other = join(), join("Olga Other")
    opened = visit(grace, at="#/account")
    page = opened.page
    form = change_password(page)
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_label("New password", exact=True).fill(NEW)
    end_sessions(database, grace)
    opened.watch.provoke("/v1/account/password", "status of 401")
    form.get_by_role("button", name="Change password").click()
    expect(dialog(page)).to_be_visible()
    log_in(dialog(page), other.email, PASSWORD)
    expect(page.get_by_role("definition").filter(has_text=other.email)).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    assert opened.watch.api_calls("POST", "/v1/account/password") == 1
    change_password(page)
    expect(page.get_by_label("New password", exact=True)).to_have_value("")


def test_changes_show_in_other_tabs_and_leave_what_is_typed_there(visit: Open, join: Join) -> None:
    opened = visit(join(), at="#/account/second-factor")
    page, other = opened.page, opened.tab("#/account")
    other.get_by_text("Change e-mail address").first.click()
    form = other.locator("form").filter(has=other.get_by_label("New e-mail address"))
    form.get_by_label("New e-mail address").fill("typed@here.example")
    expect(form.get_by_label("Code")).to_be_hidden()
    codes = switch_on(page)
    expect(other.get_by_text("You need your password and a code to log in.")).to_be_visible()
    expect(form.get_by_label("Code")).to_be_visible()
    expect(form.get_by_label("New e-mail address")).to_have_value("typed@here.example")

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a file").click()
    assert saved.value.suggested_filename == "hirelane-recovery-codes.txt"
    assert saved.value.path().read_text().split() == codes


def test_recovery_codes_whose_answer_was_lost(visit: Open, join: Join) -> None:
    """The second factor is on then, and nobody has the codes: told, with the way to others."""
    opened = visit(join(), at="#/account/second-factor")
    page = opened.page

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    confirmation = "**/v1/account/second-factor/confirmation"
    opened.watch.provoke("/second-factor/confirmation", "net::ERR_FAILED")
    opened.watch.provoke("/second-factor/confirmation", "status of 409")
    page.route(confirmation, lose, times=1)
    begin(page)
    expect(page.get_by_role("alert")).to_contain_text("Send it again")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="The second factor is already on")).to_be_focused()
    expect(page.get_by_text("switch it off here and on again")).to_be_visible()
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()
    opened.inspect("second-factor-enabled")


def test_tabs_that_renew_do_not_log_each_other_out(visit: Open, join: Join) -> None:
    """Both at once, one after the other, and one that slept while the other went on."""
    opened = visit(join(), at=None)
    page, other = opened.page, opened.context.new_page()
    for tab in (page, other):
        tab.clock.install()
        opened.open("#/account", tab)

    def look(*tabs: Page) -> None:
        for address, title in (("#/applications", "My applications"), ("#/account", "Account")):
            for tab in tabs:
                go(tab, address)
            for tab in tabs:
                expect(tab.get_by_role("heading", name=title, level=1)).to_be_visible()
        for tab in tabs:
            expect(tab.get_by_text("This browser")).to_be_visible()

    for _ in range(3):
        for tab in (page, other):
            tab.clock.fast_forward("11:00")
        look(page, other)
    for _ in range(3):
        page.clock.fast_forward("11:00")
        look(page)
    other.clock.fast_forward("40:00")
    look(other)
    # Two when they were opened, two thrice, three of the one's, one of the other's.
    assert opened.watch.api_calls("POST", "/v1/sessions/refresh") >= 12

    page.get_by_role("button", name="Log out", exact=True).click()
    for tab in (page, other):
        expect(tab.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(other.get_by_role("heading", name="Account", level=1)).to_have_count(0)


def begin(page: Page) -> None:
    """As far as the first code."""
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    code = page.get_by_label("Code shown in the app")
    expect(code).to_be_visible()
    app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    code.fill(app.now())
    page.get_by_role("button", name="Switch it on").click()


def switch_on(page: Page) -> list[str]:
    """The recovery codes."""
    begin(page)
    expect(page.get_by_role("heading", name="save these codes")).to_be_visible()
    codes: list[str] = page.locator(".codes li").all_inner_texts()
    return codes
