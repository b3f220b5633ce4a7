"""How soon a page shows that an application is stored."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.conftest import Open
from tests.browser.steps import Publish, apply, done, go, letter
from tests.deployment import Candidate

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
