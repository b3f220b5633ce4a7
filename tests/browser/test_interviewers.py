"""Interviewers review assigned applicants, and an owner renames the employer."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.employers import expect_heading, publish_with_applicants, wait_for_applicants
from tests.browser.steps import tab_to
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]


def test_interviewer_reviews_an_assigned_applicant(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, iris = join("Grace Owner"), join("Iris Interviewer")
    people = [join("Ada Baker"), join("Bob Baker")]
    employer, posting = publish_with_applicants(deployed, owner, people)
    invitation = {"email": iris.email, "role": "interviewer"}
    deployed.call("POST", f"/v1/employers/{employer}/invitations", invitation, owner.token)
    token = deployed.mailed_link(iris.email, "accept-invitation").rpartition("/")[2]
    joined = deployed.call("POST", "/v1/invitations/acceptance", {"token": token}, iris.token)
    assert joined.status == 200, joined
    ids = wait_for_applicants(deployed, owner, employer, posting, len(people))

    browser = open_browser(owner, at=f"#/employers/{employer}/applications/{ids[1]}")
    page, keyboard = browser.page, browser.page.keyboard
    expect_heading(page, "Ada Baker")
    page.get_by_label("Member").focus()
    keyboard.type("Iris")
    tab_to(page, "^Assign$")
    keyboard.press("Enter")
    remove = page.get_by_role("button", name="Remove Iris Interviewer from the interviewers")
    expect(remove).to_be_visible()
    expect(page.get_by_text(re.compile("^Assigned to .?Iris"))).to_be_visible()
    browser.inspect("applicant-interviewers")

    interviewer = open_browser(iris, at=f"#/employers/{employer}")
    view = interviewer.page
    expect(view.get_by_text("Your scorecard is missing")).to_be_visible()
    interviewer.inspect("employer-interviewer")
    view.get_by_role("link", name="Ada Baker").click()
    expect_heading(view, "Ada Baker")
    expect(view.get_by_text("Scorecard missing")).to_be_visible()
    for name in ("Decide", "Reject"):
        expect(view.get_by_text(name, exact=True)).to_have_count(0)
    expect(view.get_by_text(people[0].email)).to_have_count(0)
    view.get_by_label("Your rating").select_option("Yes")
    view.get_by_role("button", name="Send the scorecard").click()
    expect(view.get_by_role("listitem").filter(has_text="You")).to_be_visible()
    interviewer.inspect("applicant-interviewer")
    view.get_by_role("link", name="Your applicants").click()
    expect(view.get_by_role("link", name="Ada Baker")).to_be_visible()
    expect(view.get_by_text("Your scorecard is missing")).to_have_count(0)

    tab_to(page, "^Remove Iris")
    keyboard.press("Enter")
    expect(remove).to_have_count(0)
    interviewer.monitor.expect_failure("/applications/", "status of 404")
    view.get_by_role("link", name="Ada Baker").click()
    expect_heading(view, "Page not found")


def test_owner_renames_the_employer(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, taken, slug = join("Grace Owner"), f"taken-{new_id()}", f"wharf-{new_id()}"
    for name, wanted in (("Dock", taken), ("Yard", f"yard-{new_id()}")):
        about = {"name": name, "slug": wanted}
        employer = deployed.call("POST", "/v1/employers", about, owner.token).body
    browser = open_browser(owner, at=f"#/employers/{employer['id']}/settings")
    page = browser.page
    page.get_by_label("Name of the employer").fill("Wharf")
    page.get_by_label("Address").fill(taken)
    save = page.get_by_role("button", name="Save name and address")
    browser.monitor.expect_failure(f"/employers/{employer['id']}", "status of 409")
    save.click()
    expect(page.get_by_text("This address belongs to another employer")).to_be_visible()
    browser.inspect("employer-name-taken")
    page.get_by_label("Address").fill(slug)
    expect(page.get_by_text(re.compile(f"/jobs/{slug}$"))).to_be_visible()
    save.click()
    expect(page.get_by_role("link", name="Wharf")).to_be_visible()
    # The delay is part of the employer too, and is saved with the new version.
    page.get_by_label("Candidates get the e-mail").select_option("At once")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    path = f"/v1/employers/{employer['id']}"
    present = deployed.call("GET", path, token=owner.token).body
    assert (present["name"], present["slug"]) == ("Wharf", slug)
    assert present["rejection_delay_minutes"] == 0

    deployed.call(
        "PATCH", path, {"about": "Boats"}, owner.token, **{"If-Match": f'"{present["version"]}"'}
    )
    page.get_by_label("Name of the employer").fill("Quay")
    browser.monitor.expect_failure(f"/employers/{employer['id']}", "status of 412")
    save.click()
    expect(page.get_by_role("alert").get_by_text("Somebody else has changed this")).to_be_visible()
    expect(page.get_by_label("Name of the employer")).to_have_value("Quay")
