"""Steps that several browser tests take, as a person at the page takes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, Route, expect

Publish = Callable[..., str]

MARK = "window.notReloaded = true"


def letter(page: Page) -> Locator:
    return page.get_by_label("Cover letter")


def link(page: Page, number: int = 1) -> Locator:
    return page.get_by_role("textbox", name=f"Link {number}")


def send(page: Page) -> Locator:
    return page.get_by_role("button", name="Send application")


def status_heading(page: Page) -> Locator:
    return page.get_by_role("heading", name="Your application")


def done(page: Page, event: str) -> Locator:
    """A step of the timeline that was reached."""
    return page.locator(".timeline li.done").filter(has=page.get_by_text(event, exact=True))


def apply(page: Page, text: str = "Dear yard") -> None:
    """Fills in the form of the posting that is shown, and sends it."""
    letter(page).fill(text)
    send(page).click()
    expect(status_heading(page)).to_be_visible()


def log_in(place: Page | Locator, email: str, password: str) -> None:
    """Fills in the form that is shown, in a page or a dialog, and sends it."""
    place.get_by_label("E-mail address").fill(email)
    place.get_by_label("Password", exact=True).fill(password)
    place.get_by_label("Password", exact=True).press("Enter")


def is_logged_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Log out", exact=True)).to_be_visible()


def close_notices(page: Page) -> None:
    """On a phone they lie over what is below, for eight seconds."""
    close = page.get_by_role("button", name="Close this message")
    while close.count():
        close.first.click()


def go(page: Page, address: str) -> None:
    """Goes to another address of the client, without loading it again."""
    page.evaluate("(address) => (location.hash = address)", address)


def later(page: Page, minutes: int) -> None:
    """Puts the page's clock forward, as when a computer slept."""
    page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=minutes))


def wait_for(page: Page, count: Callable[[], int], least: int) -> None:
    """Waits for what no locator can count, while the browser goes on, but not for ever."""
    ends = time.monotonic() + 20
    while count() < least:
        assert time.monotonic() < ends, f"{count()} instead of {least} after 20 s"
        page.wait_for_timeout(20)


def answering(status: int, kind: str = "unavailable", **headers: str) -> Callable[[Route], None]:
    """What answers a request in place of the API: a problem document."""

    def answer(route: Route) -> None:
        route.fulfill(
            status=status,
            headers={"Content-Type": "application/problem+json", **headers},
            json={"type": f"urn:hirelane:problem:{kind}", "title": kind, "status": status},
        )

    return answer
