"""How soon a page shows that an application is stored, and what it costs when nothing happens."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import Open
from tests.browser.steps import Publish, apply, done, go, letter
from tests.support.deployment import Candidate, Deployment

APPLICATIONS = 20
MOST_SECONDS = 1.0

# When "Stored" is there, by the clock that the functions have too.
OBSERVE = """() => {
  window.shownAt = null;
  const look = () => {
    const steps = [...document.querySelectorAll(".timeline li.done strong")];
    if (steps.some((step) => step.textContent === "Stored")) window.shownAt ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


def test_stored_is_shown_within_a_second(
    visit: Open,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    record_property: Callable[[str, object], None],
) -> None:
    opened = visit(ada, at=f"#/postings/{publish()}")
    page = opened.page
    apply(page)  # warm
    expect(done(page, "Stored")).to_be_visible()
    seconds = []
    for number in range(APPLICATIONS):
        posting_id = publish(f"Boat builder {number}")
        go(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Boat builder {number}")
        expect(letter(page)).to_be_visible()
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
    assert median < MOST_SECONDS


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=2)], ids=["at last", "at first"])
@pytest.mark.parametrize("address", ["#/applications/{}", "#/applications"], ids=["one", "all"])
def test_what_does_not_change_for_hours_is_asked_for_seldom(
    visit: Open,
    join: Callable[..., Candidate],
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
    address: str,
    age: timedelta,
) -> None:
    """It is stored, and its confirmation was given up; a change is seen when somebody looks."""
    grace = join()
    token = {"Authorization": f"Bearer {grace.token}"}
    at = datetime.now(UTC) - age
    application_id = new_id()
    database["applications"].insert_one(
        {
            "_id": application_id,
            "candidate_id": grace.id,
            "posting_id": publish("Bell founder"),
            "cover_letter": "",
            "links": [],
            "active": True,
            "accepted_at": at,
            "stored_at": at,
        }
    )
    opened = visit(grace, at=None)
    page = opened.page
    page.clock.install()
    opened.open(address.format(application_id))

    def asked() -> int:
        return opened.watch.api_calls("GET", "/v1/applications")

    def pass_by(minutes: int) -> int:
        """How often it was asked meanwhile: once in ten seconds at most, as time is passed here."""
        before = asked()
        for _ in range(minutes * 6):
            page.clock.run_for(10_000)
            page.wait_for_timeout(70)
        return asked() - before

    expect(page.get_by_text("onfirmation").first).to_be_visible()
    assert pass_by(1) > 2
    if not age:
        page.clock.fast_forward("02:00:00")
    assert pass_by(15) < 25
    assert pass_by(10) < 4

    withdrawal = f"/v1/applications/{application_id}/withdrawal"
    assert deployed.call("POST", withdrawal, **token).status == 202
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(
        page.get_by_text("Being withdrawn").or_(page.get_by_text("Withdrawn")).first
    ).to_be_visible()
