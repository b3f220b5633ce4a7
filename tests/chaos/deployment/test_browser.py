"""The web client while a store of the deployed system is stopped."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import UNREACHABLE, Publish, navigate
from tests.support.deployment import Deployment, Join


def test_page_recovers_after_mongodb_was_down(
    open_browser: OpenBrowser, deployed: Deployment, publish: Publish, join: Join
) -> None:
    posting_id = publish("Diver")
    browser = open_browser(join(), at="#/applications")
    page = browser.page
    browser.monitor.expect_failure("/v1/", "status of 503")
    deployed.stack.pause("mongodb")
    try:
        navigate(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", name=UNREACHABLE)).to_be_visible()
        expect(page.get_by_text("Our service is temporarily unavailable")).to_be_visible()
    finally:
        deployed.stack.resume("mongodb")
    expect(page.get_by_role("heading", level=1)).to_have_text("Diver")
