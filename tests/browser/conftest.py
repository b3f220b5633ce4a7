"""The browser tests: one Chromium, a stack of their own, and for each test contexts of its own."""

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

from tests.browser.inspecting import Inspector, read_axe
from tests.browser.watching import Watch
from tests.support.deployment import (
    PASSWORD,
    Candidate,
    Deployment,
    database,
    deployed,
    join,
    lanes,
    loopback_only,
    publish,
)

__all__ = ["database", "deployed", "join", "lanes", "loopback_only", "publish"]

REPOSITORY = Path(__file__).resolve().parents[2]
SIZES = {"desk": (1200, 900), "phone": (390, 844)}
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Visit:
    """A browser of somebody's own: its cookies, its storage, its tabs."""

    context: BrowserContext
    page: Page
    watch: Watch
    base: str
    inspector: Inspector

    def open(self, address: str = "#/", page: Page | None = None) -> Page:
        """Opens an address of the client, as typed into the address bar, and waits for the page."""
        page = page or self.page
        # From elsewhere, so that it is a new document and not a way inside the present one.
        if page.url.startswith(self.base):
            page.goto("about:blank")
        page.goto(self.base + address)
        page.get_by_role("heading", level=1).first.wait_for()
        return page

    def tab(self, address: str = "#/") -> Page:
        """Another tab of the same browser."""
        return self.open(address, self.context.new_page())

    def settle(self) -> None:
        """Lets what is under way arrive: events, and what the page does because of them."""
        for page in self.context.pages:
            page.wait_for_timeout(60)

    def inspect(self, name: str, page: Page | None = None) -> None:
        """Looks at the present state: a screenshot, axe-core, and whether all fits."""
        self.inspector.inspect(page or self.page, name)


Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def axe() -> str:
    return read_axe(REPOSITORY / ".local" / "browser")


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """The directory for screenshots; without the variable none are taken, which is quicker."""
    if not (chosen := os.environ.get("HIRELANE_SCREENSHOTS")):
        return None
    directory = REPOSITORY / chosen
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def ada(join: Callable[..., Candidate]) -> Candidate:
    """Someone for the tests to which it does not matter what she did before."""
    return join()


@pytest.fixture(autouse=True)
def _no_rate_limits(deployed: Deployment) -> None:
    """Reset all rate limits, because all tests come from one network address within minutes."""
    with Redis.from_url(deployed.endpoints.redis_url) as redis:
        for key in redis.scan_iter("{hl:limits}*"):
            redis.delete(key)


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    """A desk's screen or a phone's."""
    return str(request.param)


@pytest.fixture
def visit(
    chromium: Browser,
    deployed: Deployment,
    axe: str,
    screenshots: Path | None,
) -> Iterator[Open]:
    """Opens browsers, of nobody or of a candidate; at the end nothing may have been wrong."""
    visits: list[Visit] = []
    parts = urlsplit(deployed.api)
    origin = f"{parts.scheme}://{parts.netloc}"

    def visit(
        candidate: Candidate | None = None,
        size: str = "desk",
        scheme: str = "light",
        at: str | None = "#/",
        **options: Any,
    ) -> Visit:
        width, height = SIZES[size]
        usual: dict[str, Any] = {
            "viewport": {"width": width, "height": height},
            "color_scheme": scheme,
            "reduced_motion": "reduce",
            "locale": "en-GB",
            "has_touch": size == "phone",
        }
        if candidate:
            usual["storage_state"] = _logged_in(deployed, candidate, origin)
        context = chromium.new_context(**(usual | options))
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(origin)
        watch.attach(context)
        opened = Visit(
            context,
            context.new_page(),
            watch,
            f"{deployed.api}/",
            Inspector(axe, screenshots, size),
        )
        visits.append(opened)
        if at is not None:
            opened.open(at)
        return opened

    yield visit
    problems = []
    for opened in visits:
        opened.settle()
        problems += opened.inspector.problems + opened.watch.problems()
        opened.context.close()
    if problems:
        pytest.fail("\n".join(dict.fromkeys(problems)), pytrace=False)


def _logged_in(deployed: Deployment, candidate: Candidate, origin: str) -> dict[str, Any]:
    """The storage of a browser in which somebody has logged in."""
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
    hint = {"name": "hirelane.session", "value": "1"}
    return {"cookies": cookies, "origins": [{"origin": origin, "localStorage": [hint]}]}
