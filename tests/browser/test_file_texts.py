"""The texts of files beside an application, and what the candidate reads of files without text."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.employers import expect_heading, publish_with_applicants, wait_for_applicants
from tests.e2e.steps import sweep
from tests.support.deployment import Candidate, Deployment
from tests.support.stored_files import apply_with_files
from tests.unit.files_worker.hostile_files import docx, encrypted_pdf, run

MARKUP = "Welding &lt;script&gt;document.title = 'stolen'&lt;/script&gt; of hulls"


def test_texts_are_shown_as_text_and_refusals_with_a_reason(
    open_browser: OpenBrowser, deployed: Deployment, join: Callable[..., Candidate]
) -> None:
    owner, candidate = join("Grace Owner"), join("Carl Candidate")
    employer, posting = publish_with_applicants(deployed, owner, [])
    contents = {"resume.docx": docx(run(MARKUP)), "letter.pdf": encrypted_pdf()}
    application, _ = apply_with_files(deployed, candidate, posting, contents)
    sweep(deployed, "applications")
    wait_for_applicants(deployed, owner, employer, posting, 1)

    browser = open_browser(owner, at=f"#/employers/{employer}/applications/{application}")
    page = browser.page
    expect_heading(page, "Carl Candidate")
    section = page.locator("section").filter(
        has=page.get_by_role("heading", name="Text of the files")
    )
    # The page looks again until all files are read.
    expect(section.get_by_text("Welding <script>document.title")).to_be_visible()
    section.get_by_text("letter.pdf", exact=True).click()
    expect(section.get_by_text("it is protected by a password")).to_be_visible()
    browser.inspect("file-texts")

    browser = open_browser(candidate, at=f"#/applications/{application}")
    sentence = "because it is protected by a password. The employer gets the file all the same."
    expect(browser.page.get_by_text(sentence)).to_be_visible()
    browser.inspect("unread-files")
