"""From a posting to an application that is stored, confirmed, withdrawn, and sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import Open
from tests.browser.steps import (
    MARK,
    Publish,
    answering,
    apply,
    done,
    letter,
    link,
    log_in,
    send,
    status_heading,
)
from tests.support.deployment import PASSWORD, Candidate, Deployment

Join = Callable[..., Candidate]

DESCRIPTION = """Build boats that come back.

What you will do

- plank, caulk, and launch
- say no to a boat that is not ready

We offer a dry shed."""


def test_a_posting_has_an_address_of_its_own(visit: Open, size: str, publish: Publish) -> None:
    posting_id = publish("Caulker", description=DESCRIPTION)
    opened = visit(size=size, at=f"#/postings/{posting_id}")
    page = opened.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Caulker")
    expect(page).to_have_title("Caulker at Yard & Sons · Hirelane")
    assert page.locator("main").get_by_role("listitem").all_inner_texts()[:2] == [
        "plank, caulk, and launch",
        "say no to a boat that is not ready",
    ]
    expect(page.get_by_role("link", name="Log in to apply")).to_be_visible()
    opened.inspect("posting-visitor")


def test_from_the_posting_to_the_confirmation_and_back(
    visit: Open,
    size: str,
    join: Join,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    """Applied, followed without loading anything again, withdrawn, applied again."""
    ada = join()
    posting_id = publish("Rigger", description=DESCRIPTION)
    opened = visit(ada, size=size, at=f"#/postings/{posting_id}")
    page = opened.page
    expect(letter(page)).to_be_visible()
    opened.inspect("posting-form")
    page.evaluate(MARK)

    # A link that is none is named beside its field, and nothing is sent.
    letter(page).fill("Dear yard,\n\nI have rigged since I could climb.")
    page.get_by_role("button", name="Add a link").click()
    link(page).fill("ftp://example.com/cv")
    send(page).click()
    expect(link(page)).to_have_attribute("aria-invalid", "true")
    expect(link(page)).to_be_focused()
    opened.inspect("posting-form-errors")
    link(page).fill("https://example.com/cv")
    send(page).click()

    expect(status_heading(page)).to_be_visible()
    for event in ("Accepted", "Stored", "Confirmed by e-mail"):
        expect(done(page, event)).to_be_visible()
    opened.inspect("posting-applied")
    [stored] = database["applications"].find({"candidate_id": ada.id})
    assert stored["cover_letter"].endswith("since I could climb.")
    assert stored["links"] == ["https://example.com/cv"]
    assert len(deployed.confirmations_to(ada.email)) == 1

    page.get_by_role("link", name="My applications").click()
    expect(page.get_by_role("heading", name="My applications")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="Rigger")
    expect(row).to_contain_text("Confirmed by e-mail")
    opened.inspect("applications")
    page.get_by_role("link", name="Rigger").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rigger")
    page.get_by_text("Receipt", exact=True).click()
    page.get_by_role("button", name="Check the receipt").click()
    expect(page.get_by_text("This receipt is genuine")).to_be_visible()
    opened.inspect("application")

    page.get_by_role("button", name="Withdraw application").click()
    expect(page.get_by_role("dialog", name="Withdraw this application?")).to_be_visible()
    opened.inspect("withdraw-dialog")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(done(page, "Withdrawn")).to_be_visible()
    opened.inspect("application-withdrawn")

    page.get_by_role("link", name="Apply again").click()
    expect(page.get_by_text("You withdrew your application")).to_be_visible()
    opened.inspect("posting-again")
    apply(page, "I thought about it.")
    expect(done(page, "Confirmed by e-mail")).to_be_visible()
    page.get_by_role("link", name="My applications").click()
    expect(page.locator("main").get_by_role("listitem")).to_have_count(2)
    assert page.evaluate("window.notReloaded"), "the page was loaded again"
    stored_twice = list(database["applications"].find({"candidate_id": ada.id}).sort("_id", 1))
    assert [one["active"] for one in stored_twice] == [False, True]


def test_who_applied_sees_it_on_the_front_page(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    posting_id = publish("Sailmaker")
    opened = visit(ada, at=f"#/postings/{posting_id}")
    apply(opened.page)
    opened.page.get_by_role("link", name="All postings").click()
    card = opened.page.get_by_role("listitem").filter(has_text="Sailmaker")
    expect(card.get_by_text("You applied")).to_be_visible()


def test_what_was_applied_for_is_marked_for_who_did(
    visit: Open, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    """Not for who logs in next, in this tab or another, and not for a visitor."""
    grace, other = join(), join("Olga Other")
    posting_id = publish("Netmaker")
    opened = visit(grace, at=f"#/postings/{posting_id}")
    page, tab = opened.page, opened.context.new_page()
    apply(page)
    page.get_by_role("link", name="All postings").click()
    card = page.locator(f"[data-posting='{posting_id}']")
    mark = card.get_by_text("You applied")
    expect(mark).to_be_visible()

    # Somebody else logs in elsewhere, and what they applied for cannot be read here.
    database["sessions"].delete_many({"account_id": grace.id})
    opened.watch.provoke("/v1/sessions/refresh", "status of 401")
    opened.watch.provoke("/v1/applications", "status of 503")
    page.route("**/v1/applications?*", answering(503))
    opened.open("#/log-in", tab)
    with page.expect_response("**/v1/applications?*"):
        log_in(tab, other.email, PASSWORD)
    expect(card).to_be_visible()
    expect(mark).to_have_count(0)
    page.unroute_all(behavior="wait")

    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("link", name="Log in", exact=True).click()
    log_in(page, grace.email, PASSWORD)
    expect(mark).to_be_visible()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(card).to_be_visible()
    expect(mark).to_have_count(0)


def test_nothing_was_applied_for_yet(visit: Open, size: str, join: Join) -> None:
    opened = visit(join(), size=size, at="#/applications")
    expect(opened.page.get_by_role("heading", name="You have not applied yet")).to_be_visible()
    opened.inspect("applications-none")


def test_a_posting_that_is_closed_or_gone(visit: Open, size: str, publish: Publish) -> None:
    now = datetime.now(UTC)
    closed = publish("Cooper", closes_at=now - timedelta(minutes=1))
    opened = visit(size=size, at=f"#/postings/{closed}")
    expect(opened.page.get_by_role("heading", name="This posting is closed")).to_be_visible()
    opened.inspect("posting-closed")
    opened.watch.provoke("/v1/postings/", "status of 404")
    opened.open(f"#/postings/{new_id()}")
    expect(opened.page.get_by_role("heading", name="Page not found")).to_be_visible()
    opened.inspect("posting-gone")


def test_the_draft_is_kept_in_this_browser(visit: Open, ada: Candidate, publish: Publish) -> None:
    """Whatever comes between: another page, loading again, another tab."""
    posting_id = publish()
    opened = visit(ada, at=f"#/postings/{posting_id}")
    letter(opened.page).fill("A first draft")
    expect(opened.page.get_by_text("Draft saved in this browser")).to_be_visible()
    opened.page.get_by_role("link", name="My applications").click()
    opened.open(f"#/postings/{posting_id}")
    expect(letter(opened.page)).to_have_value("A first draft")
    other = opened.tab(f"#/postings/{posting_id}")
    expect(letter(other)).to_have_value("A first draft")


def test_a_letter_beside_an_application_from_elsewhere_stays_a_draft(
    visit: Open,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    """Applied on the phone meanwhile: that one counts, and what was written here is kept."""
    posting_id = publish()
    opened = visit(ada, at=f"#/postings/{posting_id}")
    page = opened.page
    letter(page).fill("A better letter")
    assert deployed.apply(ada, posting_id, cover_letter="A letter").status == 202
    send(page).click()
    expect(page.get_by_text("You have already applied")).to_be_visible()
    expect(page.get_by_text("Accepted: ")).to_have_count(0)
    opened.inspect("posting-applied-elsewhere")
    expect(done(page, "Stored")).to_be_visible()
    page.get_by_role("link", name="See this application").click()
    page.get_by_role("button", name="Withdraw application").click()
    page.get_by_role("button", name="Withdraw it").click()
    page.get_by_role("link", name="Apply again").click()
    expect(letter(page)).to_have_value("A better letter")
    send(page).click()
    expect(done(page, "Stored")).to_be_visible()
    letters = database["applications"].find({"posting_id": posting_id}).sort("_id", 1)
    assert [one["cover_letter"] for one in letters][-1] == "A better letter"


def test_a_letter_of_any_length_and_script_arrives_as_it_was_written(
    visit: Open, ada: Candidate, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    posting_id = publish()
    opened = visit(ada, at=f"#/postings/{posting_id}")
    text = "Ærlig talt, 您好 👩‍🚀\n\n" + "x" * 19_900
    apply(opened.page, text)
    expect(done(opened.page, "Stored")).to_be_visible()
    stored = database["applications"].find_one({"posting_id": posting_id})
    assert stored is not None
    assert stored["cover_letter"] == text


def test_a_letter_that_is_too_long_is_not_cut_off(
    visit: Open, ada: Candidate, publish: Publish
) -> None:
    opened = visit(ada, at=f"#/postings/{publish()}")
    page = opened.page
    letter(page).fill("x" * 20_003)
    send(page).click()
    expect(page.get_by_text("3 characters too long").first).to_be_visible()
    assert len(letter(page).input_value()) == 20_003
    opened.inspect("posting-form-too-long")
    assert opened.watch.api_calls("POST", "/applications") == 0
