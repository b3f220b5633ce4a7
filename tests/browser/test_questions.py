"""Questions of a posting: candidates answer them, and lose nothing if they change meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.employers import POSTING, publish_with_applicants, wait_for_applicants
from tests.browser.steps import (
    expect_saved_draft,
    send,
    status_heading,
    tab_to,
    wait_for_count,
)
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]
WHY = {"id": "why", "kind": "long_text", "label": "Why bread?", "required": True, "max_length": 40}
NIGHTS = {
    "id": "nights",
    "kind": "choice",
    "label": "Can you work at night?",
    "hint": "From 2 to 9 o'clock",
    "required": True,
    "choices": [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No", "knock_out": True}],
}
BREADS = {
    "id": "breads",
    "kind": "choices",
    "label": "Which breads do you bake?",
    "choices": [{"id": one, "label": one.title()} for one in ("rye", "wheat", "spelt")],
    "max_choices": 2,
}
YEARS = {"id": "years", "kind": "number", "label": "Years as a baker", "min": 0, "max": 60}
START = {"id": "start", "kind": "date", "label": "When can you start?"}
TOWN = {
    "id": "town",
    "kind": "choice",
    "label": "Which bakery?",
    "choices": [{"id": f"t{n}", "label": f"Town {n}"} for n in range(9)],
}
QUESTIONS = [WHY, NIGHTS, BREADS, YEARS, START, TOWN]


def ask(
    deployed: Deployment, owner: Candidate, employer: str, posting: str, questions: list[Any]
) -> None:
    """Replace the questions of a posting, as a member does."""
    path = f"/v1/employers/{employer}/postings/{posting}/form"
    version = deployed.call("GET", path, token=owner.token).body["version"]
    headers = {"If-Match": f'"{version}"'}
    answer = deployed.call("PUT", path, {"questions": questions}, owner.token, **headers)
    assert answer.status == 200, answer


def group(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def test_candidate_answers_questions_that_change_meanwhile(
    open_browser: OpenBrowser, deployed: Deployment, join: Join, database: Database[dict[str, Any]]
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Jones")
    employer, posting = publish_with_applicants(deployed, owner, [])
    ask(deployed, owner, employer, posting, QUESTIONS)
    browser = open_browser(ada, at=f"#/postings/{posting}")
    page = browser.page
    browser.monitor.expect_failure(posting, "status of 409")

    send(page)
    why = page.get_by_label("Why bread?")
    expect(why).to_be_focused()
    expect(page.get_by_text("Answer this question.")).to_have_count(2)
    why.fill("x" * 42)
    expect(page.get_by_text("This is 2 characters too long.")).not_to_be_visible()
    page.get_by_label("Years as a baker").fill("many")
    for one in ("Rye", "Wheat", "Spelt"):
        page.get_by_label(one).check()
    send(page)
    expect(page.get_by_text("This is 2 characters too long.")).to_be_visible()
    expect(page.get_by_text("Write a number, for example 12 or 12.5.")).to_be_visible()
    expect(group(page, "Which breads")).to_contain_text("Choose at most 2.")
    browser.inspect("questions-with-errors")

    # With the keyboard alone.
    page.keyboard.press("Control+A")
    page.keyboard.type("It smells well.")
    tab_to(page, "^Yes")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()
    tab_to(page, "^Spelt")
    page.keyboard.press("Space")
    tab_to(page, "^Years as a baker")
    page.keyboard.press("Control+A")
    page.keyboard.type("2,5")
    tab_to(page, "^When can you start")
    page.keyboard.type("12242027")
    # The browser's own button of the calendar.
    page.keyboard.press("Tab")
    tab_to(page, "^Which bakery")
    page.keyboard.type("Town 7")
    expect_saved_draft(page)
    browser.open(f"#/postings/{posting}")
    expect(why).to_have_value("It smells well.")
    expect(page.get_by_label("When can you start?")).to_have_value("2027-12-24")
    expect(page.get_by_label("Spelt")).not_to_be_checked()

    # The employer changes one question, removes one and adds one.
    car = {"id": "car", "kind": "text", "label": "Which van can you drive?", "required": True}
    changed = [WHY, NIGHTS | {"label": "Do you work at night?"}, BREADS, YEARS, TOWN, car]
    ask(deployed, owner, employer, posting, changed)
    send(page)
    note = page.get_by_text("The questions of this posting changed")
    expect(note).to_be_focused()
    expect(page.locator(".tag", has_text="New or changed")).to_have_count(2)
    expect(why).to_have_value("It smells well.")
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()
    browser.inspect("questions-changed")
    tab_to(page, "^Which van")
    page.keyboard.type("A small one")
    tab_to(page, "^Send application")
    page.keyboard.press("Enter")
    expect(status_heading(page)).to_be_visible()
    stored = {"posting_id": posting}
    wait_for_count(page, lambda: database["applications"].count_documents(stored), 1)
    sent = database["applications"].find_one(stored) or {}
    assert (sent["form_version"], sent["knock_outs"]) == (2, ["nights"])
    assert sent["answers"] == {
        "why": "It smells well.",
        "nights": "no",
        "breads": ["rye", "wheat"],
        "years": 2.5,
        "town": "t7",
        "car": "A small one",
    }


def test_member_writes_questions_with_the_keyboard(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner = join("Grace Owner")
    about = {"name": "Bakery", "slug": f"bakery-{new_id()}"}
    employer = deployed.call("POST", "/v1/employers", about, owner.token).body["id"]
    postings = f"/v1/employers/{employer}/postings"
    draft = {**POSTING, "state": "draft"}
    posting = deployed.call("POST", postings, draft, owner.token).body["id"]

    def stored() -> Any:
        path = f"{postings}/{posting}/form"
        return deployed.call("GET", path, token=owner.token).body

    browser = open_browser(owner, at=f"#/employers/{employer}/postings/{posting}")
    page = browser.page
    browser.monitor.expect_failure(posting, "status of 412")
    browser.monitor.expect_failure(posting, "status of 422")
    saved = page.get_by_text("Everything is saved.")
    press, write = page.keyboard.press, page.keyboard.type
    page.clock.install()

    def pause() -> None:
        """Stop typing for as long as the editor waits before it saves."""
        page.clock.run_for(2000)

    # Before it is a field for a date, with buttons of the browser's own.
    page.get_by_role("button", name="Add a question").focus()
    press("Enter")
    write("Your certificate?")
    tab_to(page, "^Kind of answer")
    write("File")
    tab_to(page, "^PDF")
    press("Space")
    pause()
    expect(saved).to_be_visible()
    tab_to(page, "^Add a question")
    press("Enter")
    tab_to(page, "^Kind of answer")
    write("One of")
    pause()
    expect(page.get_by_text("Question 2: write the question")).to_be_visible()
    tab_to(page, "^Answer 1")
    write("Yes")
    tab_to(page, "^Answer 2")
    write("No")
    tab_to(page, "^Answer 2 is a knock-out")
    press("Space")
    tab_to(page, "^Must be answered")
    press("Space")
    tab_to(page, "^Move question 2 up")
    press("Enter")
    # The button that was pressed would move the question further, and there is no further.
    expect(page.get_by_role("button", name="Move question 1 down")).to_be_focused()
    page.get_by_label("Question", exact=True).first.fill("Can you work at night?")
    pause()
    expect(page.get_by_text("The posting is complete.")).to_be_visible()
    expect(saved).to_be_visible()
    browser.inspect("questions-editor")
    assert [(one["kind"], one["label"]) for one in stored()["questions"]] == [
        ("choice", "Can you work at night?"),
        ("file", "Your certificate?"),
    ]
    assert stored()["questions"][1]["file_types"] == ["pdf"]
    assert [one.get("knock_out") for one in stored()["questions"][0]["choices"]] == [None, True]

    page.get_by_role("button", name="Remove question 1").click()
    page.get_by_role("button", name="Bring back Can you work at night?").click()
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Night baker")
    expect(preview.get_by_role("radio")).to_have_count(2)
    expect(preview).to_contain_text("PDF, at most 10 MB.")
    expect(preview.get_by_label("Choose a file")).to_be_disabled()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The posting is published.")).to_be_visible()

    # The questions of a published posting are saved on demand only.
    version = stored()["version"]
    page.get_by_label("Question", exact=True).last.fill("Your diploma?")
    expect(page.get_by_text("Kept in this browser, not saved yet.")).to_be_visible()
    ask(deployed, owner, employer, posting, [WHY])
    page.get_by_role("button", name="Save the questions").click()
    expect(page.get_by_role("heading", name="Somebody else has changed")).to_be_visible()
    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text("Everything is saved.")).to_be_visible()
    assert stored()["version"] == version + 2
    assert stored()["questions"][1]["label"] == "Your diploma?"
    page.get_by_label("Question", exact=True).last.fill("")
    page.get_by_role("button", name="Save the questions").click()
    expect(page.get_by_text("Write the question.")).to_be_visible()


def test_members_review_answers_and_filter_by_them(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, ada, bob = join("Grace Owner"), join("Ada Jones"), join("Bob Stone")
    employer, posting = publish_with_applicants(deployed, owner, [])
    ask(deployed, owner, employer, posting, [WHY, NIGHTS, YEARS])
    for person, nights in ((ada, "yes"), (bob, "no")):
        answers = {"why": "Because.", "nights": nights}
        sent = deployed.apply(person, posting, form_version=1, answers=answers)
        assert sent.status == 202, sent
    wait_for_applicants(deployed, owner, employer, posting, 2)
    applicants = f"#/employers/{employer}/postings/{posting}/applicants"
    browser = open_browser(owner, at=applicants)
    page = browser.page
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(page.locator(".tag", has_text="Knock-out")).to_have_count(1)
    browser.inspect("applicants-with-knock-out")
    tab_to(page, "^Answers", "select")
    page.keyboard.type("With a")
    tab_to(page, "^Search$", "button", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Bob Stone"])
    page.get_by_label("Answers").select_option(label="Yes")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(rows).to_have_text(["Ada Jones"])
    page.get_by_role("checkbox", name="Select Ada Jones").check()
    page.get_by_role("button", name="Select all matching").click()
    page.get_by_role("button", name="Move…").click()
    page.get_by_label("To stage").select_option("Review")
    expect(page.get_by_text("1 application will be moved.")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    # The stages keep the filter.
    stage = page.get_by_role("link", name="New (2)")
    stage.click()
    # The page before shows the same rows.
    expect(stage).to_have_attribute("aria-current", "page")
    expect(rows).to_have_text(["Ada Jones"])
    page.get_by_label("Answers").select_option("")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="Bob Stone").click()
    answered = page.get_by_role("region", name="Answers")
    expect(answered.locator("dt")).to_have_text(
        ["Why bread?", "Can you work at night?", "Years as a baker"]
    )
    expect(answered.locator("dd")).to_have_text(["Because.", "No Knock-out", "No answer"])
    browser.inspect("applicant-answers")
