"""An owner of an account exports everything, and downloads the file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from typing import Any

from jsonschema import Draft7Validator
from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.conftest import REPOSITORY, OpenBrowser
from tests.browser.steps import Publish, tab_to
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment
from tests.support.files import PDF, attach

PACKAGES = REPOSITORY / ".local" / "browser" / "node_modules"
SCHEMA = PACKAGES / "@jsonresume" / "schema" / "schema.json"
Join = Callable[..., Candidate]


def test_export_is_written_and_downloaded(
    open_browser: OpenBrowser,
    deployed: Deployment,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    ada = join("Ada Candidate")
    files = [attach(deployed, ada, "resume.pdf")]
    application = deployed.apply(ada, publish("Rigger"), files=files).body["id"]
    browser = open_browser(ada, at="#/account")
    page = browser.page
    tab_to(page, "^Start an export")
    page.keyboard.press("Enter")
    save = page.get_by_role("button", name="Download the export of")
    expect(save).to_be_visible()
    expect(page.get_by_role("button", name="Start an export")).to_be_enabled()
    browser.inspect("account-export")
    with page.expect_download() as downloaded:
        save.press("Enter")
    assert downloaded.value.suggested_filename.startswith("hirelane-export-")
    with zipfile.ZipFile(downloaded.value.path()) as archive:
        names = archive.namelist()
        assert f"receipts/{application}.jws" in names
        [resume] = [name for name in names if name.endswith("/resume.pdf")]
        assert archive.read(resume) == PDF
        schema = Draft7Validator(json.loads(SCHEMA.read_text()))
        schema.validate(json.loads(archive.read("resume.json")))

    wait_for(
        lambda: [mail["Subject"] for mail in deployed.mails_to(ada.email)],
        lambda subjects: "Your export is ready" in subjects,
    )

    exports = database["data_exports"]
    exports.update_one({"account_id": ada.id}, {"$set": {"state": "failed"}})
    page.reload()
    expect(page.get_by_text("It could not be made")).to_be_visible()
    browser.inspect("account-export-failed")
