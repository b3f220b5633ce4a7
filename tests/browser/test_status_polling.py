"""Status polling: how soon a change is shown, and how many requests an idle page sends."""

from __future__ import annotations

import statistics
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
    insert_application,
    navigate,
    past_step,
    pause_clock,
    wait_for_count,
    wait_on,
)
from tests.support.deployment import Candidate, Deployment
from tests.support.timing import stretch

APPLICATIONS = 7
MOST_SECONDS = 1.0

# Records when "Stored" is shown, by the same clock as that of the functions.
OBSERVE = """() => {
  window.shownAt = null;
  const look = () => {
    const steps = [...document.querySelectorAll(".timeline li.done strong")];
    if (steps.some((step) => step.textContent === "Stored")) window.shownAt ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


@pytest.mark.timed
def test_stored_is_shown_within_a_second(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    record_property: Callable[[str, object], None],
) -> None:
    browser = open_browser(ada, at=f"#/postings/{publish()}")
    page = browser.page
    apply(page)  # The first one starts the functions.
    expect(past_step(page, "Stored")).to_be_visible()
    seconds = []
    for number in range(APPLICATIONS):
        posting_id = publish(f"Boat builder {number}")
        navigate(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Boat builder {number}")
        expect(cover_letter_field(page)).to_be_visible()
        page.evaluate(OBSERVE)
        apply(page)
        shown_at = page.wait_for_function("() => window.shownAt").json_value()
        stored = database["applications"].find_one({"posting_id": posting_id})
        assert stored is not None
        seconds.append(shown_at / 1000 - stored["stored_at"].timestamp())
    median = statistics.median(seconds)
    print("seconds from the store to the page:", " ".join(f"{one:.2f}" for one in seconds))
    print(f"median {median:.2f} s")
    record_property("median seconds from the store to the page", median)
    assert median < stretch(MOST_SECONDS)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("#/applications/{}", id="one"),
        pytest.param("#/applications", id="all", marks=pytest.mark.nightly),
    ],
)
def test_change_shows_when_the_page_becomes_visible(
    open_browser: OpenBrowser,
    join: Callable[..., Candidate],
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
    address: str,
) -> None:
    """The timers of the page stand still, so that no other request finds the change."""
    grace = join()
    at = datetime.now(UTC) - timedelta(days=2)
    application_id = insert_application(database, grace, publish("Bell founder"), at)
    browser = open_browser(grace, at=None)
    page = browser.page
    page.clock.install()
    browser.open(address.format(application_id))
    expect(page.get_by_text("onfirmation").first).to_be_visible()
    # By then the page waits longer than the shortest time between two requests.
    wait_for_count(page, lambda: browser.monitor.count_answers("GET", "/v1/applications"), 4)
    pause_clock(page)
    # A request that a timer sent before could find the change.
    wait_on(page, lambda: browser.monitor.pending, lambda pending: pending == 0)

    withdrawal = f"/v1/applications/{application_id}/withdrawal"
    assert deployed.call("POST", withdrawal, token=grace.token).status == 202
    withdrawn = page.get_by_text("Being withdrawn").or_(page.get_by_text("Withdrawn"))

    def count_withdrawn() -> int:
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        return withdrawn.count()

    wait_for_count(page, count_withdrawn, 1)
