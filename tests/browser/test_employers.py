"""The employers' area: from the creation of an employer to a decision about an applicant."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]


def write_posting(page: Page) -> None:
    """Fill in a complete posting in its editor, and save it."""
    page.get_by_label("Title").fill("Night baker")
    page.get_by_label("Description").fill("Bake at night.\n\n- mix\n- bake")
    page.get_by_label("Workplace").select_option("On site")
    page.get_by_label("Employment").select_option("Part time")
    page.get_by_label("Country").select_option("United Kingdom")
    page.get_by_label("City or town").fill("Leeds")
    page.get_by_label("From").fill("13.5")
    page.get_by_label("Currency").fill("gbp")
    page.get_by_label("For each").select_option("Hour")
    page.get_by_label("Accepts applications until").fill("2099-12-31T23:59")
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_role("button", name="Save", exact=True).click()


def set_up_rejections(page: Page) -> None:
    """Set a delay, add a reason, and make a new template the default."""
    page.get_by_label("Candidates get the e-mail").select_option("1 day after the rejection")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Add a reason").click()
    page.get_by_label("Reason").last.fill("Sleeps at night")
    page.get_by_role("button", name="Save the reasons").click()
    expect(page.get_by_label("Reason")).to_have_count(10)
    page.get_by_label("Name of the template").fill("Friendly")
    page.get_by_label("Text", exact=True).fill("Dear {nmae}")
    page.get_by_role("button", name="Add the template").click()
    expect(page.get_by_text("Use only the placeholders")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Good luck with {title}, {name}!")
    page.get_by_role("button", name="Add the template").click()
    page.get_by_role("button", name=re.compile("Make .*Friendly")).click()
    expect(page.get_by_text("Default", exact=True)).to_be_visible()


def test_member_publishes_a_posting_and_decides_about_an_applicant(
    open_browser: OpenBrowser,
    deployed: Deployment,
    join: Join,
    database: Database[dict[str, Any]],
) -> None:
    grace = join("Grace Owner")
    browser = open_browser(grace, at="#/account")
    page = browser.page
    page.get_by_role("link", name="Publish postings and read applications").click()
    expect(page.get_by_text("You are not a member of an employer")).to_be_visible()
    browser.inspect("employers-none")
    name = f"Bakery {grace.email.partition('@')[0]}"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create an employer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("No postings yet")).to_be_visible()
    browser.inspect("employer-empty")
    page.get_by_role("link", name="Describe the employer").click()
    page.get_by_label("About the employer").fill("We bake at night.")
    expect(page.get_by_label("Name")).to_have_count(0)  # the settings change it
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text="Describe")).to_contain_text("Done")

    page.get_by_role("link", name="Write a posting").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Before you can publish")).to_be_visible()
    browser.inspect("posting-editor-draft")
    write_posting(page)
    expect(page.get_by_text("The posting is complete.")).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", level=2, name="Night baker")).to_be_focused()
    expect(page.get_by_label("From")).to_have_value("13.5")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Close the posting")).to_be_visible()
    browser.inspect("posting-editor-published")

    posting_id = page.url.rpartition("/")[2]
    ada = join("Ada Baker")
    letter = "Dear bakery,\n\nI wake early. <b>Really.</b>"
    application = deployed.apply(ada, posting_id, cover_letter=letter).body["id"]
    applicant = f"{page.url.partition('#')[2]}/applicants"
    stored = {"_id": application}
    wait_for(lambda: database["applications"].count_documents(stored))
    browser.open(f"#{applicant.partition('/postings')[0]}")
    expect(page.get_by_text("1 new")).to_be_visible()
    browser.inspect("employer")
    page.get_by_role("link", name="Settings").click()
    set_up_rejections(page)
    browser.monitor.expect_failure("/templates", "status of 422")
    browser.inspect("employer-settings")
    page.get_by_role("link", name=name).click()
    # The sweep writes this within a minute or two.
    checked = dict.fromkeys(("checked_at", "due_at", "rests_until"), datetime.now(UTC))
    equation = {"accepted": 1, "pipeline": 1, "balanced": True, "changed": False, **checked}
    database["equations"].update_one({"_id": posting_id}, {"$set": equation}, upsert=True)
    page.get_by_role("link", name="Applicants of Night baker").click()
    expect(page.get_by_role("link", name="New (1)")).to_be_visible()
    expect(page.get_by_text("1 in the pipeline, nothing is missing.")).to_be_visible()
    browser.inspect("applicants")
    page.keyboard.press("/")
    page.keyboard.type("wake early")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=wake"))
    expect(page.get_by_role("link", name="Ada Baker")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert "Ada Baker" in download.value.path().read_text("utf-8-sig")
    page.get_by_role("link", name="New (1)").click()
    page.get_by_role("link", name="Ada Baker").click()
    expect(page.get_by_text("<b>Really.</b>")).to_be_visible()

    page.get_by_label("New note").fill("Call her tomorrow.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_role("listitem").filter(has_text="Call her tomorrow.")).to_be_visible()
    page.get_by_label("Your rating").select_option("Strong yes")
    page.get_by_role("button", name="Send the scorecard").click()
    expect(page.get_by_role("listitem").filter(has_text="Strong yes")).to_be_visible()
    page.get_by_role("button", name="Move to this stage").click()
    expect(page.get_by_text(re.compile("Moved to .?Review"))).to_be_visible()
    browser.inspect("applicant")
    path = f"/v1/applications/{application}"
    wait_for(lambda: "In review" in str(deployed.call("GET", path, token=ada.token).body))

    page.get_by_role("button", name="Reject…").click()
    expect(page.get_by_text("Good luck with Night baker, Ada Baker!")).to_be_visible()
    expect(page.get_by_text("It is sent after 1 day.")).to_be_visible()
    page.get_by_label("Reason").select_option("Sleeps at night")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.get_by_role("button", name="Reinstate")).to_be_visible()
    expect(page.get_by_text("Rejected: Sleeps at night")).to_be_visible()
    assert "Sleeps" not in str(deployed.call("GET", path, token=ada.token).body)


def test_owner_invites_a_colleague_who_joins_the_team(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    grace, ada = join("Grace Owner"), join("Ada Baker")
    about = {"name": "Bakery", "slug": f"bakery-{new_id()}"}
    employer = deployed.call("POST", "/v1/employers", about, token=grace.token).body
    browser = open_browser(grace, at=f"#/employers/{employer['id']}/team")
    page = browser.page
    page.get_by_label("E-mail address").fill(ada.email)
    page.get_by_label("Role", exact=True).select_option("Interviewer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("heading", name="Invitations")).to_be_visible()
    browser.inspect("team")

    link = deployed.mailed_link(ada.email, "accept-invitation")
    colleague = open_browser(ada, at=f"#{link.partition('#')[2]}")
    colleague.page.get_by_role("button", name="Accept").click()
    expect(colleague.page.get_by_role("heading", level=1)).to_have_text("Bakery")
    expect(colleague.page.get_by_text("No applicants are assigned to you yet")).to_be_visible()

    browser.open(f"#/employers/{employer['id']}/team")
    page.get_by_role("button", name="Remove Ada Baker").click()
    expect(page.get_by_text(ada.email)).to_have_count(1)
    colleague.monitor.expect_failure("/v1/employers/", "status of 404")
    colleague.open(f"#/employers/{employer['id']}")
    expect(colleague.page.get_by_role("heading", level=1)).to_have_text("Page not found")
