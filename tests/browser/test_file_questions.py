"""Questions that ask for a file: answered, replaced, and read by the candidate and by members."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import publish_with_applicants, wait_for_applicants
from tests.browser.steps import past_step, send, status_heading, tab_to
from tests.browser.test_questions import ask, group
from tests.support.deployment import Candidate, Deployment
from tests.support.files import PDF

Join = Callable[..., Candidate]
CERTIFICATE = {
    "id": "cert",
    "kind": "file",
    "label": "Your certificate?",
    "hint": "Of a school or a master.",
    "required": True,
    "file_types": ["pdf", "odt"],
}
PLAN = {"id": "plan", "kind": "file", "label": "A cake that you drew?"}


def payload(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": PDF}


def choose(page: Page, question: str, name: str) -> None:
    group(page, question).get_by_label("Choose a file").set_input_files(payload(name))


def test_file_answers_a_question_until_another_one_does(
    open_browser: OpenBrowser, deployed: Deployment, join: Join
) -> None:
    owner, ada = join("Grace Owner"), join("Ada Jones")
    employer, posting = publish_with_applicants(deployed, owner, [])
    ask(deployed, owner, employer, posting, [CERTIFICATE, PLAN])
    browser = open_browser(ada, at=f"#/postings/{posting}")
    page = browser.page
    certificate = group(page, "Your certificate?")
    send(page)
    expect(certificate.get_by_text("Attach a file.")).to_be_visible()
    expect(certificate.get_by_label("Choose a file")).to_be_focused()
    choose(page, "Your certificate?", "cert.docx")
    expect(certificate.get_by_role("listitem")).to_contain_text("We take PDF or ODT files only.")
    expect(certificate.get_by_text("Attach a file.")).to_have_count(0)
    browser.inspect("file-question-refused")
    tab_to(page, "^Remove cert.docx")
    page.keyboard.press("Enter")
    choose(page, "Your certificate?", "cert.pdf")
    page.get_by_label("Choose files").set_input_files(payload("résumé.pdf"))
    expect(page.get_by_text("Attached", exact=True)).to_have_count(2)
    expect(certificate.get_by_label("Choose a file")).not_to_be_visible()
    expect(page.get_by_text("Draft saved in this browser")).to_be_visible()
    page.reload()
    expect(certificate).to_contain_text("cert.pdf")
    send(page)
    expect(status_heading(page)).to_be_visible()
    [application] = wait_for_applicants(deployed, owner, employer, posting, 1)

    browser.open(f"#/applications/{application}")
    page.get_by_role("button", name="Change application").click()
    expect(certificate).to_contain_text("You sent cert.pdf.")
    choose(page, "Your certificate?", "master.pdf")
    expect(certificate).to_contain_text("Attached")
    page.get_by_role("button", name="Send the new version").click()
    expect(past_step(page, "You changed it")).to_be_visible()
    page.get_by_text("What you sent", exact=True).click()
    page.get_by_text("Version 2,").click()
    expect(page.get_by_role("button", name="Download master.pdf")).to_be_visible()
    page.get_by_text("Version 1,").click()
    save = page.get_by_role("button", name="Download cert.pdf")
    expect(save).to_be_visible()
    browser.inspect("application-files")
    with page.expect_download() as downloaded:
        save.press("Enter")
    assert downloaded.value.suggested_filename == "cert.pdf"

    members = open_browser(owner, at=f"#/employers/{employer}/applications/{application}")
    review = members.page
    answers = review.get_by_role("region", name="Answers")
    expect(answers.locator("dd")).to_have_text(["master.pdf Download", "No answer"])
    review.get_by_text("Version 2: files").click()
    expect(review.locator(".changes li")).to_have_text(
        [
            "Removed: cert.pdf (Your certificate?) Download",
            "Added: master.pdf (Your certificate?) Download",
        ]
    )
    members.inspect("applicant-file-answers")
    save = review.get_by_role("button", name="Download résumé.pdf")
    with review.expect_download() as downloaded:
        save.press("Enter")
    assert downloaded.value.suggested_filename == "résumé.pdf"
    assert Path(downloaded.value.path()).read_bytes() == PDF
    expect(save).to_be_visible()
