"""Sign-up, log-in, passwords, second factor, sessions, deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
from playwright.sync_api import Page, expect
from pymongo.database import Database

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.common.ids import new_id
from chalicelib.notifications.models import SuppressionReason
from chalicelib.notifications.suppressions import SuppressionRepository
from infrastructure.local.deploy.settings import SETTINGS
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    apply,
    cover_letter_field,
    expect_logged_in,
    log_in,
    past_step,
    send,
)
from tests.support.deployment import PASSWORD, Candidate, Deployment

Join = Callable[..., Candidate]


def password_field(page: Page, name: str = "Password") -> Any:
    return page.get_by_label(name, exact=True)


def test_sign_up_at_a_posting_leads_back_to_it(
    open_browser: OpenBrowser, publish: Publish, deployed: Deployment
) -> None:
    address = f"{new_id()}@example.com"
    posting_id = publish("Pattern maker")
    browser = open_browser(at=f"#/postings/{posting_id}")
    page = browser.page
    page.get_by_role("link", name="Sign up to apply").click()
    expect(page.get_by_role("heading", name="Sign up", level=1)).to_be_visible()
    browser.inspect("sign-up")
    sign_up = page.get_by_role("button", name="Sign up")
    sign_up.click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_be_focused()
    browser.inspect("sign-up-empty")

    page.get_by_label("Name").fill("Ada Example")
    page.get_by_label("E-mail address").fill(address)
    password_field(page).fill("password1")
    browser.monitor.expect_failure("/v1/accounts", "status of 422")
    sign_up.click()
    expect(password_field(page)).to_have_attribute("aria-invalid", "true")
    browser.inspect("sign-up-common-password")
    password_field(page).fill(PASSWORD)
    sign_up.click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    browser.inspect("sign-up-mailed")

    mailed = deployed.mailed_link(address)
    assert mailed.startswith(browser.base)
    page.goto(mailed)
    expect(page.get_by_role("heading", name="Finish signing up")).to_be_visible()
    browser.inspect("confirm")
    finish = page.get_by_role("button", name="Finish and log in")
    browser.monitor.expect_failure("/v1/accounts/confirmation", "status of 403")
    password_field(page).fill("another horse")
    finish.click()
    expect(password_field(page)).to_have_attribute("aria-invalid", "true")
    browser.inspect("confirm-wrong-password")
    password_field(page).fill(PASSWORD)
    finish.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pattern maker")
    expect_logged_in(page)
    apply(page)
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()

    # The link is valid only once.
    other = open_browser(at=None)
    other.monitor.expect_failure("/v1/accounts/confirmation", "status of 410")
    other.page.goto(mailed)
    password_field(other.page).fill(PASSWORD)
    other.page.get_by_role("button", name="Finish and log in").click()
    expect(other.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    other.inspect("link-expired")


def test_log_in_and_out(open_browser: OpenBrowser, ada: Candidate, publish: Publish) -> None:
    posting_id = publish("Dyer")
    browser = open_browser(at=f"#/postings/{posting_id}")
    page = browser.page
    page.get_by_role("link", name="Log in to apply").click()
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    browser.inspect("log-in")
    browser.monitor.expect_failure("/v1/sessions", "status of 401")
    log_in(page, ada.email, "wrong horse battery")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    browser.inspect("log-in-wrong")
    log_in(page, ada.email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dyer")
    expect_logged_in(page)
    browser.open("#/applications")
    expect_logged_in(page)
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    browser.inspect("logged-out")
    browser.open("#/applications")
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    log_in(page, ada.email, PASSWORD)
    expect(page.get_by_role("heading", name="My applications", level=1)).to_be_visible()


def test_forgotten_password_is_replaced_by_email_link(
    open_browser: OpenBrowser, join: Join, deployed: Deployment
) -> None:
    grace = join()
    browser = open_browser(at="#/log-in")
    page = browser.page
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password", level=1)).to_be_visible()
    browser.inspect("forgotten-password")
    page.get_by_label("E-mail address").fill(grace.email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(deployed.mailed_link(grace.email, "reset-password"))
    expect(page.get_by_role("heading", name="Set a new password")).to_be_visible()
    password_field(page, "New password").fill("short")
    page.get_by_role("button", name="Set password").click()
    expect(password_field(page, "New password")).to_have_attribute("aria-invalid", "true")
    browser.inspect("reset-password")
    password_field(page, "New password").fill("an entirely new horse")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    browser.monitor.expect_failure("/v1/sessions", "status of 401")
    log_in(page, grace.email, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    log_in(page, grace.email, "an entirely new horse")
    expect_logged_in(page)


def test_second_factor_is_enabled_used_and_disabled(open_browser: OpenBrowser, join: Join) -> None:
    browser = open_browser(grace := join(), at="#/account")
    page = browser.page
    page.get_by_role("link", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    browser.inspect("second-factor")
    password_field(page, "Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    browser.inspect("second-factor-scan")
    app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    browser.monitor.expect_failure("/second-factor/confirmation", "status of 403")
    code = page.get_by_label("Code shown in the app")
    code.fill("000000" if app.now() != "000000" else "111111")
    page.get_by_role("button", name="Switch it on").click()
    expect(code).to_have_attribute("aria-invalid", "true")
    browser.inspect("second-factor-wrong-code")
    code.fill(app.now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="save these codes")).to_be_visible()
    browser.inspect("second-factor-codes")
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(recovery) == 10
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("You need your password and a code to log in.")).to_be_visible()

    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    browser.open("#/log-in")
    browser.monitor.expect_failure("/v1/sessions", "status of 403")
    log_in(page, grace.email, PASSWORD)
    expect(page.get_by_label("Code")).to_be_focused()
    browser.inspect("log-in-code")
    page.get_by_label("Code").fill("123123")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    browser.inspect("log-in-wrong-code")
    # Each code is valid once, and the present one enabled the second factor.
    page.get_by_label("Code").fill(recovery[0])
    page.get_by_role("button", name="Log in").click()
    expect_logged_in(page)

    browser.open("#/account")
    page.get_by_role("link", name="Switch it off").click()
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    password_field(page, "Your password").fill(PASSWORD)
    page.get_by_label("Code").fill(recovery[1])
    browser.inspect("second-factor-off")
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("The second factor is off.")).to_be_visible()


def test_sessions_are_listed_and_ended(open_browser: OpenBrowser, join: Join) -> None:
    grace = join()
    browser, other, third = (open_browser(grace, at="#/account") for _ in range(3))
    page = browser.page
    sessions = (
        page.locator("section")
        .filter(has=page.get_by_role("heading", name="Where you are logged in"))
        .get_by_role("listitem")
    )
    browser.open("#/account")
    expect(sessions).to_have_count(3)
    expect(sessions.filter(has_text="This browser")).to_have_count(1)
    browser.inspect("account")
    sessions.get_by_role("button").first.click()
    expect(page.get_by_text("That browser is logged out.")).to_be_visible()
    expect(sessions).to_have_count(2)
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_text("You are logged out everywhere.")).to_be_visible()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    for left in (other, third):
        left.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
        left.open("#/account")
        expect(left.page.get_by_role("heading", name="Log in", level=1)).to_be_visible()


def test_draft_is_sent_after_log_in_in_a_dialog(
    open_browser: OpenBrowser, join: Join, publish: Publish, deployed: Deployment
) -> None:
    """The session was ended elsewhere, which shows when the application is sent."""
    grace, posting_id = join(), publish("Carver")
    browser = open_browser(grace, at=None)
    page = browser.page
    page.clock.install()
    browser.open(f"#/postings/{posting_id}")
    cover_letter_field(page).fill("Typed with care")
    assert deployed.call("DELETE", "/v1/account/sessions", token=grace.token).status == 204
    # The access token is valid for ten minutes.
    page.clock.fast_forward("20:00")
    browser.monitor.expect_failure("/v1/", "status of 401")
    send(page)
    dialog = page.get_by_role("dialog", name="Log in again")
    expect(dialog).to_be_visible()
    browser.inspect("log-in-again")
    expect(cover_letter_field(page)).to_have_value("Typed with care")
    expect(dialog.get_by_label("E-mail address")).to_have_value(grace.email)
    log_in(page, grace.email, PASSWORD)
    page.clock.fast_forward("00:05")
    expect(past_step(page, "Accepted")).to_be_visible()


def test_password_and_address_are_changed_account_deleted(
    open_browser: OpenBrowser,
    join: Join,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    grace = join()
    browser = open_browser(grace, at="#/account")
    page = browser.page

    page.get_by_text("Change password").first.click()
    form = page.locator("form").filter(has=page.get_by_label("New password"))
    form.get_by_label("Your password").fill("wrong horse battery")
    form.get_by_label("New password", exact=True).fill("yet another horse")
    browser.monitor.expect_failure("/v1/account/password", "status of 403")
    form.get_by_role("button", name="Change password").click()
    expect(form.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    browser.inspect("account-change-password")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()

    address = f"{new_id()}@example.com"
    page.get_by_text("Change e-mail address").first.click()
    form = page.locator("form").filter(has=page.get_by_label("New e-mail address"))
    form.get_by_label("New e-mail address").fill(address)
    form.get_by_label("Your password").fill("yet another horse")
    form.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text(f"We sent an e-mail to {address}.")).to_be_visible()
    page.goto(deployed.mailed_link(address, "change-email"))
    expect(page.get_by_role("heading", name="Confirm your new address")).to_be_visible()
    browser.inspect("change-email")
    page.get_by_role("button", name="Change e-mail address").click()
    expect(page.get_by_role("definition").filter(has_text=address)).to_be_visible()

    page.get_by_text("Delete account").first.click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Delete my account"))
    form.get_by_label("Your password").fill("yet another horse")
    browser.inspect("account-delete")
    form.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert database["accounts"].count_documents({"email": address}) == 0


def test_owner_is_told_of_a_bounce_and_tries_again(
    open_browser: OpenBrowser,
    deployed: Deployment,
    join: Join,
    database: Database[dict[str, Any]],
) -> None:
    ada = join("Ada Candidate")
    secret = deployed.aws("secretsmanager").get_secret_value(SecretId=SETTINGS)["SecretString"]
    key = DerivedKey(json.loads(secret)["link_secret"], "mail suppression")
    suppressions = SuppressionRepository(database, key.sign)

    def suppress(reason: SuppressionReason) -> None:
        suppressions.add(suppressions.key_of(ada.email), reason, datetime.now(UTC))

    suppress(SuppressionReason.BOUNCE)
    browser = open_browser(ada, at="#/account")
    page = browser.page
    expect(page.get_by_role("heading", name="You get no e-mails from us")).to_be_visible()
    browser.inspect("account-bounce")
    page.get_by_role("button", name="Send e-mails again").press("Enter")
    sent = page.get_by_text(f"We sent an e-mail to {ada.email}.")
    expect(sent).to_be_focused()
    page.reload()
    expect(page.get_by_text(ada.email)).to_be_visible()
    expect(page.get_by_role("heading", name="You get no e-mails from us")).to_have_count(0)

    suppress(SuppressionReason.COMPLAINT)
    page.reload()
    expect(page.get_by_text("was reported as spam")).to_be_visible()
    expect(page.get_by_role("button", name="Send e-mails again")).to_have_count(0)
    browser.inspect("account-complaint")


def test_admin_sees_postings_and_account_only(
    open_browser: OpenBrowser, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    eve = join("Eve Admin")
    changed = database["accounts"].update_one({"_id": eve.id}, {"$set": {"role": "admin"}})
    assert changed.modified_count == 1
    browser = open_browser(eve, at=f"#/postings/{publish()}")
    expect(browser.page.get_by_text("Only candidates can apply.")).to_be_visible()
    browser.inspect("posting-admin")
    expect(browser.page.get_by_role("link", name="My applications")).to_have_count(0)
    browser.open("#/applications")
    expect(browser.page.get_by_text("Only candidates have applications.")).to_be_visible()
    browser.open("#/account")
    expect(browser.page.get_by_text("Admin", exact=True)).to_be_visible()
    browser.inspect("account-admin")
