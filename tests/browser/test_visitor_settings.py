"""Browsers with unusual settings: languages that are no locales, denied features, wrong clocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    apply,
    cover_letter_field,
    expect_logged_in,
    expect_logged_out,
    insert_application,
    log_in,
    log_out,
    navigate,
    past_step,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]

# What Chromium reports with `--accept-lang=C,en-US@posix`.
POSIX_LANGUAGES = 'Object.defineProperty(navigator, "languages", { value: ["C", "en-US@posix"] })'
MISSING = """
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "BroadcastChannel"])
    Object.defineProperty(window, name, { value: undefined });
  for (const name of ["locks", "clipboard", "serviceWorker", "storage", "onLine"])
    Object.defineProperty(navigator, name, { value: undefined });
  Object.defineProperty(crypto, "randomUUID", { value: undefined });
"""
DENIED = """
  const deny = () => { throw new DOMException("denied", "SecurityError"); };
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
    Object.defineProperty(window, name, { get: deny });
  for (const name of ["clipboard", "serviceWorker", "storage"])
    Object.defineProperty(navigator, name, { get: deny });
  window.BroadcastChannel = class { constructor() { deny(); } };
  navigator.locks.request = async () => deny();
  history.pushState = history.replaceState = crypto.randomUUID = deny;
"""
# The second one can be created, but refuses to send.
NO_CHANNELS = [
    'Object.defineProperty(window, "BroadcastChannel", { value: undefined })',
    "BroadcastChannel.prototype.postMessage = () => { throw new DOMException(); }",
]


@pytest.mark.nightly
def test_languages_that_are_no_locales_are_ignored(
    open_browser: OpenBrowser, publish: Publish
) -> None:
    publish("Sail maker")
    browser = open_browser(at=None)
    browser.page.add_init_script(POSIX_LANGUAGES)
    browser.open()
    expect(browser.page.get_by_role("link", name="Sail maker").first).to_be_visible()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(MISSING, id="missing"),
        pytest.param(DENIED, id="denied", marks=pytest.mark.nightly),
    ],
)
def test_client_works_without_features_that_browsers_deny(
    open_browser: OpenBrowser, join: Join, publish: Publish, script: str
) -> None:
    grace = join()
    browser = open_browser(at=None)
    page = browser.page
    page.add_init_script(script)
    browser.open(f"#/postings/{publish()}")
    page.get_by_role("link", name="Log in to apply").click()
    log_in(page, grace.email, PASSWORD)
    cover_letter_field(page).fill("typed")
    expect(page.get_by_text("This browser cannot save drafts")).to_be_visible()
    apply(page)
    expect(past_step(page, "Stored")).to_be_visible()
    page.get_by_role("link", name="See this application").click()
    page.locator("summary").get_by_text("Receipt").click()
    page.get_by_role("button", name="Copy the receipt").click()
    expect(page.get_by_text("Your browser does not allow copying")).to_be_visible()
    page.get_by_role("link", name="Postings", exact=True).click()
    page.get_by_label("Search postings").fill("no such posting")
    expect(page.get_by_text("No posting matches")).to_be_visible()
    log_out(page)


@pytest.mark.nightly
@pytest.mark.parametrize("script", NO_CHANNELS, ids=["missing", "denied"])
def test_tabs_share_the_session_without_channels(
    open_browser: OpenBrowser, ada: Candidate, script: str
) -> None:
    browser = open_browser(at=None)
    browser.context.add_init_script(script)
    page = browser.open("#/log-in")
    other = browser.open_tab()
    log_in(page, ada.email, PASSWORD)
    expect_logged_in(other)
    log_out(page)
    expect_logged_out(other)


@pytest.mark.parametrize("hours", [-7, pytest.param(7, marks=pytest.mark.nightly)])
def test_times_are_compared_with_the_servers_clock(
    open_browser: OpenBrowser,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
    hours: int,
) -> None:
    grace, now = join(), datetime.now(UTC)
    in_an_hour = publish("Caulker", closes_at=now + timedelta(hours=1))
    an_hour_ago = publish("Caulker", closes_at=now - timedelta(hours=1))
    unconfirmed = insert_application(database, grace, publish("Caulker"), now)
    browser = open_browser(grace, at=None)
    page = browser.page
    page.clock.install(time=now + timedelta(hours=hours))
    browser.open(f"#/postings/{in_an_hour}")
    expect(cover_letter_field(page)).to_be_visible()
    navigate(page, f"#/postings/{an_hour_ago}")
    expect(page.get_by_role("heading", name="This posting is closed")).to_be_visible()
    navigate(page, f"#/applications/{unconfirmed}")
    expect(page.get_by_text("We are sending the confirmation.")).to_be_visible()
    navigate(page, "#/applications")
    expect(page.get_by_role("heading", name="My applications", level=1)).to_be_visible()
    expect(page.get_by_text("We are sending the confirmation.")).to_be_visible()


@pytest.mark.nightly
def test_deadline_at_midnight_shows_the_day_before(
    open_browser: OpenBrowser, publish: Publish
) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last_day = midnight + timedelta(days=2)
    posting_id = publish(closes_at=last_day + timedelta(days=1))
    browser = open_browser(at=f"#/postings/{posting_id}", timezone_id="UTC")
    shown = re.compile(rf"^{last_day.day} \w+ {last_day.year}, 23:59$")
    expect(browser.page.get_by_role("definition").filter(has_text=shown)).to_be_visible()
