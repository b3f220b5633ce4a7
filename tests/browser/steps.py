"""Steps that several browser tests take, as a person at the page takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.events import ApplicationChange
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate

Publish = Callable[..., str]

# The heading of a page whose content cannot be loaded for now.
UNREACHABLE = "We cannot load this right now"
RETRYING = "We keep trying. It cannot arrive twice."
# A page that was loaded again has lost this mark.
MARK_PAGE = "window.isMarked = true"
IS_MARKED = "window.isMarked === true"
# The focused element: its name, whether its focus is visible, its tag.
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


def cover_letter_field(page: Page) -> Locator:
    return page.get_by_label("Cover letter")


def link_field(page: Page, number: int = 1) -> Locator:
    return page.get_by_role("textbox", name=f"Link {number}")


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send application")


def consent_box(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="I have read the privacy notice")


def send(page: Page) -> None:
    """Agree to the privacy notice, and send the shown form."""
    consent_box(page).check()
    send_button(page).click()


def status_heading(page: Page) -> Locator:
    return page.get_by_role("heading", name="Your application")


def log_in_dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Log in again")


def past_step(page: Page, event: str) -> Locator:
    """Return the step of the timeline, if the application has reached it."""
    return page.locator(".timeline li.done").filter(has=page.get_by_text(event, exact=True))


def apply(page: Page, text: str = "Dear yard") -> None:
    """Fill in the form of the shown posting and send it."""
    cover_letter_field(page).fill(text)
    send(page)
    expect(status_heading(page)).to_be_visible()


def expect_saved_draft(page: Page) -> None:
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()


def log_in(place: Page | Locator, email: str, password: str) -> None:
    """Fill in the log-in form of a page or a dialog, and send it."""
    place.get_by_label("E-mail address").fill(email)
    place.get_by_label("Password", exact=True).fill(password)
    place.get_by_label("Password", exact=True).press("Enter")


def log_out(page: Page) -> None:
    """Log out, and wait until the page shows it."""
    page.bring_to_front()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect_logged_out(page)


def expect_logged_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()


def expect_logged_out(page: Page) -> None:
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()


def navigate(page: Page, address: str) -> None:
    """Go to another address of the client without loading the client again."""
    page.evaluate("(address) => (location.hash = address)", address)


def pause_clock(page: Page) -> None:
    """Stop the timers of a page whose clock is installed. Timers of the next minute run before.

    The clock has to be paused in its future, and a busy browser gets the command seconds later.
    The inspector waits for timers, so it cannot inspect the page.
    """
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))


def advance_clock(page: Page, minutes: int) -> None:
    """Set the page's clock forward without running its timers, as after the computer slept."""
    page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=minutes))


def insert_application(
    database: Database[dict[str, Any]], candidate: Candidate, posting_id: str, at: datetime
) -> str:
    """Insert an application that was stored but never confirmed; return its id."""
    application_id = new_id()
    database["applications"].insert_one(
        {
            "_id": application_id,
            "candidate_id": candidate.id,
            "posting_id": posting_id,
            "cover_letter": "",
            "links": [],
            "active": True,
            "accepted_at": at,
            "stored_at": at,
        }
    )
    return application_id


def wait_on[Value](
    page: Page, read: Callable[[], Value], is_expected: Callable[[Value], object] = bool
) -> Value:
    """Read a value that no locator shows until it is as expected, and return it.

    What another tab wrote into the storage arrives late, as do the events of requests.
    """
    return wait_for(read, is_expected, pause=lambda: page.wait_for_timeout(20))


def wait_for_count(page: Page, count: Callable[[], int], least: int) -> None:
    """Wait until ``count()`` reaches ``least``, for values that no locator can count."""
    wait_on(page, count, lambda present: present >= least)


def problem_response(
    status: int, slug: str = "unavailable", **headers: str
) -> Callable[[Route], None]:
    """Return a route handler that answers with a problem document instead of the API."""

    def answer(route: Route) -> None:
        route.fulfill(
            status=status,
            headers={"Content-Type": "application/problem+json", **headers},
            json={"type": f"urn:hirelane:problem:{slug}", "title": slug, "status": status},
        )

    return answer


def move_to_stage(database: Database[dict[str, Any]], application_id: str, words: str) -> None:
    """Move a stored application to a stage, as the worker does for a member."""
    stored = database["applications"].find_one({"_id": application_id})
    assert stored is not None
    change = ApplicationChange(stored)
    change.add("moved", new_id(), {"from": "new", "to": "review", "words": words})
    change.set(stage="review")
    database["applications"].update_one(*change.to_update())


def tab_to(page: Page, name: str, element: str = "", key: str = "Tab") -> None:
    """Press Tab until an element with that name has the focus. Each focus must be visible."""
    wanted = re.compile(name)
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press(key)
        text, seen, tag = page.evaluate(FOCUSED)
        if tag == "body":
            continue
        assert seen, f"the focus of “{text}” ({tag}) is not visible"
        if wanted.search(text) and element in ("", tag):
            return
        passed.append(text)
    raise AssertionError(f"Tab does not reach “{name}”, only {passed}")
