"""The connection is lost between the click and the answer: one application, and the page knows."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    cover_letter_field,
    navigate,
    past_step,
    pause_clock,
    problem_response,
    send,
    status_heading,
    wait_for_count,
)
from tests.support.deployment import Candidate, Deployment

APPLY = "**/v1/postings/*/applications"
ATTEMPTS = 5


class LostAnswers:
    """Lets requests reach the API, but drops the first ``times`` answers."""

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


def test_five_lost_answers_are_one_application(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    posting_id = publish("Shipwright")
    browser = open_browser(ada, at=None)
    page = browser.page
    page.clock.install()
    browser.open(f"#/postings/{posting_id}")
    lost = LostAnswers(100)
    page.route(APPLY, lost)
    browser.monitor.expect_failure("/applications", "net::ERR_CONNECTION_RESET")

    cover_letter_field(page).fill("Once, please")
    send(page)
    expect(page.get_by_text("We keep trying. It cannot arrive twice.")).to_be_visible()
    expect(cover_letter_field(page)).to_have_value("Once, please")
    browser.inspect("posting-connection-lost")
    # The client also retries without a click, which may have happened, and is not wanted now.
    pause_clock(page)
    for number in range(ATTEMPTS):
        expect(page.get_by_text("Next attempt in")).to_be_visible()
        before = len(lost.answered)
        lost.times = 0 if number == ATTEMPTS - 1 else lost.times
        page.get_by_role("button", name="Try now").click()
        wait_for_count(page, lambda: len(lost.answered), before + 1)
    expect(status_heading(page)).to_be_visible()
    page.clock.resume()
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()

    assert len(lost.answered) > ATTEMPTS
    assert {status for status, _ in lost.answered} == {202}
    [application_id] = {body["id"] for _, body in lost.answered}
    stored = database["applications"].find({"posting_id": posting_id})
    assert [one["_id"] for one in stored] == [application_id]
    confirmations = deployed.confirmations_to(ada.email)
    assert sum("Shipwright at" in mail["Subject"] for mail in confirmations) == 1


def test_client_retries_without_a_click(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    browser = open_browser(ada)
    page = browser.page
    browser.monitor.expect_failure("/applications", "net::ERR_CONNECTION_RESET")
    for number in (1, 2):
        posting_id = publish(f"Shipwright {number}")
        navigate(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Shipwright {number}")
        lost = LostAnswers(1)
        page.route(APPLY, lost)
        cover_letter_field(page).fill("Once, please")
        send(page)
        expect(past_step(page, "Stored")).to_be_visible()
        page.unroute_all(behavior="wait")
        assert len(lost.answered) == 2
        assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_application_is_found_after_a_reload(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """The page was closed before an answer arrived."""
    posting_id = publish("Joiner")
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    lost = LostAnswers(1)
    page.route(APPLY, lost)
    browser.monitor.expect_failure("/applications", "net::ERR_CONNECTION_RESET")
    cover_letter_field(page).fill("Once, please")
    send(page)
    expect(page.get_by_text("We keep trying")).to_be_visible()
    page.close()
    other = browser.open_tab(f"#/postings/{posting_id}")
    expect(past_step(other, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


def test_offline_application_is_sent_when_online(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Smith")
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    cover_letter_field(page).fill("From the boat")
    browser.monitor.expect_failure("", "net::ERR_INTERNET_DISCONNECTED")
    browser.context.set_offline(True)
    expect(page.get_by_text("You are offline. What you type is kept")).to_be_visible()
    send(page)
    expect(page.get_by_text("We send it when you are back online")).to_be_visible()
    browser.inspect("posting-offline")
    browser.context.set_offline(False)
    expect(past_step(page, "Stored")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


@pytest.mark.nightly
def test_withdrawal_is_repeated_after_a_lost_answer(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Turner")
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    cover_letter_field(page).fill("Hello")
    send(page)
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    page.get_by_role("link", name="See this application").click()
    lost = LostAnswers(1)
    page.route("**/v1/applications/*/withdrawal", lost)
    browser.monitor.expect_failure("/withdrawal", "net::ERR_CONNECTION_RESET")
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(past_step(page, "Withdrawn")).to_be_visible()
    # The status may show the withdrawal before the retry is answered.
    wait_for_count(page, lambda: len(lost.answered), 2)
    [stored] = database["applications"].find({"posting_id": posting_id})
    assert stored["active"] is False


def test_503_is_retried_and_429_left_to_the_candidate(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Painter")
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    # The retry is held until the test has seen the state before it.
    held: list[Route] = []
    page.route(APPLY, lambda route: held.append(route))
    page.route(APPLY, problem_response(503, **{"Retry-After": "1"}), times=1)
    page.route(APPLY, problem_response(503, "intake-paused", **{"Retry-After": "60"}), times=1)
    browser.monitor.expect_failure("/applications", "status of 503")
    cover_letter_field(page).fill("Whenever you can")
    send(page)
    expect(page.get_by_text("We take no new applications for a short time")).to_be_visible()
    browser.inspect("posting-intake-paused")
    page.get_by_role("button", name="Try now").click()
    expect(
        page.get_by_text("Our service is temporarily unavailable. We keep trying")
    ).to_be_visible()
    wait_for_count(page, lambda: len(held), 1)
    browser.monitor.expect_failure("/applications", "status of 429")
    problem_response(429, "too-many-requests", **{"Retry-After": "7"})(held.pop())
    expect(page.get_by_text("Try again in 7 seconds")).to_be_visible()
    browser.inspect("posting-too-often")
    expect(cover_letter_field(page)).to_have_value("Whenever you can")
    page.unroute_all(behavior="wait")
    send(page)
    expect(past_step(page, "Stored")).to_be_visible()
    assert database["applications"].count_documents({"posting_id": posting_id}) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("is_sent_again", [False, True], ids=["withdrawn", "sent again"])
def test_draft_is_kept_if_withdrawn_before_the_answer(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    is_sent_again: bool,
) -> None:
    """The retry is answered as the first attempt, although it was withdrawn elsewhere."""
    posting_id = publish("Shipwright")
    browser = open_browser(ada, at=f"#/postings/{posting_id}")
    page = browser.page
    lost = LostAnswers(1)
    held: list[Route] = []
    # The retry is held until the application is withdrawn.
    page.route(APPLY, lambda route: held.append(route) if lost.answered else lost(route))
    browser.monitor.expect_failure("/applications", "net::ERR_CONNECTION_RESET")
    cover_letter_field(page).fill("Words that took an hour")
    send(page)
    expect(page.get_by_text("We keep trying. It cannot arrive twice.")).to_be_visible()
    [(_, body)] = lost.answered
    withdrawal = deployed.call("POST", f"/v1/applications/{body['id']}/withdrawal", token=ada.token)
    assert withdrawal.status == 202
    if is_sent_again:
        assert deployed.apply(ada, posting_id).status == 202
    wait_for_count(page, lambda: len(held), 1)
    lost(held.pop())
    page.unroute_all(behavior="wait")
    expect(page.get_by_text("You withdrew your application")).to_be_visible()
    expect(page.get_by_text("Accepted: ")).to_have_count(0)
    expect(cover_letter_field(page)).to_have_value("Words that took an hour")
    send(page)
    kept = page.get_by_text("What you typed now is kept as a draft")
    expect(kept).to_have_count(int(is_sent_again))
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
