"""Drafts are shared by all tabs and belong to one account."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    apply,
    cover_letter_field,
    expect_logged_in,
    expect_saved_draft,
    link_field,
    log_in,
    navigate,
    past_step,
    send,
    send_button,
    status_heading,
    wait_for_count,
    wait_on,
)
from tests.support.deployment import PASSWORD, Candidate

Join = Callable[..., Candidate]
APPLY = "**/v1/postings/*/applications"
THOUGHTS = "Dear yard, on second thoughts"

# Types just before the page learns that another tab has sent the draft.
TYPE_LATE = f"""addEventListener("storage", (event) => {{
  if (!event.newValue?.includes("isSent")) return;
  const field = document.querySelector("textarea");
  if (!field) return;
  field.value = "{THOUGHTS}";
  field.dispatchEvent(new InputEvent("input", {{ bubbles: true }}));
}})"""


def saved_draft(page: Page, posting_id: str) -> dict[str, Any] | None:
    """Return the saved draft for a posting, if it was not sent."""
    text = page.evaluate(
        """(id) => Object.entries(localStorage)
             .find(([key]) => key.startsWith("hirelane.draft.") && key.endsWith(id))?.[1]""",
        posting_id,
    )
    draft: dict[str, Any] = json.loads(text or "{}")
    return draft if "key" in draft else None


def wait_for_saved_text(page: Page, posting_id: str, text: str) -> dict[str, Any]:
    """Wait until a tab finds this cover letter of a posting saved. Return the draft."""
    draft = wait_on(
        page,
        lambda: saved_draft(page, posting_id),
        lambda draft: draft is not None and draft["cover_letter"] == text,
    )
    assert draft
    return draft


def cover_letters(database: Database[dict[str, Any]], posting_id: str) -> list[str]:
    """Return the cover letters of all stored applications for a posting."""
    stored = database["applications"].find({"posting_id": posting_id})
    return sorted(one["cover_letter"] for one in stored)


def withdraw(page: Page) -> None:
    """Withdraw the application of the shown posting, and return to the form."""
    page.bring_to_front()
    page.get_by_role("link", name="See this application").click()
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(past_step(page, "Withdrawn")).to_be_visible()
    page.get_by_role("link", name="Apply again").click()
    expect(cover_letter_field(page)).to_be_visible()


def test_typed_text_appears_in_the_other_tab(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    """Letter and links, in both directions; focus and caret stay."""
    address = f"#/postings/{publish()}"
    browser = open_browser(ada, at=address)
    page, other = browser.page, browser.open_tab(address)
    cover_letter_field(page).fill("Dear yard")
    expect(cover_letter_field(other)).to_have_value("Dear yard")
    cover_letter_field(other).focus()
    cover_letter_field(other).evaluate("(field) => field.setSelectionRange(4, 4)")

    page.bring_to_front()
    cover_letter_field(page).fill("Dear yard, hello")
    page.get_by_role("button", name="Add a link").click()
    link_field(page).fill("https://example.com/cv")
    expect(cover_letter_field(other)).to_have_value("Dear yard, hello")
    expect(link_field(other)).to_have_value("https://example.com/cv")
    expect(cover_letter_field(other)).to_be_focused()
    assert cover_letter_field(other).evaluate("(field) => field.selectionStart") == 4
    expect(other.get_by_text("16 of 20,000 characters")).to_be_visible()

    link_field(page).focus()
    cover_letter_field(other).press_sequentially("est")
    link_field(other).fill("https://example.com/life")
    expect(cover_letter_field(page)).to_have_value("Dearest yard, hello")
    expect(link_field(page)).to_have_value("https://example.com/life")
    expect(link_field(page)).to_be_focused()
    page.get_by_role("button", name="Remove link 1").click()
    expect(link_field(other)).to_have_count(0)


def test_draft_sent_in_one_tab_is_not_sent_by_another(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Ropemaker")
    address = f"#/postings/{posting_id}"
    browser = open_browser(ada, at=address)
    page, other = browser.page, browser.open_tab(address)
    cover_letter_field(page).fill("Dear yard")
    expect(cover_letter_field(other)).to_have_value("Dear yard")
    cover_letter_field(other).focus()
    page.bring_to_front()
    send(page)
    expect(past_step(other, "Confirmed by e-mail")).to_be_visible()
    expect(send_button(other)).to_have_count(0)
    expect(status_heading(other)).to_be_focused()
    wait_on(other, lambda: saved_draft(other, posting_id), lambda draft: draft is None)
    browser.inspect("posting-sent-elsewhere", other)

    withdraw(page)
    navigate(other, "#/")
    navigate(other, address)
    for tab in (page, other):
        expect(cover_letter_field(tab)).to_have_value("")
    other.bring_to_front()
    cover_letter_field(other).fill("Another one")
    send(other)
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    assert cover_letters(database, posting_id) == ["Another one", "Dear yard"]


@pytest.mark.nightly
@pytest.mark.parametrize("is_saved", [True, False], ids=["saved", "not saved yet"])
def test_text_typed_while_another_tab_sends_is_saved(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
    is_saved: bool,
) -> None:
    """It is sent later, with another idempotency key."""
    posting_id = publish("Oarmaker")
    address = f"#/postings/{posting_id}"
    browser = open_browser(ada, at=address)
    page, other = browser.page, browser.context.new_page()
    if not is_saved:
        other.add_init_script(TYPE_LATE)
    browser.open(address, other)
    held: list[Route] = []
    page.route(APPLY, lambda route: held.append(route))
    page.bring_to_front()
    cover_letter_field(page).fill("Dear yard")
    send(page)
    wait_for_count(page, lambda: len(held), 1)
    expect(cover_letter_field(other)).to_have_value("Dear yard")
    before = wait_for_saved_text(page, posting_id, "Dear yard")
    if is_saved:
        cover_letter_field(other).fill(THOUGHTS)
        # The sending tab reads the draft when it is answered.
        typed = wait_for_saved_text(page, posting_id, THOUGHTS)
        assert typed == before | {"cover_letter": THOUGHTS}
    held[0].continue_()
    expect(status_heading(page)).to_be_visible()
    expect(status_heading(other)).to_be_visible()
    expect(other.get_by_text("What you typed now is kept as a draft")).to_be_visible()
    kept = wait_for_saved_text(page, posting_id, THOUGHTS)
    assert kept["key"] != before["key"]

    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    page.unroute_all(behavior="wait")
    withdraw(page)
    expect(cover_letter_field(page)).to_have_value(THOUGHTS)
    send(page)
    expect(past_step(page, "Stored")).to_be_visible()
    assert cover_letters(database, posting_id) == ["Dear yard", THOUGHTS]


@pytest.mark.nightly
def test_retry_keeps_text_typed_in_another_tab(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    posting_id = publish()
    address = f"#/postings/{posting_id}"
    browser = open_browser(ada, at=address)
    page, other = browser.page, browser.open_tab(address)
    browser.monitor.expect_failure("/applications", "net::ERR_CONNECTION_RESET")
    page.route(APPLY, lambda route: route.abort("connectionreset"))
    page.bring_to_front()
    cover_letter_field(page).fill("Dear yard")
    send(page)
    expect(page.get_by_text("We keep trying")).to_be_visible()
    expect(cover_letter_field(other)).to_have_value("Dear yard")
    cover_letter_field(other).fill(THOUGHTS)
    wait_for_saved_text(page, posting_id, THOUGHTS)
    expect(page.get_by_text("Next attempt in")).to_be_visible()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Try now").click()
    # The attempt has failed, and the tab has saved the draft.
    expect(page.get_by_text("Next attempt in")).to_be_visible()
    wait_for_saved_text(page, posting_id, THOUGHTS)
    expect(cover_letter_field(other)).to_have_value(THOUGHTS)
    # The text in the sending tab changes only after the attempt.
    expect(cover_letter_field(page)).to_have_value("Dear yard")
    page.get_by_role("button", name="Stop trying").click()
    expect(cover_letter_field(page)).to_have_value(THOUGHTS)


@pytest.mark.parametrize(
    "way", ["log out", pytest.param("log out everywhere", marks=pytest.mark.nightly)]
)
def test_log_out_deletes_only_own_drafts(
    open_browser: OpenBrowser,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
    way: str,
) -> None:
    """Drafts of an account whose session has expired are kept and hidden."""
    grace, other = join(), join("Olga Other")
    address = f"#/postings/{publish()}"
    browser = open_browser(grace, at=f"#/postings/{publish()}")
    page = browser.page

    def stored_kinds(whose: Candidate) -> list[str]:
        keys: list[str] = page.evaluate("() => Object.keys(localStorage)")
        return sorted(key.split(".")[1] for key in keys if f".{whose.id}." in key)

    apply(page)
    navigate(page, address)
    cover_letter_field(page).fill("By Grace")
    expect_saved_draft(page)
    of_grace = stored_kinds(grace)
    assert set(of_grace) == {"draft", "receipt"}

    database["sessions"].delete_many({"account_id": grace.id})
    browser.monitor.expect_failure("/v1/sessions/refresh", "status of 401")
    browser.open("#/log-in")
    log_in(page, other.email, PASSWORD)
    expect_logged_in(page)
    browser.open(address)
    expect(cover_letter_field(page)).to_have_value("")
    cover_letter_field(page).fill("By Olga")
    expect_saved_draft(page)
    if way == "log out":
        page.get_by_role("button", name="Log out", exact=True).click()
    else:
        navigate(page, "#/account")
        page.get_by_role("button", name="Log out everywhere").click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert stored_kinds(other) == []
    assert stored_kinds(grace) == of_grace

    navigate(page, "#/log-in")
    log_in(page, grace.email, PASSWORD)
    expect_logged_in(page)
    navigate(page, address)
    expect(cover_letter_field(page)).to_have_value("By Grace")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    assert stored_kinds(grace) == []


@pytest.mark.nightly
def test_half_an_emoji_does_not_prevent_sending(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish("Netmaker")
    page = open_browser(ada, at=f"#/postings/{posting_id}").page
    cover_letter_field(page).evaluate(
        """(field) => {
          field.value = "Dear yard \\ud83d";
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }"""
    )
    expect_saved_draft(page)
    wait_for_saved_text(page, posting_id, "Dear yard \ufffd")
    send(page)
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    assert cover_letters(database, posting_id) == ["Dear yard \ufffd"]
