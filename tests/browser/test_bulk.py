"""A recruiter rejects many applicants at once: selection, preview, progress, results."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment


def test_member_rejects_all_matching_applicants_and_reads_results(
    open_browser: OpenBrowser, deployed: Deployment, join: Callable[..., Candidate]
) -> None:
    owner = join("Grace Owner")
    people = [join(f"Candidate {number}") for number in range(3)]
    employer, posting = publish_with_applicants(deployed, owner, people)
    set_reasons(deployed, owner, employer, "Too slow", "Too late")
    [newest, *_] = wait_for_applicants(deployed, owner, employer, posting, len(people))
    browser = open_browser(owner, at=f"#/employers/{employer}/postings/{posting}/applicants")
    page = browser.page

    expect(page.get_by_role("link", name="Candidate 2")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("button", name="Move…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 application will be moved.")).to_be_visible()
    dialog.get_by_role("button", name="Move 1").click()
    expect(page.get_by_text("1 of 1")).to_be_visible()
    expect(page.get_by_text("1 application moved.").first).to_be_visible()

    page.get_by_role("link", name="Applicants").click()
    expect(page.get_by_role("link", name="Review (1)")).to_be_visible()
    page.get_by_role("checkbox", name="Select Candidate 2").check()
    page.get_by_role("button", name="Select all 3 matching").click()
    expect(page.get_by_role("checkbox", name="Select Candidate 0")).to_be_checked()
    browser.inspect("applicants-selected")
    page.get_by_role("button", name="Reject…").click()
    expect(dialog.get_by_text("3 applications will be rejected.")).to_be_visible()
    expect(dialog.get_by_text("Each e-mail is sent 1 hour after the rejection.")).to_be_visible()
    browser.inspect("bulk-preview")
    # The operation does what the preview showed, so a choice needs a new one.
    with page.expect_request(re.compile("/operations/preview")):
        dialog.get_by_label("Reason").select_option("Too slow")
    # A colleague is faster with one of them.
    decision = {"expected_stage": "review", "send_email": False}
    path = f"/v1/employers/{employer}/applications/{newest}"
    assert deployed.call("POST", f"{path}/rejection", decision, owner.token).status == 202
    wait_until_rejected(deployed, path, owner)
    browser.monitor.expect_failure("/operations", "status of 409")
    dialog.get_by_role("button", name="Reject 3").click()
    expect(dialog.get_by_text("This is the new preview")).to_be_visible()
    expect(dialog.get_by_text("Left out: 1 was decided already.")).to_be_visible()
    set_reasons(deployed, owner, employer, "Too late")
    browser.monitor.expect_failure("/operations", "status of 422")
    dialog.get_by_role("button", name="Reject 2").click()
    expect(dialog.get_by_text("This reason was removed.")).to_be_visible()
    dialog.get_by_label("Reason").select_option("Too late")
    dialog.get_by_role("button", name="Reject 2").click()

    expect(page.get_by_text("2 of 2")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="2 applications rejected.")).to_be_visible()
    expect(page.get_by_text("Done. E-mail planned.")).to_have_count(2)
    browser.inspect("operation")
    page.get_by_role("button", name="Cancel the e-mails").click()
    expect(page.get_by_text(re.compile("2 e-mails are cancelled"))).to_be_visible()
    page.get_by_role("link", name="Not done").click()
    expect(page.get_by_text("No applications here")).to_be_visible()

    browser.open(f"#/employers/{employer}/postings/{posting}/operations")
    expect(page.get_by_role("link", name=re.compile("^Bulk"))).to_have_text(
        ["Bulk rejection", "Bulk move"]
    )
    browser.inspect("operations")


def set_reasons(deployed: Deployment, owner: Candidate, employer: str, *words: str) -> None:
    """Replace the reasons for rejections. The id of a reason is its last word."""
    path = f"/v1/employers/{employer}/rejection-reasons"
    version = deployed.call("GET", path, token=owner.token).body["version"]
    body = {"reasons": [{"id": one.split()[-1], "words": one} for one in words]}
    answer = deployed.call("PUT", path, body, owner.token, **{"If-Match": f'"{version}"'})
    assert answer.status == 200


def wait_until_rejected(deployed: Deployment, path: str, owner: Candidate) -> None:
    """Wait until an application is rejected."""
    wait_for(
        lambda: deployed.call("GET", path, token=owner.token).body["stage"],
        lambda stage: stage == "rejected",
    )
