"""Names, titles, employers and cover letters are shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import Publish, apply, past_step
from tests.support.deployment import Candidate

SCRIPT = "<script>window.ran = 1</script>"
IMAGE = '"><img src=x onerror="window.ran = 2">'


def test_scripts_are_shown_as_text(
    open_browser: OpenBrowser, join: Callable[..., Candidate], publish: Publish
) -> None:
    posting_id = publish(
        f"{SCRIPT} builder",
        employer=f"{IMAGE} & Sons",
        location="javascript:alert(1)",
        description=f"{SCRIPT}\n\n- {IMAGE}\n- [link](javascript:alert(1))\n\n<b>bold</b>",
    )
    browser = open_browser(join(f"{SCRIPT}{IMAGE}"))
    page = browser.page
    expect(page.get_by_role("link", name=f"{SCRIPT} builder").first).to_be_visible()
    browser.inspect("front-strange")
    page.get_by_role("link", name=f"{SCRIPT} builder").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{SCRIPT} builder")
    for text in (f"{IMAGE} & Sons", "<b>bold</b>", f"{SCRIPT}"):
        expect(page.locator("main").get_by_text(text).first).to_be_visible()
    browser.inspect("posting-strange")
    assert posting_id in page.url
    apply(page, SCRIPT)
    expect(past_step(page, "Stored")).to_be_visible()
    page.get_by_role("link", name="My applications").click()
    expect(page.get_by_role("link", name=f"{SCRIPT} builder")).to_be_visible()
    browser.inspect("applications-strange")
    browser.open("#/account")
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    browser.inspect("account-strange")
    assert page.evaluate("window.ran") is None
    assert page.locator("main script, main img, main b").count() == 0


@pytest.mark.nightly
def test_very_long_words_fit(
    open_browser: OpenBrowser, join: Callable[..., Candidate], publish: Publish
) -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    posting_id = publish(
        f"{long}{long}", employer=long * 2, location=long, description=f"{long * 3}\n\n- {long * 2}"
    )
    browser = open_browser(join(long * 2))
    page = browser.page
    expect(page.get_by_role("link", name=long).first).to_be_visible()
    browser.inspect("front-long")
    browser.open(f"#/?q={long}&location={long}&employer={long * 2}")
    expect(page.get_by_role("link", name=long).first).to_be_visible()
    browser.inspect("filters-long")
    browser.open(f"#/postings/{posting_id}")
    browser.inspect("posting-long")
    apply(page, long * 100)
    expect(past_step(page, "Stored")).to_be_visible()
    page.get_by_role("link", name="My applications").click()
    expect(page.get_by_role("link", name=long)).to_be_visible()
    browser.inspect("applications-long")


def test_text_keeps_its_place_in_every_direction(
    open_browser: OpenBrowser, publish: Publish
) -> None:
    """Two Hebrew values side by side, and a title that reverses the text behind it."""
    posting_id = publish("נגר\u202e", employer="נמל", location="חיפה", description="בונים.")
    browser = open_browser()
    page = browser.page
    for place, inspected in (("li.posting", "front"), (".posting-title", "posting")):
        shown = page.locator(place).filter(has_text="חיפה").first
        employer = shown.get_by_text("נמל", exact=True).bounding_box()
        location = shown.get_by_text("חיפה", exact=True).bounding_box()
        assert employer
        assert location
        assert employer["x"] + employer["width"] < location["x"]
        assert "\u202e" not in shown.inner_text()
        browser.inspect(f"{inspected}-right-to-left")
        browser.open(f"#/postings/{posting_id}")
    expect(page).to_have_title("\u2068נגר\u2069 at \u2068נמל\u2069 · Hirelane")
    direction = "(paragraph) => getComputedStyle(paragraph).direction"
    assert page.get_by_text("בונים.").evaluate(direction) == "rtl"
