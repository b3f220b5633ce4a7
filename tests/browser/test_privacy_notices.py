"""An owner writes a privacy notice; candidates agree to it, and both sides see its version."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.browser.steps import apply, consent_box, send_button
from tests.support.deployment import Candidate, Deployment

Join = Callable[..., Candidate]
NOTICE = "We keep applications for a month.\n\nWho reads them\n\n- The baker"


def test_candidate_agrees_to_the_notice_of_the_owner(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Candidate")
    employer, posting = publish_with_applicants(deployed, owner, [])
    member = open_browser(owner, at=f"#/employers/{employer}/settings")
    expect(member.page.get_by_text("Candidates now agree to the standard text")).to_be_visible()
    member.inspect("privacy-notice-standard")
    member.page.get_by_label("Text of the privacy notice").fill(NOTICE)
    member.page.get_by_role("button", name="Save the privacy notice").click()
    expect(member.page.get_by_text("Version 1, saved on")).to_be_visible()

    browser = open_browser(ada, at=f"#/postings/{posting}")
    page = browser.page
    send_button(page).click()
    expect(consent_box(page)).to_be_focused()
    expect(page.get_by_text("tick this box to send your application")).to_be_visible()
    page.get_by_text("Read the privacy notice", exact=True).click()
    expect(page.get_by_role("heading", name="Who reads them")).to_be_visible()
    browser.inspect("consent-missing")
    apply(page)
    [application] = wait_for_applicants(deployed, owner, employer, posting, 1)

    browser.open(f"#/applications/{application}")
    page.get_by_text("What you agreed to on").click()
    expect(page.get_by_text("We keep applications for a month.")).to_be_visible()
    browser.inspect("application-consent")
    member.open(f"#/employers/{employer}/applications/{application}")
    expect(member.page.get_by_text("Version 1", exact=True)).to_be_visible()
    member.inspect("applicant-consent")
