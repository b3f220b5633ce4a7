"""Drafts: one for a posting, in however many tabs it is open; each account's are its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pymongo.database import Database

from tests.browser.conftest import Open
from tests.browser.steps import (
    Publish,
    apply,
    done,
    go,
    is_logged_in,
    letter,
    link,
    log_in,
    send,
    status_heading,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
APPLY = "**/v1/postings/*/applications"
THOUGHTS = "Dear yard, on second thoughts"

# Types it in the moment before the page hears that another tab sent the draft.
TYPE_LATE = f"""addEventListener("storage", (event) => {{
  if (!event.newValue?.includes("isSent")) return;
  const field = document.querySelector("textarea");
  if (!field) return;
  field.value = "{THOUGHTS}";
  field.dispatchEvent(new InputEvent("input", {{ bubbles: true }}));
}})"""


def kept_draft(page: Page, posting_id: str) -> dict[str, Any] | None:
    """What the browser keeps for a posting."""
    text = page.evaluate(
        """(id) => Object.entries(localStorage)
             .find(([key]) => key.startsWith("hirelane.draft.") && key.endsWith(id))?.[1]""",
        posting_id,
    )
    draft: dict[str, Any] = json.loads(text or "{}")
    return draft if "key" in draft else None


def letters(database: Database[dict[str, Any]], posting_id: str) -> list[str]:
    """Of all that is stored for a posting."""
    stored = database["applications"].find({"posting_id": posting_id})
    return sorted(one["cover_letter"] for one in stored)


def withdraw(page: Page) -> None:
    """From the posting's page, back to its form."""
    page.get_by_role("link", name="See this application").click()
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(done(page, "Withdrawn")).to_be_visible()
    page.get_by_role("link", name="Apply again").click()
    expect(letter(page)).to_be_visible()


def test_what_is_typed_in_one_tab_is_in_the_other(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    """Letter and links, there and back; who reads in the middle stays there."""
    address = f"#/postings/{publish()}"
    opened = visit(ada, at=address)
    page, other = opened.page, opened.tab(address)
    letter(page).fill("Dear yard")
    expect(letter(other)).to_have_value("Dear yard")
    letter(other).focus()
    letter(other).evaluate("(field) => field.setSelectionRange(4, 4)")

    letter(page).fill("Dear yard, hello")
    page.get_by_role("button", name="Add a link").click()
    link(page).fill("https://example.com/cv")
    expect(letter(other)).to_have_value("Dear yard, hello")
    expect(link(other)).to_have_value("https://example.com/cv")
    expect(letter(other)).to_be_focused()
    assert letter(other).evaluate("(field) => field.selectionStart") == 4
    expect(other.get_by_text("16 of 20,000 characters")).to_be_visible()

    link(page).focus()
    letter(other).press_sequentially("est")
    link(other).fill("https://example.com/life")
    expect(letter(page)).to_have_value("Dearest yard, hello")
    expect(link(page)).to_have_value("https://example.com/life")
    expect(link(page)).to_be_focused()
    page.get_by_role("button", name="Remove link 1").click()
    expect(link(other)).to_have_count(0)


def test_what_one_tab_sent_no_other_sends_again(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """The other shows how far it is, and after it was withdrawn it sends another one."""
    posting_id = publish("Ropemaker")
    address = f"#/postings/{posting_id}"
    opened = visit(ada, at=address)
    page, other = opened.page, opened.tab(address)
    letter(page).fill("Dear yard")
    expect(letter(other)).to_have_value("Dear yard")
    letter(other).focus()
    send(page).click()
    expect(done(other, "Confirmed by e-mail")).to_be_visible()
    expect(send(other)).to_have_count(0)
    expect(status_heading(other)).to_be_focused()
    assert kept_draft(other, posting_id) is None
    opened.inspect("posting-sent-elsewhere", other)

    # One that comes to the form while the other tab has it too.
    withdraw(page)
    go(other, "#/")
    go(other, address)
    for tab in (page, other):
        expect(letter(tab)).to_have_value("")
    letter(other).fill("Another one")
    send(other).click()
    expect(done(page, "Confirmed by e-mail")).to_be_visible()
    assert letters(database, posting_id) == ["Another one", "Dear yard"]


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "not kept yet"])
def test_what_is_typed_while_another_tab_sends_stays(
    visit: Open,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    is_kept: bool,
) -> None:
    """The one that was sent counts; the other text is kept, and sent with another key."""
    posting_id = publish("Oarmaker")
    address = f"#/postings/{posting_id}"
    opened = visit(ada, at=address)
    page, other = opened.page, opened.context.new_page()
    if not is_kept:
        other.add_init_script(TYPE_LATE)
    opened.open(address, other)
    held: list[Route] = []
    page.route(APPLY, lambda route: held.append(route))
    letter(page).fill("Dear yard")
    with page.expect_request(APPLY):
        send(page).click()
    expect(letter(other)).to_have_value("Dear yard")
    before = kept_draft(page, posting_id)
    assert before
    if is_kept:
        letter(other).fill(THOUGHTS)
        other.wait_for_timeout(600)
        assert kept_draft(page, posting_id) == before | {"cover_letter": THOUGHTS}
    held[0].continue_()
    expect(status_heading(page)).to_be_visible()
    expect(status_heading(other)).to_be_visible()
    expect(other.get_by_text("What you typed now is kept as a draft")).to_be_visible()
    kept = kept_draft(page, posting_id)
    assert kept
    assert kept["cover_letter"] == THOUGHTS
    assert kept["key"] != before["key"]

    expect(done(page, "Confirmed by e-mail")).to_be_visible()
    page.unroute_all(behavior="wait")
    withdraw(page)
    expect(letter(page)).to_have_value(THOUGHTS)
    send(page).click()
    expect(done(page, "Stored")).to_be_visible()
    assert letters(database, posting_id) == ["Dear yard", THOUGHTS]


