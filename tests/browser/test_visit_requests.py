"""How many requests a visit makes that ends with an application: the cost model counts them."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from benchmarks.cost.measure import FILE as USAGE
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import Publish, apply, expect_logged_in, log_in, past_step
from tests.support.deployment import PASSWORD, Candidate


@pytest.mark.nightly
def test_visit_makes_as_many_requests_as_the_cost_model_says(
    open_browser: OpenBrowser, ada: Candidate, publish: Publish
) -> None:
    title = "Sailmaker of the cost model"
    publish(title)
    requests: list[Request] = []
    browser = open_browser()
    page = browser.page
    page.on("request", lambda request: requests.append(request))
    browser.open()
    page.get_by_role("searchbox").fill(title)
    page.get_by_role("link", name=title).click()
    page.get_by_role("link", name="Log in to apply").click()
    log_in(page, ada.email, PASSWORD)
    expect_logged_in(page)
    apply(page)
    expect(past_step(page, "Confirmed by e-mail")).to_be_visible()
    paths = [urlsplit(one.url).path for one in requests]
    to_api = [path for path in paths if "/v1/" in path]
    print(json.dumps({"api": len(to_api), "files": len(paths) - len(to_api), "paths": to_api}))
    visit = json.loads(USAGE.read_text())["visit"]
    # Polls of the status depend on how soon the e-mail is sent.
    assert len(to_api) == pytest.approx(visit["api_requests"], abs=4)
    assert len(paths) - len(to_api) == pytest.approx(visit["files"], abs=4)
