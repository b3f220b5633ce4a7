"""The client can be used with a keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    FOCUSED,
    Publish,
    expect_logged_in,
    move_to_stage,
    past_step,
    tab_to,
)
from tests.support.deployment import PASSWORD, Deployment


def test_keyboard_is_enough_from_sign_up_to_withdrawal(
    open_browser: OpenBrowser,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    address = f"{new_id()}@example.com"
    word = f"Net{new_id()[-6:]}"
    publish(f"{word} mender")
    browser = open_browser()
    page = browser.page
    keyboard = page.keyboard

    keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == "Skip to the content"
    keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    browser.open()

    tab_to(page, "^Sign up$", "a")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign up", level=1)).to_be_focused()
    tab_to(page, "^Name")
    keyboard.type("Ada Keys")
    tab_to(page, "^E-mail")
    keyboard.type(address)
    tab_to(page, "^Password", "input")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_focused()

    page.goto(deployed.mailed_link(address))
    expect(page.get_by_role("heading", name="Finish signing up")).to_be_visible()
    tab_to(page, "^Password", "input")
    keyboard.type(PASSWORD)
    tab_to(page, "^Finish and log in")
    keyboard.press("Space")
    expect_logged_in(page)
    # The page that is shown after the log-in takes the focus.
    expect(page.get_by_role("heading", name="Apply, and see it arrive", level=1)).to_be_focused()

    tab_to(page, "^Search postings")
    keyboard.type(word)
    expect(page.locator(".posting")).to_have_count(1)
    tab_to(page, f"^{word} mender")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{word} mender", level=1)).to_be_focused()
    tab_to(page, "^Cover letter")
    keyboard.type("With a keyboard.")
    tab_to(page, "^Add a link")
    keyboard.press("Enter")
    keyboard.type("example.com/cv")
    tab_to(page, "^I have read the privacy notice")
    keyboard.press("Space")
    tab_to(page, "^Send application")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your application")).to_be_focused()
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()

    tab_to(page, "^See this application")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Withdraw application")).to_be_visible()
    tab_to(page, "^Withdraw application")
    keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    # The harmless button has the focus first, Escape closes the dialog, and Tab stays in it.
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    # What changes behind the dialog must not take away the button that gets the focus back.
    move_to_stage(database, page.url.rpartition("/")[2], "Somebody reads it")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("Somebody reads it").first).to_be_visible()
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Withdraw application")).to_be_focused()
    keyboard.press("Enter")
    tab_to(page, "^Withdraw it", key="Shift+Tab")
    keyboard.press("Enter")
    expect(past_step(page, "Withdrawn")).to_be_visible()
    tab_to(page, "^Log out")
    keyboard.press("Enter")
    expect(page.get_by_text("You are logged out.")).to_be_visible()
