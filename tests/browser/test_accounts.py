"""Accounts: signing up, logging in, passwords, second factor, sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
from playwright.sync_api import Page, expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import Open
from tests.browser.steps import (
    Publish,
    apply,
    close_notices,
    done,
    is_logged_in,
    letter,
    log_in,
    send,
)
from tests.support.deployment import PASSWORD, Candidate, Deployment

Join = Callable[..., Candidate]


def password_field(page: Page, name: str = "Password") -> Any:
    return page.get_by_label(name, exact=True)


def test_signing_up_from_a_posting_to_an_application(
    visit: Open, size: str, publish: Publish, deployed: Deployment
) -> None:
    """With what can go wrong on the way: no or a common or a wrong password, a used link."""
    address = f"{new_id()}@example.com"
    posting_id = publish("Pattern maker")
    opened = visit(size=size, at=f"#/postings/{posting_id}")
    page = opened.page
    page.get_by_role("link", name="Sign up to apply").click()
    expect(page.get_by_role("heading", name="Sign up", level=1)).to_be_visible()
    opened.inspect("sign-up")
    sign_up = page.get_by_role("button", name="Sign up")
    sign_up.click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_be_focused()
    opened.inspect("sign-up-empty")

    page.get_by_label("Name").fill("Ada Example")
    page.get_by_label("E-mail address").fill(address)
    password_field(page).fill("password1")
    opened.watch.provoke("/v1/accounts", "status of 422")
    sign_up.click()
    expect(password_field(page)).to_have_attribute("aria-invalid", "true")
    opened.inspect("sign-up-common-password")
    password_field(page).fill(PASSWORD)
    sign_up.click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    opened.inspect("sign-up-mailed")

    mailed = deployed.mailed_link(address)
    assert mailed.startswith(opened.base)
    page.goto(mailed)
    expect(page.get_by_role("heading", name="Finish signing up")).to_be_visible()
    opened.inspect("confirm")
    finish = page.get_by_role("button", name="Finish and log in")
    opened.watch.provoke("/v1/accounts/confirmation", "status of 403")
    password_field(page).fill("another horse")
    finish.click()
    expect(password_field(page)).to_have_attribute("aria-invalid", "true")
    opened.inspect("confirm-wrong-password")
    password_field(page).fill(PASSWORD)
    finish.click()
    # Back where it began.
    expect(page.get_by_role("heading", level=1)).to_have_text("Pattern maker")
    is_logged_in(page)
    apply(page)
    expect(done(page, "Confirmed by e-mail")).to_be_visible()

    # The link is good once, for anyone.
    other = visit(size=size, at=None)
    other.watch.provoke("/v1/accounts/confirmation", "status of 410")
    other.page.goto(mailed)
    password_field(other.page).fill(PASSWORD)
    other.page.get_by_role("button", name="Finish and log in").click()
    expect(other.page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    other.inspect("link-expired")


def test_logging_in_and_out(visit: Open, size: str, ada: Candidate, publish: Publish) -> None:
    posting_id = publish("Dyer")
    opened = visit(size=size, at=f"#/postings/{posting_id}")
    page = opened.page
    page.get_by_role("link", name="Log in to apply").click()
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    opened.inspect("log-in")
    opened.watch.provoke("/v1/sessions", "status of 401")
    log_in(page, ada.email, "wrong horse battery")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    opened.inspect("log-in-wrong")
    log_in(page, ada.email, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dyer")
    is_logged_in(page)
    # It outlives the page.
    opened.open("#/applications")
    is_logged_in(page)
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    opened.inspect("logged-out")
    opened.open("#/applications")
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    # Where it was going to is not forgotten.
    log_in(page, ada.email, PASSWORD)
    expect(page.get_by_role("heading", name="My applications", level=1)).to_be_visible()


def test_a_forgotten_password(visit: Open, size: str, join: Join, deployed: Deployment) -> None:
    """Set by the mailed link, it ends the sessions that there were."""
    grace = join()
    opened = visit(size=size, at="#/log-in")
    page = opened.page
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Forgot your password", level=1)).to_be_visible()
    opened.inspect("forgotten-password")
    page.get_by_label("E-mail address").fill(grace.email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(deployed.mailed_link(grace.email, "reset-password"))
    expect(page.get_by_role("heading", name="Set a new password")).to_be_visible()
    password_field(page, "New password").fill("short")
    page.get_by_role("button", name="Set password").click()
    expect(password_field(page, "New password")).to_have_attribute("aria-invalid", "true")
    opened.inspect("reset-password")
    password_field(page, "New password").fill("an entirely new horse")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    opened.watch.provoke("/v1/sessions", "status of 401")
    log_in(page, grace.email, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    log_in(page, grace.email, "an entirely new horse")
    is_logged_in(page)


def test_a_second_factor_from_on_to_off(visit: Open, size: str, join: Join) -> None:
    opened = visit(grace := join(), size=size, at="#/account")
    page = opened.page
    page.get_by_role("link", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    opened.inspect("second-factor")
    password_field(page, "Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    opened.inspect("second-factor-scan")
    app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    opened.watch.provoke("/second-factor/confirmation", "status of 403")
    code = page.get_by_label("Code shown in the app")
    code.fill("000000" if app.now() != "000000" else "111111")
    page.get_by_role("button", name="Switch it on").click()
    expect(code).to_have_attribute("aria-invalid", "true")
    opened.inspect("second-factor-wrong-code")
    code.fill(app.now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="save these codes")).to_be_visible()
    opened.inspect("second-factor-codes")
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(recovery) == 10
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("You need your password and a code to log in.")).to_be_visible()

    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    opened.open("#/log-in")
    opened.watch.provoke("/v1/sessions", "status of 403")
    log_in(page, grace.email, PASSWORD)
    expect(page.get_by_label("Code")).to_be_focused()
    opened.inspect("log-in-code")
    page.get_by_label("Code").fill("123123")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    opened.inspect("log-in-wrong-code")
    # The present code was used for switching on, so a recovery code.
    page.get_by_label("Code").fill(recovery[0])
    page.get_by_role("button", name="Log in").click()
    is_logged_in(page)

    opened.open("#/account")
    page.get_by_role("link", name="Switch it off").click()
    expect(page.get_by_role("heading", name="Second factor", level=1)).to_be_visible()
    password_field(page, "Your password").fill(PASSWORD)
    page.get_by_label("Code").fill(recovery[1])
    opened.inspect("second-factor-off")
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("The second factor is off.")).to_be_visible()


def test_sessions_are_listed_and_ended_here_and_everywhere(
    visit: Open, size: str, join: Join
) -> None:
    grace = join()
    opened, other, third = (visit(grace, size=size, at="#/account") for _ in range(3))
    page = opened.page
    sessions = (
        page.locator("section")
        .filter(has=page.get_by_role("heading", name="Where you are logged in"))
        .get_by_role("listitem")
    )
    opened.open("#/account")
    # Theirs, and that with which she joined.
    expect(sessions).to_have_count(4)
    expect(sessions.filter(has_text="This browser")).to_have_count(1)
    opened.inspect("account")
    # The newest but this one is the third's or the other's: whichever, one less.
    sessions.get_by_role("button").first.click()
    expect(page.get_by_text("That browser is logged out.")).to_be_visible()
    expect(sessions).to_have_count(3)
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_text("You are logged out everywhere.")).to_be_visible()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    for left in (other, third):
        left.watch.provoke("/v1/sessions/refresh", "status of 401")
        left.open("#/account")
        expect(left.page.get_by_role("heading", name="Log in", level=1)).to_be_visible()


def test_a_session_that_was_ended_elsewhere_loses_nothing_typed(
    visit: Open, size: str, join: Join, publish: Publish, deployed: Deployment
) -> None:
    """It is said when something is sent; logged in again in place, it is sent."""
    grace, posting_id = join(), publish("Carver")
    opened = visit(grace, size=size, at=None)
    page = opened.page
    page.clock.install()
    opened.open(f"#/postings/{posting_id}")
    letter(page).fill("Typed with care")
    assert deployed.call("DELETE", "/v1/account/sessions", token=grace.token).status == 204
    # The access token is good for ten minutes.
    page.clock.fast_forward("20:00")
    opened.watch.provoke("/v1/", "status of 401")
    send(page).click()
    dialog = page.get_by_role("dialog", name="Log in again")
    expect(dialog).to_be_visible()
    opened.inspect("log-in-again")
    expect(letter(page)).to_have_value("Typed with care")
    expect(dialog.get_by_label("E-mail address")).to_have_value(grace.email)
    log_in(page, grace.email, PASSWORD)
    page.clock.fast_forward("00:05")
    expect(done(page, "Accepted")).to_be_visible()


def test_changing_password_and_address_and_deleting_the_account(
    visit: Open, size: str, join: Join, deployed: Deployment, database: Database[dict[str, Any]]
) -> None:
    grace = join()
    opened = visit(grace, size=size, at="#/account")
    page = opened.page

    page.get_by_text("Change password").first.click()
    form = page.locator("form").filter(has=page.get_by_label("New password"))
    form.get_by_label("Your password").fill("wrong horse battery")
    form.get_by_label("New password", exact=True).fill("yet another horse")
    opened.watch.provoke("/v1/account/password", "status of 403")
    form.get_by_role("button", name="Change password").click()
    expect(form.get_by_label("Your password")).to_have_attribute("aria-invalid", "true")
    opened.inspect("account-change-password")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()

    address = f"{new_id()}@example.com"
    close_notices(page)
    page.get_by_text("Change e-mail address").first.click()
    form = page.locator("form").filter(has=page.get_by_label("New e-mail address"))
    form.get_by_label("New e-mail address").fill(address)
    form.get_by_label("Your password").fill("yet another horse")
    form.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text(f"We sent an e-mail to {address}.")).to_be_visible()
    page.goto(deployed.mailed_link(address, "change-email"))
    expect(page.get_by_role("heading", name="Confirm your new address")).to_be_visible()
    opened.inspect("change-email")
    page.get_by_role("button", name="Change e-mail address").click()
    expect(page.get_by_role("definition").filter(has_text=address)).to_be_visible()

    close_notices(page)
    page.get_by_text("Delete account").first.click()
    form = page.locator("form").filter(has=page.get_by_role("button", name="Delete my account"))
    form.get_by_label("Your password").fill("yet another horse")
    opened.inspect("account-delete")
    form.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert database["accounts"].count_documents({"email": address}) == 0


def test_who_is_no_candidate_is_told_so(
    visit: Open, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """Recruiters and admins have no pages yet; they see postings and their account."""
    eve = join("Eve Admin")
    changed = database["accounts"].update_one({"_id": eve.id}, {"$set": {"role": "admin"}})
    assert changed.modified_count == 1
    opened = visit(eve, at=f"#/postings/{publish()}")
    expect(opened.page.get_by_text("Only candidates can apply.")).to_be_visible()
    opened.inspect("posting-admin")
    expect(opened.page.get_by_role("link", name="My applications")).to_have_count(0)
    opened.open("#/applications")
    expect(opened.page.get_by_text("Only candidates have applications.")).to_be_visible()
    opened.open("#/account")
    expect(opened.page.get_by_text("Admin", exact=True)).to_be_visible()
    opened.inspect("account-admin")
