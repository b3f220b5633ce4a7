"""The board: applicants move between stages, by dragging and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import expect_heading, publish_with_applicants, wait_for_applicants
from tests.browser.inspector import SIZES
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]


def column(page: Page, stage: str) -> Locator:
    return page.locator(f'.board-column[data-stage="{stage}"]')


def expect_cards(page: Page, stage: str, *names: str) -> None:
    """Check who is in a column, and that no decision about them is on its way."""
    expect(column(page, stage).get_by_role("link")).to_have_text(list(names))
    expect(column(page, stage).locator(".tag")).to_have_count(0)


def test_board_moves_applicants_and_takes_back_what_was_not_done(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner = join("Grace Owner")
    people = [join(f"Candidate {number}") for number in range(4)]
    employer, posting = publish_with_applicants(deployed, owner, people)
    [_, second, *_] = wait_for_applicants(deployed, owner, employer, posting, len(people))
    browser = open_browser(owner, at=f"#/employers/{employer}/postings/{posting}/board")
    page, keyboard = browser.page, browser.page.keyboard
    expect_cards(page, "new", "Candidate 3", "Candidate 2", "Candidate 1", "Candidate 0")

    page.get_by_role("link", name="Candidate 3").locator("..").drag_to(column(page, "review"))
    expect_cards(page, "review", "Candidate 3")
    expect(page.get_by_role("heading", name="New (3)")).to_be_visible()

    # Another member rejects the applicant whom this one moves.
    path = f"/v1/employers/{employer}/applications/{second}"
    rejected = deployed.call("POST", f"{path}/rejection", {"expected_stage": "new"}, owner.token)
    assert rejected.status == 202, rejected
    for key in ("j", "m"):
        keyboard.press(key)
    expect(page.get_by_role("dialog", name="Move Candidate 2 to")).to_be_visible()
    browser.inspect("board-move")
    keyboard.press("Enter")
    expect(page.get_by_label("Your decisions").get_by_text("Not done")).to_be_visible()
    expect_cards(page, "rejected", "Candidate 2")
    expect_cards(page, "review", "Candidate 3")

    # The focus went on to the next applicant, who is rejected.
    expect(page.get_by_role("link", name="Candidate 1")).to_be_focused()
    page.get_by_role("button", name="Move Candidate 1").click()
    page.get_by_role("button", name="Rejected").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject", exact=True).click()
    expect_cards(page, "rejected", "Candidate 1", "Candidate 2")
    keyboard.press("u")
    expect_cards(page, "new", "Candidate 1", "Candidate 0")
    browser.inspect("board")

    page.set_viewport_size(SIZES["phone"])
    page.get_by_label("Stage to show").select_option("Review")
    expect(column(page, "new")).to_be_hidden()
    page.get_by_role("link", name="Candidate 3").click()
    expect_heading(page, "Candidate 3")
