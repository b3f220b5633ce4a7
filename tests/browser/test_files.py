"""Files: attached to an application, with progress, refusals and retries, and read by a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FilePayload, Page, Route, expect
from pymongo.database import Database

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import (
    Publish,
    cover_letter_field,
    expect_saved_draft,
    send,
    status_heading,
    tab_to,
)
from tests.support.deployment import Candidate, Deployment
from tests.support.files import DOCX, PDF

Join = Callable[..., Candidate]

DROP = """([text, name]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name));
  const zone = document.querySelector(".file-zone");
  const details = { bubbles: true, cancelable: true, dataTransfer: transfer };
  for (const kind of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(kind, details));
}"""


def choose(page: Page, name: str, content: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("Choose files").set_input_files(file)


def row(page: Page, name: str) -> Any:
    return page.locator(".files").get_by_role("listitem").filter(has_text=name)


def refuse_files(route: Route) -> None:
    """Answer as the API does when the token of a file has expired."""
    route.fulfill(
        status=422,
        headers={"Content-Type": "application/problem+json"},
        json={"type": "invalid-fields", "errors": [{"field": "files[0]", "detail": "expired"}]},
    )


def test_files_are_attached_refused_and_kept_in_the_draft(
    open_browser: OpenBrowser,
    ada: Candidate,
    publish: Publish,
    deployed: Deployment,
    database: Database[dict[str, Any]],
) -> None:
    browser = open_browser(ada, at=f"#/postings/{publish('Sailmaker')}")
    page = browser.page
    cover_letter_field(page).fill("I sew sails.")
    choose(page, "resume.pdf", PDF)
    expect(row(page, "resume.pdf")).to_contain_text("Attached")
    choose(page, "cv.docx", PDF)
    browser.monitor.expect_failure("/completion")
    expect(row(page, "cv.docx")).to_contain_text("not a complete DOCX file")
    choose(page, "photo.jpg", b"\xff\xd8")
    expect(row(page, "photo.jpg")).to_contain_text("PDF, DOCX, ODT and TXT files only")
    page.evaluate(DROP, ["", "empty.txt"])
    expect(row(page, "empty.txt")).to_contain_text("The file is empty")
    browser.inspect("files-refused")
    send(page)
    expect(page.get_by_text("Some files are not attached")).to_be_visible()
    for name in ("cv.docx", "photo.jpg", "empty.txt"):
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(row(page, name)).to_have_count(0)
    expect_saved_draft(page)
    page.reload()
    expect(row(page, "resume.pdf")).to_contain_text("Attached")
    page.evaluate(DROP, ["I build boats.", "notes.txt"])
    expect(row(page, "notes.txt")).to_contain_text("Attached")
    browser.inspect("files-attached")
    page.route("**/applications", refuse_files, times=1)
    browser.monitor.expect_failure("/applications")
    send(page)
    expect(page.get_by_text("It was uploaded too long ago")).to_be_visible()
    send(page)
    expect(status_heading(page)).to_be_visible()
    stored = database["applications"].find_one({"candidate_id": ada.id})
    if stored:
        assert [file["name"] for file in stored["files"]] == ["resume.pdf", "notes.txt"]


def test_interrupted_upload_is_repeated_and_a_slow_one_cancelled(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    browser = open_browser(ada, at=f"#/postings/{publish('Sailmaker')}")
    page = browser.page
    held: list[Route] = []
    bucket = "**/hirelane-files-local"
    page.route(bucket, lambda route: route.abort(), times=1)
    browser.monitor.expect_failure("/hirelane-files-local")
    choose(page, "resume.docx", DOCX)
    expect(row(page, "resume.docx")).to_contain_text("The upload was interrupted")
    tab_to(page, "Upload resume.docx again", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(row(page, "resume.docx")).to_contain_text("Attached")

    page.route(bucket, lambda route: held.append(route))
    choose(page, "second.docx", DOCX)
    expect(row(page, "second.docx").get_by_role("progressbar")).to_be_visible()
    send(page)
    expect(page.get_by_text("Wait until all files are uploaded")).to_be_visible()
    browser.inspect("files-uploading")
    browser.monitor.expect_failure("/hirelane-files-local")
    page.get_by_role("button", name="Cancel the upload of second.docx").press("Enter")
    expect(row(page, "second.docx")).to_have_count(0)
    expect(page.get_by_role("button", name="Remove resume.docx")).to_be_focused()
