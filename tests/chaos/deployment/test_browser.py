"""The web client while a store of the deployed system is stopped."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.steps import Publish, go
from tests.browser.test_bad_days import TROUBLE
from tests.support.deployment import Deployment, Join


def test_page_recovers_after_mongodb_was_down(
    visit: Open, deployed: Deployment, publish: Publish, join: Join
) -> None:
    posting_id = publish("Diver")
    opened = visit(join(), at="#/applications")
    page = opened.page
    opened.watch.provoke("/v1/", "status of 503")
    deployed.stack.pause("mongodb")
    try:
        go(page, f"#/postings/{posting_id}")
        expect(page.get_by_role("heading", name=TROUBLE)).to_be_visible()
        expect(page.get_by_text("Our service is temporarily unavailable")).to_be_visible()
    finally:
        deployed.stack.resume("mongodb")
    expect(page.get_by_role("heading", level=1)).to_have_text("Diver")
