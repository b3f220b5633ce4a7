"""Size and duration of the first load."""

from __future__ import annotations

import gzip
import os
import statistics
from collections.abc import Callable

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import OpenBrowser
from tests.support.demo_postings import publish_postings
from tests.support.deployment import Deployment

MOST_BYTES = 60_000
RUNS = int(os.environ.get("HIRELANE_PAINTS", "1"))
# The preset of the browsers' developer tools.
SLOW_4G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 750e3 / 8 * 0.9,
}
LARGEST = """new PerformanceObserver((list) => {
  window.largest = list.getEntries().at(-1).startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });"""
PAINT = """(name) => name === "largest" ? window.largest
  : performance.getEntriesByName(name)[0]?.startTime"""


def compressed(response: Response) -> int:
    """Return the bytes of an answer: its headers, and its body as CloudFront compresses it."""
    headers = sum(len(f"{name}: {value}\r\n") for name, value in response.all_headers().items())
    return headers + len(gzip.compress(response.body(), compresslevel=6))


def test_first_load_is_below_60_kb(
    open_browser: OpenBrowser, deployed: Deployment, record_property: Callable[[str, object], None]
) -> None:
    """Page, styles, scripts, and the API's answers with a full page of postings."""
    publish_postings(deployed.endpoints)
    browser = open_browser(loads_from_api=True)
    browser.page.locator(".posting").first.wait_for()
    browser.page.wait_for_load_state("networkidle")
    # The icon is part of the page.
    sent = [response for response in browser.monitor.responses if "data:" not in response.url]
    asked = [url for url in browser.monitor.requests if not url.startswith("data:")]
    sizes = {response.url: compressed(response) for response in sent}
    assert len(asked) == len(set(asked)) == len(sizes)
    total = sum(sizes.values())
    print(f"first load: {total} bytes in {len(sizes)} answers")
    for url, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"  {size:6}  {url.removeprefix(deployed.api)}")
    record_property("bytes of the first load", total)
    assert total < MOST_BYTES


@pytest.mark.nightly
def test_first_paint_on_a_slow_phone_is_reported(
    open_browser: OpenBrowser, deployed: Deployment, record_property: Callable[[str, object], None]
) -> None:
    """Without a limit: CloudFront also compresses and speaks HTTP/2, the local stack does not."""
    publish_postings(deployed.endpoints)
    paints: dict[str, list[float]] = {"first-contentful-paint": [], "largest": []}
    for _ in range(RUNS):
        browser = open_browser(size="phone", at=None, loads_from_api=True)
        protocol = browser.context.new_cdp_session(browser.page)
        protocol.send("Network.enable")
        protocol.send("Network.emulateNetworkConditions", SLOW_4G)
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        browser.page.add_init_script(LARGEST)
        browser.open()
        expect(browser.page.locator(".posting").first).to_be_visible()
        for name, times in paints.items():
            painted = browser.page.wait_for_function(PAINT, arg=name)
            times.append(painted.json_value() / 1000)
    for name, times in paints.items():
        median = statistics.median(times)
        print(f"{name}, slow 4G and a quarter of this processor: median {median:.2f} s of {times}")
        record_property(f"median seconds to {name}", median)
