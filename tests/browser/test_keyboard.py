"""From signing up to withdrawing an application with a keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from chalicelib.common.ids import new_id
from tests.browser.conftest import Open
from tests.browser.steps import Publish, done, is_logged_in
from tests.support.deployment import PASSWORD, Deployment

# What has the focus: its name, and whether one sees that it has it.
FOCUSED = """() => {
  const focused = document.activeElement;
  const label = focused.labels?.[0]?.innerText ?? focused.innerText;
  const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  // Round itself, or round the card that it makes clickable.
  const round = [focused, focused.closest("li")].filter(Boolean);
  const seen = focused.matches(":focus-visible")
    && round.some((one) => outlined(getComputedStyle(one)));
  return [focused.getAttribute("aria-label") || label || "", seen, focused.localName];
}"""
MOST_STEPS = 80


def tab_to(page: Page, name: str, element: str = "", key: str = "Tab") -> None:
    """Presses Tab until something of that name has the focus; whatever has it must show it."""
    wanted = re.compile(name)
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press(key)
        text, seen, tag = page.evaluate(FOCUSED)
        if tag == "body":
            continue
        assert seen, f"one does not see that “{text}” ({tag}) has the focus"
        if wanted.search(text) and element in ("", tag):
            return
        passed.append(text)
    raise AssertionError(f"Tab does not lead to “{name}”, only to {passed}")


def test_from_sign_up_to_withdrawal(visit: Open, publish: Publish, deployed: Deployment) -> None:
    address = f"{new_id()}@example.com"
    word = f"Net{new_id()[-6:]}"
    publish(f"{word} mender")
    opened = visit()
    page = opened.page
    keyboard = page.keyboard

    # The way round the links at the top.
    keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == "Skip to the content"
    keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    opened.open()

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
    is_logged_in(page)

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
    tab_to(page, "^Send application")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your application")).to_be_focused()
    expect(done(page, "Confirmed by e-mail")).to_be_visible()

    tab_to(page, "^See this application")
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Withdraw application")).to_be_visible()
    tab_to(page, "^Withdraw application")
    keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    # What changes nothing has the focus first, Escape does the same, and Tab stays in the dialog.
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Withdraw application")).to_be_focused()
    keyboard.press("Enter")
    tab_to(page, "^Withdraw it", key="Shift+Tab")
    keyboard.press("Enter")
    expect(done(page, "Withdrawn")).to_be_visible()
    tab_to(page, "^Log out")
    keyboard.press("Enter")
    expect(page.get_by_text("You are logged out.")).to_be_visible()