def test_trying_again_leaves_what_is_typed_in_another_tab(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    address = f"#/postings/{publish()}"
    opened = visit(ada, at=address)
    page, other = opened.page, opened.tab(address)
    opened.watch.provoke("/applications", "net::ERR_CONNECTION_RESET")
    page.route(APPLY, lambda route: route.abort("connectionreset"))
    letter(page).fill("Dear yard")
    send(page).click()
    expect(page.get_by_text("We keep trying")).to_be_visible()
    expect(letter(other)).to_have_value("Dear yard")
    letter(other).fill(THOUGHTS)
    other.wait_for_timeout(600)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Try now").click()
    opened.settle()
    expect(letter(other)).to_have_value(THOUGHTS)
    # What is being sent stays as it is until that is over.
    expect(letter(page)).to_have_value("Dear yard")
    page.get_by_role("button", name="Stop trying").click()
    expect(letter(page)).to_have_value(THOUGHTS)


@pytest.mark.parametrize("way", ["log out", "log out everywhere"])
def test_who_logs_out_takes_only_their_own_drafts(
    visit: Open, join: Join, publish: Publish, database: Database[dict[str, Any]], way: str
) -> None:
    """Those of somebody whose session ended wait for them, and are shown to nobody else."""
    grace, other = join(), join("Olga Other")
    address = f"#/postings/{publish()}"
    opened = visit(grace, at=f"#/postings/{publish()}")
    page = opened.page

    def kept_of(whose: Candidate) -> list[str]:
        keys: list[str] = page.evaluate("() => Object.keys(localStorage)")
        return sorted(key.split(".")[1] for key in keys if f".{whose.id}." in key)

    apply(page)
    go(page, address)
    letter(page).fill("By Grace")
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()
    of_grace = kept_of(grace)
    assert set(of_grace) == {"draft", "receipt"}

    # Loaded again: nothing is remembered but what the browser keeps.
    database["sessions"].delete_many({"account_id": grace.id})
    opened.watch.provoke("/v1/sessions/refresh", "status of 401")
    opened.open("#/log-in")
    log_in(page, other.email, PASSWORD)
    is_logged_in(page)
    opened.open(address)
    expect(letter(page)).to_have_value("")
    letter(page).fill("By Olga")
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()
    if way == "log out":
        page.get_by_role("button", name="Log out", exact=True).click()
    else:
        go(page, "#/account")
        page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert kept_of(other) == []
    assert kept_of(grace) == of_grace

    go(page, "#/log-in")
    log_in(page, grace.email, PASSWORD)
    is_logged_in(page)
    go(page, address)
    expect(letter(page)).to_have_value("By Grace")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert kept_of(grace) == []
