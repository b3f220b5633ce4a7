"""The connection is cut between the click and the answer: applied once, and the page knows."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect
from pymongo.database import Database

from tests.browser.conftest import Open
from tests.browser.steps import Publish, answering, done, go, letter, send, status_heading, wait_for
from tests.support.deployment import Candidate, Deployment

APPLY = "**/v1/postings/*/applications"
CUTS = 5


class Cuts:
    """Lets a request reach the API, and cuts the connection before its answer: `times` times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.answered: list[tuple[int, Any]] = []

    def __call__(self, route: Route) -> None:
        answer = route.fetch()
        self.answered.append((answer.status, answer.json()))
        if len(self.answered) <= self.times:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)


def test_cut_five_times_in_a_row_it_is_one_application(
    visit: Open,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    posting_id = publish("Shipwright")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    cuts = Cuts(CUTS)
    page.route(APPLY, cuts)
    opened.watch.provoke("/applications", "net::ERR_CONNECTION_RESET")

    letter(page).fill("Once, please")
    send(page).click()
    expect(page.get_by_text("We keep trying. It cannot arrive twice.")).to_be_visible()
    expect(letter(page)).to_have_value("Once, please")
    opened.inspect("posting-connection-lost")
    for number in range(2, CUTS + 2):
        # It goes on by itself; so that it does not take a minute, the waiting is cut short.
        page.get_by_role("button", name="Try now").click()
        wait_for(page, lambda: len(cuts.answered), number)
    expect(status_heading(page)).to_be_visible()
    expect(done(page, "Confirmed by e-mail")).to_be_visible()

    assert len(cuts.answered) == CUTS + 1
    assert {status for status, _ in cuts.answered} == {202}
    [application_id] = {body["id"] for _, body in cuts.answered}
    stored = database["applications"].find({"posting_id": posting_id})
    assert [one["_id"] for one in stored] == [application_id]
    confirmations = deployed.confirmations_to(ada.email)
    assert sum("Shipwright at" in mail["Subject"] for mail in confirmations) == 1


def test_five_applications_each_cut_once_go_on_by_themselves(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """One after the other, and nobody does anything but apply."""
    opened = visit(ada)
    page = opened.page
    opened.watch.provoke("/applications", "net::ERR_CONNECTION_RESET")
    for number in range(1, CUTS + 1):
        posting_id = publish(f"Shipwright {number}")
        go(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Shipwright {number}")
        cuts = Cuts(1)
        page.route(APPLY, cuts)
        letter(page).fill("Once, please")
        send(page).click()
        expect(done(page, "Stored")).to_be_visible()
        page.unroute_all(behavior="wait")
        assert len(cuts.answered) == 2
        assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_the_page_is_loaded_again_instead_of_waiting(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """The answer never came, and the browser was closed: what was sent is found all the same."""
    posting_id = publish("Joiner")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    cuts = Cuts(1)
    page.route(APPLY, cuts)
    opened.watch.provoke("/applications", "net::ERR_CONNECTION_RESET")
    letter(page).fill("Once, please")
    send(page).click()
    expect(page.get_by_text("We keep trying")).to_be_visible()
    page.close()
    other = opened.tab(f"#/postings/{posting_id}")
    expect(done(other, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_offline_it_waits_until_the_network_is_back(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Smith")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    letter(page).fill("From the boat")
    opened.watch.provoke("", "net::ERR_INTERNET_DISCONNECTED")
    opened.context.set_offline(True)
    expect(page.get_by_text("You are offline. What you type is kept")).to_be_visible()
    send(page).click()
    expect(page.get_by_text("We send it when you are back online")).to_be_visible()
    opened.inspect("posting-offline")
    opened.context.set_offline(False)
    expect(done(page, "Stored")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_withdrawing_outlives_a_cut_too(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Turner")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    letter(page).fill("Hello")
    send(page).click()
    expect(done(page, "Confirmed by e-mail")).to_be_visible()
    page.get_by_role("link", name="See this application").click()
    cuts = Cuts(1)
    page.route("**/v1/applications/*/withdrawal", cuts)
    opened.watch.provoke("/withdrawal", "net::ERR_CONNECTION_RESET")
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(done(page, "Withdrawn")).to_be_visible()
    assert len(cuts.answered) == 2
    [stored] = database["applications"].find({"posting_id": posting_id})
    assert stored["active"] is False


def test_the_api_is_down_and_then_too_busy(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """A 503 is waited out; a 429 is the candidate's to repeat, when it says so."""
    posting_id = publish("Painter")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    page.route(APPLY, answering(503, **{"Retry-After": "1"}), times=1)
    opened.watch.provoke("/applications", "status of 503")
    letter(page).fill("Whenever you can")
    send(page).click()
    expect(
        page.get_by_text("Our service is temporarily unavailable. We keep trying")
    ).to_be_visible()
    page.unroute_all(behavior="wait")
    page.route(APPLY, answering(429, "too-many-requests", **{"Retry-After": "7"}), times=1)
    opened.watch.provoke("/applications", "status of 429")
    expect(page.get_by_text("Try again in 7 seconds")).to_be_visible()
    opened.inspect("posting-too-often")
    expect(letter(page)).to_have_value("Whenever you can")
    send(page).click()
    expect(done(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


@pytest.mark.parametrize("is_sent_again", [False, True], ids=["withdrawn", "and sent again"])
def test_what_was_withdrawn_elsewhere_before_its_answer_came_stays_a_draft(
    visit: Open, ada: Candidate, publish: Publish, deployed: Deployment, is_sent_again: bool
) -> None:
    """The key is answered as at first: accepted. But that one stands no longer."""
    posting_id = publish("Shipwright")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    cuts = Cuts(1)
    page.route(APPLY, cuts)
    opened.watch.provoke("/applications", "net::ERR_CONNECTION_RESET")
    letter(page).fill("Words that took an hour")
    send(page).click()
    expect(page.get_by_text("We keep trying. It cannot arrive twice.")).to_be_visible()
    [(_, body)] = cuts.answered
    withdrawal = deployed.call("POST", f"/v1/applications/{body['id']}/withdrawal", token=ada.token)
    assert withdrawal.status == 202
    if is_sent_again:
        assert deployed.apply(ada, posting_id).status == 202
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("You withdrew your application")).to_be_visible()
    expect(page.get_by_text("Accepted: ")).to_have_count(0)
    expect(letter(page)).to_have_value("Words that took an hour")
    send(page).click()
    kept = page.get_by_text("What you typed now is kept as a draft")
    expect(kept).to_have_count(int(is_sent_again))
    expect(done(page, "Confirmed by e-mail")).to_be_visible()
