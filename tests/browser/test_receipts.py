"""Receipts: save the one of an application as a file, and check it without a network."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import Publish
from tests.support.deployment import Candidate, Deployment


def test_saved_receipt_is_checked_offline(
    open_browser: OpenBrowser,
    ada: Candidate,
    deployed: Deployment,
    publish: Publish,
    tmp_path: Path,
) -> None:
    receipt = deployed.apply(ada, publish("Rigger")).body
    browser = open_browser(ada, at=f"#/applications/{receipt['id']}")
    page = browser.page
    page.get_by_text("Receipt", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save receipt").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == f"receipt-{receipt['id']}.txt"
    browser.inspect("application-receipt")

    with page.expect_response("**/v1/receipts/keys"):
        page.get_by_role("link", name="Check a saved receipt").click()
    field = page.get_by_label("Receipt", exact=True)
    field.fill(receipt["receipt"])
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="This receipt is genuine")).to_be_visible()
    # In place of the interim receipt, the field has the one that anyone can check.
    assert field.input_value() != receipt["receipt"]
    field.fill("")
    page.context.set_offline(True)
    page.get_by_label("File with a receipt").set_input_files(file)
    expect(page.get_by_role("heading", name="This receipt is genuine")).to_be_visible()
    expect(page.get_by_text(receipt["id"])).to_be_visible()
    expect(page.get_by_text("It is entry 1 in the log")).to_be_visible()
    browser.inspect("receipt-genuine")

    text = file.read_text().strip()
    header, payload, signature = text.split(".")
    changed = f"{payload[:-8]}{'A' if payload[-8] != 'A' else 'B'}{payload[-7:]}"
    for wrong, words in (
        (f"{header}.{changed}.{signature}", "This receipt is not valid"),
        ("hello", "This is not a receipt"),
    ):
        field.fill(wrong)
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_text(words)).to_be_visible()
    browser.inspect("receipt-wrong")
    page.context.set_offline(False)
