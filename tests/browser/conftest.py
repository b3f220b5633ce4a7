"""Fixtures of the browser tests: browser contexts with their inspector and monitor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from redis import Redis

from tests.browser.asset_proxy import running_asset_proxy
from tests.browser.inspector import SIZES, Inspector, read_axe
from tests.browser.monitor import Monitor
from tests.support.deployment import (
    PASSWORD,
    Candidate,
    Deployment,
    Join,
    database,
    deployed,
    join,
    lanes,
    loopback_only,
    publish,
)
from tests.support.timing import PATIENCE_SECONDS

__all__ = ["database", "deployed", "join", "lanes", "loopback_only", "publish"]

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_MS = PATIENCE_SECONDS * 1000
expect.set_options(timeout=TIMEOUT_MS)


@dataclass(frozen=True)
class BrowserSession:
    """One person's browser: its cookies, its storage, its tabs."""

    context: BrowserContext
    page: Page
    monitor: Monitor
    base: str
    inspector: Inspector

    def open(self, address: str = "#/", page: Page | None = None) -> Page:
        """Load the client at an address, and wait for the page."""
        page = page or self.page
        # From the present page, a change of the hash would not load the document again.
        if page.url.startswith(self.base):
            page.goto("about:blank")
        page.goto(self.base + address)
        page.get_by_role("heading", level=1).first.wait_for()
        return page

    def open_tab(self, address: str = "#/") -> Page:
        """Open another tab of the same browser, in front of the others.

        A tab behind another one draws one frame a second, and a click waits for two frames. To
        click there, bring it to the front; each tab still believes that it is visible.
        """
        return self.open(address, self.context.new_page())

    def settle(self) -> None:
        """Wait for events that no locator shows, such as console messages."""
        for page in self.context.pages:
            page.wait_for_timeout(60)

    def inspect(self, name: str, page: Page | None = None) -> None:
        """Inspect the present state of a page."""
        page = page or self.page
        page.bring_to_front()
        self.inspector.inspect(page, name)


OpenBrowser = Callable[..., BrowserSession]


@pytest.fixture(scope="session")
def asset_proxy() -> Iterator[str]:
    """The URL of the proxy from which browsers load the files of the client."""
    with running_asset_proxy() as url:
        yield url


@pytest.fixture(scope="session")
def axe() -> str:
    return read_axe(REPOSITORY / ".local" / "browser")


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """The directory for screenshots of inspected states, if the variable names one."""
    chosen = os.environ.get("HIRELANE_SCREENSHOTS")
    if not chosen:
        return None
    directory = REPOSITORY / chosen
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture
def ada(join: Join) -> Candidate:
    """A candidate of this test alone, whose rate limits no other test uses up."""
    return join()


@pytest.fixture(autouse=True)
def _reset_limits_by_address(deployed: Deployment) -> None:
    """Reset the rate limits by address, because all tests send from one address.

    Other limits stay, because tests that run at the same time may depend on them.
    """
    with Redis.from_url(deployed.endpoints.redis_url) as redis:
        for key in redis.scan_iter("{hl:limits}:*.address:*"):
            redis.delete(key)


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    """The name of a screen size, for pages that work differently on a phone."""
    return str(request.param)


@pytest.fixture
def open_browser(
    chromium: Browser,
    deployed: Deployment,
    axe: str,
    asset_proxy: str,
    screenshots: Path | None,
) -> Iterator[OpenBrowser]:
    """Open browsers. At the end of the test, fail for every unexpected fault in them."""
    sessions: list[BrowserSession] = []
    parts = urlsplit(deployed.api)
    origin = f"{parts.scheme}://{parts.netloc}"

    def open_browser(
        candidate: Candidate | None = None,
        size: str | None = None,
        at: str | None = "#/",
        loads_from_api: bool = False,
        **options: Any,
    ) -> BrowserSession:
        """Open a browser in which nobody, or a candidate, is logged in.

        Without ``size`` the screen is wide, and ``inspect`` inspects all sizes. With
        ``loads_from_api`` the API serves the client's files too.
        """
        usual: dict[str, Any] = {
            "viewport": SIZES[size or "desk"],
            "color_scheme": "light",
            "reduced_motion": "reduce",
            "locale": "en-GB",
            "has_touch": size == "phone",
        }
        if candidate:
            usual["storage_state"] = _log_in(deployed, candidate, origin)
        if not loads_from_api:
            # Chromium uses no proxy for loopback addresses unless it is told to.
            usual["proxy"] = {"server": asset_proxy, "bypass": "<-loopback>"}
        context = chromium.new_context(**(usual | options))
        context.set_default_timeout(TIMEOUT_MS)
        monitor = Monitor(origin)
        monitor.attach(context)
        inspector = Inspector(axe, (size,) if size else tuple(SIZES), screenshots)
        session = BrowserSession(
            context, context.new_page(), monitor, f"{deployed.api}/", inspector
        )
        sessions.append(session)
        if at is not None:
            session.open(at)
        return session

    yield open_browser
    problems = []
    for session in sessions:
        session.settle()
        problems += session.inspector.problems + session.monitor.problems()
        session.context.close()
    if problems:
        pytest.fail("\n".join(dict.fromkeys(problems)), pytrace=False)


def _log_in(deployed: Deployment, candidate: Candidate, origin: str) -> dict[str, Any]:
    """Log in over HTTP and return the storage of a browser that did so."""
    credentials = {"email": candidate.email, "password": PASSWORD}
    answer = deployed.call("POST", "/v1/sessions", {**credentials, "deliver": "body"})
    assert answer.status == 200, answer
    cookies = [
        {
            "name": f"__Host-hirelane-{name}",
            "value": answer.body[f"{name}_token"],
            "domain": urlsplit(origin).hostname,
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": True,
            "sameSite": "Strict",
        }
        for name in ("refresh", "device")
    ]
    mark = {"name": "hirelane.session", "value": "1"}
    return {"cookies": cookies, "origins": [{"origin": origin, "localStorage": [mark]}]}
