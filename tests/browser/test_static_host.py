"""The folder ``web`` works on a static file host such as S3 with CloudFront."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Route, expect

from chalicelib.web_client.routes import FOLDER
from tests.browser.conftest import OpenBrowser
from tests.support.demo_postings import publish_postings
from tests.support.deployment import Deployment


def test_client_works_on_a_static_host(open_browser: OpenBrowser, deployed: Deployment) -> None:
    publish_postings(deployed.endpoints)
    browser = open_browser(at=None)
    host = f"{urlsplit(deployed.api).scheme}://{urlsplit(deployed.api).netloc}/a/store/of/files/"
    asked: list[str] = []

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(host).partition("?")
        asked.append(name[0])
        if name[0].startswith("v1/"):
            answer = route.fetch(url=f"{deployed.api}/{''.join(name)}")
            return route.fulfill(response=answer)
        file = FOLDER / (name[0] or "index.html")
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        return route.fulfill(path=Path(file), content_type=kind)

    browser.page.route(f"{host}**", serve)
    browser.page.goto(host)
    posting = browser.page.locator(".posting").first
    expect(posting).to_be_visible()
    posting.get_by_role("link").first.click()
    expect(browser.page.get_by_role("heading", name="At a glance")).to_be_visible()
    assert "main.js" in asked
    assert "candidate/posting-page.js" in asked
    assert any(name.startswith("v1/postings/") for name in asked)
