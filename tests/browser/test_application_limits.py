"""An owner limits applications; a candidate reads the limit, and a refusal that says when."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import POSTING, publish_with_applicants
from tests.browser.steps import consent_box, cover_letter_field
from tests.support.deployment import Candidate, Deployment


def test_limit_is_set_read_and_explained(
    open_browser: OpenBrowser, deployed: Deployment, join: Callable[..., Candidate]
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Candidate")
    employer, first = publish_with_applicants(deployed, owner, [])
    created = deployed.call("POST", f"/v1/employers/{employer}/postings", POSTING, owner.token)
    second = created.body["id"]
    settings = open_browser(owner, at=f"#/employers/{employer}/settings")
    settings.page.get_by_label("Applications of one candidate").fill("1")
    settings.page.get_by_role("button", name="Save the limit").click()
    expect(settings.page.get_by_text("Applications count from now on.")).to_be_visible()
    settings.inspect("employer-settings-limit")

    assert deployed.apply(ada, first).status == 202
    browser = open_browser(ada, at=f"#/postings/{second}")
    page = browser.page
    limit = "accepts 1 application of one candidate in 30 days"
    expect(page.get_by_text(limit)).to_be_visible()
    cover_letter_field(page).fill("I wake early.")
    browser.monitor.expect_failure("/applications", "status of 409")
    consent_box(page).check()
    page.get_by_role("button", name="Send application").click()
    refusal = page.get_by_role("alert").filter(has_text=limit)
    expect(refusal).to_have_text(re.compile(r"You can apply again from \d+ \w+ 20\d\d"))
    expect(cover_letter_field(page)).to_have_value("I wake early.")
    browser.inspect("apply-limit-reached")
    guest = open_browser(at=f"#/apply/{second}")
    expect(guest.page.get_by_text(limit)).to_be_visible()
    guest.inspect("guest-limit")
