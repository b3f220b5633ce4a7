"""Sessions that expire while pages of the account are open, in one tab or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    advance_clock,
    cover_letter_field,
    expect_logged_in,
    log_in,
    log_in_dialog,
    log_out,
    navigate,
    past_step,
    problem_response,
    send,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
NEW = "typed before the expiry"


def delete_sessions(database: Database[dict[str, Any]], whose: Candidate) -> None:
    """End the sessions on the server. Access tokens stay valid where no password is needed."""
    assert database["sessions"].delete_many({"account_id": whose.id}).deleted_count > 0


def open_password_form(page: Page) -> Locator:
    """Open the form and return it."""
    page.get_by_text("Change password").first.click()
    return page.locator("form").filter(has=page.get_by_label("New password"))


def test_typed_text_survives_the_log_in_dialog(
    open_browser: OpenBrowser, join: Join, database: Database[dict[str, Any]]
) -> None:
    grace = join()
    browser = open_browser(grace, at="#/account")
    page = browser.page
    form = open_password_form(page)
    form.get_by_label("Your password").fill("wrong horse battery")
    form.get_by_label("New password", exact=True).fill(NEW)
    delete_sessions(database, grace)
    browser.monitor.expect_failure("/v1/account/password", "status of 401")
    send = form.get_by_role("button", name="Change password")

    send.click()
    expect(log_in_dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(log_in_dialog(page)).to_have_count(0)
    expect(send).to_be_focused()
    expect(form.get_by_role("alert")).to_contain_text("Your session has expired")

    send.click()
    browser.monitor.expect_failure("/v1/account/password", "status of 403")
    log_in(log_in_dialog(page), grace.email, PASSWORD)
    expect(form.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("New password", exact=True)).to_have_value(NEW)
    form.get_by_label("Your password").fill(PASSWORD)
    send.click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


@pytest.mark.nightly
def test_draft_is_sent_after_expiry_and_deployment(
    open_browser: OpenBrowser,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    """The deployment has removed all modules of the loaded version."""
    grace, posting_id = join(), publish()
    browser = open_browser(grace, at=None)
    page = browser.page
    page.clock.install()
    browser.open(f"#/postings/{posting_id}")
    cover_letter_field(page).fill(NEW)
    page.route("**/*.js", problem_response(404, "asset-not-found"))
    delete_sessions(database, grace)
    advance_clock(page, 15)
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
    send(page)
    expect(log_in_dialog(page).get_by_label("Password", exact=True)).to_be_focused()
    log_in(log_in_dialog(page), grace.email, PASSWORD)
    expect(past_step(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


@pytest.mark.nightly
def test_status_continues_after_expiry_and_deployment(
    open_browser: OpenBrowser, join: Join, publish: Publish
) -> None:
    grace = join()
    browser = open_browser(grace, at=f"#/postings/{publish()}")
    page = browser.page
    expect(cover_letter_field(page)).to_be_visible()
    page.route("**/*.js", problem_response(404, "asset-not-found"))
    page.route("**/v1/applications/*", problem_response(401, "session-expired"), times=1)
    browser.monitor.expect_failure("/v1/applications/", "status of 401")
    send(page)
    status = page.get_by_role("region", name="Your application")
    status.get_by_role("button", name="Log in").click()
    log_in(log_in_dialog(page), grace.email, PASSWORD)
    expect(past_step(page, "Stored")).to_be_visible()


@pytest.mark.nightly
def test_log_in_in_another_tab_closes_the_dialog(
    open_browser: OpenBrowser, join: Join, database: Database[dict[str, Any]]
) -> None:
    grace = join()
    browser = open_browser(grace, at="#/account/second-factor")
    page, other = browser.page, browser.open_tab("#/account")
    delete_sessions(database, grace)
    browser.monitor.expect_failure("/v1/account/second-factor", "status of 401")
    page.bring_to_front()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(log_in_dialog(page)).to_be_visible()
    browser.open("#/log-in", other)
    log_in(other, grace.email, PASSWORD)
    expect_logged_in(other)
    expect(log_in_dialog(page)).to_have_count(0)
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_focused()


@pytest.mark.nightly
def test_password_change_is_not_sent_for_another_account(
    open_browser: OpenBrowser, join: Join, database: Database[dict[str, Any]]
) -> None:
    """The other account sees its own page, without the typed text."""
    grace, other = join(), join("Olga Other")
    browser = open_browser(grace, at="#/account")
    page = browser.page
    form = open_password_form(page)
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_label("New password", exact=True).fill(NEW)
    delete_sessions(database, grace)
    browser.monitor.expect_failure("/v1/account/password", "status of 401")
    form.get_by_role("button", name="Change password").click()
    expect(log_in_dialog(page)).to_be_visible()
    log_in(log_in_dialog(page), other.email, PASSWORD)
    expect(page.get_by_role("definition").filter(has_text=other.email)).to_be_visible()
    expect(log_in_dialog(page)).to_have_count(0)
    assert browser.monitor.count_answers("POST", "/v1/account/password") == 1
    open_password_form(page)
    expect(page.get_by_label("New password", exact=True)).to_have_value("")


@pytest.mark.nightly
def test_account_changes_show_in_other_tabs(open_browser: OpenBrowser, join: Join) -> None:
    browser = open_browser(join(), at="#/account/second-factor")
    page, other = browser.page, browser.open_tab("#/account")
    other.get_by_text("Change e-mail address").first.click()
    form = other.locator("form").filter(has=other.get_by_label("New e-mail address"))
    form.get_by_label("New e-mail address").fill("typed@here.example")
    expect(form.get_by_label("Code")).to_be_hidden()
    codes = enable_second_factor(page)
    expect(other.get_by_text("You need your password and a code to log in.")).to_be_visible()
    expect(form.get_by_label("Code")).to_be_visible()
    expect(form.get_by_label("New e-mail address")).to_have_value("typed@here.example")

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a file").click()
    assert saved.value.suggested_filename == "hirelane-recovery-codes.txt"
    assert saved.value.path().read_text().split() == codes


@pytest.mark.nightly
def test_lost_recovery_codes_can_be_replaced(open_browser: OpenBrowser, join: Join) -> None:
    """The answer with the codes was lost, and the second factor is on."""
    browser = open_browser(join(), at="#/account/second-factor")
    page = browser.page

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    confirmation = "**/v1/account/second-factor/confirmation"
    browser.monitor.expect_failure("/second-factor/confirmation", "net::ERR_FAILED")
    browser.monitor.expect_failure("/second-factor/confirmation", "status of 409")
    page.route(confirmation, lose, times=1)
    begin_second_factor(page)
    expect(page.get_by_role("alert")).to_contain_text("Send it again")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="The second factor is already on")).to_be_focused()
    expect(page.get_by_text("switch it off here and on again")).to_be_visible()
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()
    browser.inspect("second-factor-enabled")


@pytest.mark.nightly
def test_tabs_that_renew_tokens_stay_logged_in(open_browser: OpenBrowser, join: Join) -> None:
    """Both at once, in turn, and one that slept in between."""
    browser = open_browser(join(), at=None)
    page, other = browser.page, browser.context.new_page()
    for tab in (page, other):
        tab.clock.install()
        browser.open("#/account", tab)

    def look(*tabs: Page) -> None:
        for address, title in (("#/applications", "My applications"), ("#/account", "Account")):
            for tab in tabs:
                navigate(tab, address)
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
    # 2 when they opened, 3 times both, 3 times one, once the other.
    assert browser.monitor.count_answers("POST", "/v1/sessions/refresh") >= 12

    log_out(page)
    for tab in (page, other):
        expect(tab.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(other.get_by_role("heading", name="Account", level=1)).to_have_count(0)


def begin_second_factor(page: Page) -> None:
    """Enable the second factor up to the first code."""
    page.bring_to_front()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    code = page.get_by_label("Code shown in the app")
    expect(code).to_be_visible()
    app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    code.fill(app.now())
    page.get_by_role("button", name="Switch it on").click()


def enable_second_factor(page: Page) -> list[str]:
    """Enable the second factor and return the recovery codes."""
    begin_second_factor(page)
    expect(page.get_by_role("heading", name="save these codes")).to_be_visible()
    codes: list[str] = page.locator(".codes li").all_inner_texts()
    return codes
