"""How much is loaded before the first page is there."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from playwright.sync_api import Response

from infrastructure.local.demo.postings import publish_postings
from tests.browser.conftest import Open
from tests.deployment import Deployment

MOST_BYTES = 60_000


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
    opened.page.get_by_role("main").get_by_role("listitem").first.wait_for()
    opened.page.wait_for_load_state("networkidle")
    sizes = {response.url: compressed(response) for response in opened.watch.responses}
    assert len(sizes) == len(opened.watch.responses) == len(opened.watch.requests)
    total = sum(sizes.values())
    print(f"first load: {total} bytes in {len(sizes)} answers")
    for url, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"  {size:6}  {url.removeprefix(deployed.api)}")
    record_property("bytes of the first load", total)
    assert total < MOST_BYTES
