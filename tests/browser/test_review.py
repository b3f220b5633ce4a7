"""Members review applicants with the keyboard alone, from the invitation to the rejection."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from functools import partial

from playwright.sync_api import expect

from tests.browser.conftest import BrowserSession, OpenBrowser
from tests.browser.employers import (
    expect_heading,
    publish_with_applicants,
    wait_for_applicants,
)
from tests.browser.steps import tab_to, wait_for_count, wait_on
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]

REVIEWS = int(os.environ.get("HIRELANE_REVIEWS", "4"))
# Measures the time from the key that leads to an applicant until a frame shows the name.
MEASURE = """(() => {
  const name = () => document.querySelector("main h1")?.textContent;
  let shown;
  addEventListener("keydown", () => {
    shown = name();
    performance.mark("key");
  }, true);
  new MutationObserver(() => {
    if (!shown || !name() || name() === shown) return;
    shown = null;
    requestAnimationFrame(() => setTimeout(() => performance.measure("next applicant", "key")));
  }).observe(document, { subtree: true, childList: true });
})()"""
MEASURED = "performance.getEntriesByName('next applicant').map((one) => one.duration)"


def wait_for_reading(browser: BrowserSession, application: str) -> None:
    """Wait until the page has read an applicant ahead of time, as a person reads meanwhile."""
    for part in ("events", "notes"):
        read = partial(browser.monitor.count_answers, "GET", f"/applications/{application}/{part}")
        wait_for_count(browser.page, read, 1)


def test_keyboard_is_enough_from_invitation_to_rejection(
    open_browser: OpenBrowser,
    deployed: Deployment,
    join: Join,
    record_property: Callable[[str, object], None],
) -> None:
    owner, recruiter = join("Grace Owner"), join("Rita Recruiter")
    people = [join(f"Candidate {number}") for number in range(REVIEWS + 2)]
    employer, posting = publish_with_applicants(deployed, owner, people)
    invitation = {"email": recruiter.email, "role": "recruiter"}
    deployed.call("POST", f"/v1/employers/{employer}/invitations", invitation, owner.token)
    ids = wait_for_applicants(deployed, owner, employer, posting, len(people))
    names = [f"Candidate {number}" for number in reversed(range(len(people)))]

    link = deployed.mailed_link(recruiter.email, "accept-invitation")
    browser = open_browser(recruiter, at=None)
    browser.page.add_init_script(MEASURE)
    browser.open(f"#{link.partition('#')[2]}")
    page, keyboard = browser.page, browser.page.keyboard
    tab_to(page, "^Accept")
    keyboard.press("Enter")
    expect_heading(page, "Bakery")
    tab_to(page, "^Applicants")
    keyboard.press("Enter")
    expect_heading(page, "Applicants: Night baker")
    for key in ("j", "j", "k"):
        keyboard.press(key)
    expect(page.get_by_role("link", name=names[0])).to_be_focused()
    keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    browser.inspect("applicants-shortcuts")
    keyboard.press("Escape")
    keyboard.press("Enter")
    expect_heading(page, names[0])

    page.evaluate("performance.clearMeasures()")
    # Every second applicant advances, with one key; the others are rejected, with two.
    for number in range(REVIEWS):
        wait_for_reading(browser, ids[number + 1])
        if number % 2:
            keyboard.press("a")
        else:
            keyboard.press("r")
            keyboard.press("Enter")
        expect_heading(page, names[number + 1])
        expect(page.get_by_role("heading", level=1)).to_be_focused()
    # A time is measured one frame later.
    times = wait_on(page, lambda: page.evaluate(MEASURED), lambda times: len(times) == REVIEWS)
    median = statistics.median(times)
    print(f"next applicant: median {median:.0f} ms of {len(times)}, longest {max(times):.0f} ms")
    record_property("median ms to the next applicant", median)
    expect(page.get_by_label("Your decisions").get_by_text("Done")).to_be_visible()

    # The one before is shown with the outcome, although the page was left before it.
    keyboard.press("k")
    expect_heading(page, names[REVIEWS - 1])
    expect(page.get_by_text("Moved to Review")).to_be_visible()
    keyboard.press("j")
    expect_heading(page, names[REVIEWS])
    # The last one was advanced. An undo returns to that applicant.
    keyboard.press("u")
    expect_heading(page, names[REVIEWS - 1])
    expect(page.get_by_text("Moved to New")).to_be_visible()
    keyboard.press("n")
    keyboard.type("just call her a.")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="just call her a.")).to_be_visible()
    browser.inspect("review")
    keyboard.press("Escape")
    keyboard.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("Hello Candidate")
    browser.inspect("review-reject")
    keyboard.press("Escape")

    # Another member decides about the same applicant: this one is told so, and goes on meanwhile.
    path = f"/v1/employers/{employer}/applications/{ids[REVIEWS - 1]}"
    rejected = deployed.call("POST", f"{path}/rejection", {"expected_stage": "new"}, owner.token)
    assert rejected.status == 202, rejected
    keyboard.press("a")
    expect_heading(page, names[REVIEWS])
    failed = page.get_by_label("Your decisions").get_by_role("listitem").filter(has_text="Not done")
    expect(failed).to_contain_text(names[REVIEWS - 1])
    browser.inspect("review-not-done")
    keyboard.press("j")
    expect_heading(page, names[REVIEWS + 1])
    expect(failed).to_be_visible()
    tab_to(page, "^I have read this", key="Shift+Tab")
    keyboard.press("Enter")
    expect(failed).to_have_count(0)
