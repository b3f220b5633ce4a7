"""How much is loaded before the first page is there, and how long that takes on a phone."""

from __future__ import annotations

import gzip
import os
import statistics
from collections.abc import Callable

from playwright.sync_api import Response, expect

from infrastructure.local.demo.postings import publish_postings
from tests.browser.conftest import Open
from tests.browser.steps import wait_for
from tests.support.deployment import Deployment

MOST_BYTES = 60_000
RUNS = int(os.environ.get("HIRELANE_PAINTS", "1"))
# As the browsers' developer tools define it.
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
  : performance.getEntriesByName(name)[0].startTime"""


def compressed(response: Response) -> int:
    """What an answer weighs on its way: its headers, and its body as CloudFront would send it."""
    headers = sum(len(f"{name}: {value}\r\n") for name, value in response.all_headers().items())
    return headers + len(gzip.compress(response.body(), compresslevel=6))


def test_the_first_load_is_light(
    visit: Open, deployed: Deployment, record_property: Callable[[str, object], None]
) -> None:
    """Page, styles, scripts, icon, and the API's answers with a full list of postings."""
    publish_postings(deployed.endpoints)
    opened = visit()
    opened.page.locator(".posting").first.wait_for()
    opened.page.wait_for_load_state("networkidle")
    # The icon's request does not count as traffic of the page.
    wait_for(opened.page, lambda: len(opened.watch.responses), len(opened.watch.requests))
    sizes = {response.url: compressed(response) for response in opened.watch.responses}
    # Chromium looks for the icon twice; nothing else is asked for again.
    asked = [url for url in opened.watch.requests if not url.endswith("/icon.svg")]
    assert len(asked) == len(set(asked)) == len(sizes) - 1
    total = sum(sizes.values())
    print(f"first load: {total} bytes in {len(sizes)} answers")
    for url, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"  {size:6}  {url.removeprefix(deployed.api)}")
    record_property("bytes of the first load", total)
    assert total < MOST_BYTES


def test_the_first_paint_on_a_slow_phone(
    visit: Open, deployed: Deployment, record_property: Callable[[str, object], None]
) -> None:
    """Only told. What stands before us in production also compresses, and speaks HTTP/2."""
    publish_postings(deployed.endpoints)
    paints: dict[str, list[float]] = {"first-contentful-paint": [], "largest": []}
    for _ in range(RUNS):
        opened = visit(size="phone", at=None)
        protocol = opened.context.new_cdp_session(opened.page)
        protocol.send("Network.enable")
        protocol.send("Network.emulateNetworkConditions", SLOW_4G)
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        opened.page.add_init_script(LARGEST)
        opened.open()
        expect(opened.page.locator(".posting").first).to_be_visible()
        for name, times in paints.items():
            times.append(opened.page.evaluate(PAINT, name) / 1000)
    for name, times in paints.items():
        median = statistics.median(times)
        print(f"{name}, slow 4G and a quarter of this processor: median {median:.2f} s of {times}")
        record_property(f"median seconds to {name}", median)
