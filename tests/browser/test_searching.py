"""Finding postings: words, filters, more of them, and addresses that lead back to them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from chalicelib.common.ids import new_id
from infrastructure.local.demo.postings import publish_postings
from tests.browser.conftest import Open
from tests.browser.steps import Publish, go
from tests.support.deployment import Deployment

# Found by these tests alone.
WORD = f"Lantern{new_id()[-6:]}"

# Before anything else can happen.
TYPE_AND_ASK_FOR_MORE = """(words) => {
  const field = document.querySelector("[type=search]");
  field.value = words;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  [...document.querySelectorAll("button")].find((one) => one.textContent === "Load more").click();
}"""


@pytest.fixture(scope="module")
def demo(deployed: Deployment) -> None:
    """The postings of the demo, which are worth reading."""
    publish_postings(deployed.endpoints)


@pytest.fixture(scope="module")
def lanterns(publish: Publish) -> list[str]:
    """Twenty-five postings that no other search finds, the newest first."""
    now = datetime.now(UTC) - timedelta(days=400)
    return [
        publish(
            f"{WORD} keeper {number}",
            employer="Lanternhouse" if number % 5 else "Lantern Society",
            location="Vardø" if number % 2 else "Hel",
            description="Keep the light.",
            published_at=now - timedelta(hours=number),
            workplace="remote" if number % 5 == 0 else "on-site",
            employment="part-time" if number % 3 == 0 else "full-time",
        )
        for number in range(25)
    ]


@pytest.mark.usefixtures("demo")
def test_the_front_page(visit: Open, size: str) -> None:
    opened = visit(size=size)
    expect(opened.page.locator(".posting")).to_have_count(20)
    expect(opened.page).to_have_title("Postings · Hirelane")
    opened.inspect("front")


def test_words_find_postings(visit: Open, size: str, lanterns: list[str]) -> None:
    """Letter by letter, whatever the case and the accents; the rest comes when it is asked for."""
    opened = visit(size=size)
    page = opened.page
    page.get_by_role("searchbox").press_sequentially(f"{WORD.upper()} vardo", delay=10)
    expect(page.get_by_role("status").filter(has_text="12 postings")).to_be_visible()
    page.get_by_role("searchbox").fill(WORD)
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(page.locator(".posting")).to_have_count(20)
    opened.inspect("search")
    page.get_by_role("button", name="Load more").click()
    expect(page.locator(".posting")).to_have_count(25)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)
    found = page.locator(".posting").evaluate_all("(all) => all.map((one) => one.dataset.posting)")
    assert found == lanterns

    # What was found has an address: it can be sent to somebody, and "back" returns to it.
    assert f"q={WORD}" in page.url
    page.get_by_role("link", name=f"{WORD} keeper 24").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{WORD} keeper 24")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value(WORD)
    expect(page.locator(".posting")).to_have_count(25)


def unfold(page: Page, size: str) -> None:
    """On a phone the filters are folded."""
    if size == "phone":
        page.get_by_text("Filters", exact=True).click()


@pytest.mark.usefixtures("lanterns")
def test_filters_narrow_what_is_found(visit: Open, size: str) -> None:
    opened = visit(size=size, at=f"#/?q={WORD}")
    page = opened.page
    unfold(page, size)
    page.get_by_role("checkbox", name="Remote").check()
    expect(page.get_by_role("status").filter(has_text="5 postings")).to_be_visible()
    page.get_by_label("Location").select_option("Hel")
    expect(page.get_by_role("status").filter(has_text="3 postings")).to_be_visible()
    assert "workplace=remote" in page.url
    assert "location=Hel" in page.url
    opened.inspect("filters")

    # The same from the address alone, in another browser.
    other = visit(size=size, at=page.url.removeprefix(opened.base))
    expect(other.page.locator(".posting")).to_have_count(3)
    unfold(other.page, size)
    expect(other.page.get_by_role("checkbox", name="Remote")).to_be_checked()

    page.get_by_role("button", name="Remove the filter Remote").click()
    expect(page.get_by_role("status").filter(has_text="13 postings")).to_be_visible()
    page.get_by_role("button", name="Remove the filter Hel").click()
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    assert "location" not in page.url


@pytest.mark.usefixtures("lanterns")
def test_more_is_more_of_the_list_that_is_shown(visit: Open) -> None:
    """Not of the one that is typed, asked for, or shown by the time it comes."""
    opened = visit(at=f"#/?q={WORD}")
    page = opened.page
    shown = page.locator(".posting")
    more = page.get_by_role("button", name="Load more")
    remote = page.get_by_role("checkbox", name="Remote")
    held: list[Route] = []

    def hold(pattern: str) -> None:
        page.route(re.compile(pattern), lambda route: held.append(route))

    # In the moment before what was typed is asked for.
    expect(shown).to_have_count(20)
    with page.expect_request(lambda request: "cursor=" in request.url) as asked:
        page.evaluate(TYPE_AND_ASK_FOR_MORE, f"{WORD} Vardo")
    assert parse_qs(urlsplit(asked.value.url).query)["q"] == [WORD]
    expect(page.get_by_role("status").filter(has_text="12 postings")).to_be_visible()
    expect(shown).to_have_count(12)

    # While another list is asked for.
    page.get_by_role("searchbox").fill(WORD)
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    hold("workplace=remote")
    with page.expect_request(re.compile("workplace=remote")):
        remote.check()
    expect(more).to_be_disabled()
    more.click(force=True)
    opened.settle()
    assert len(held) == 1
    opened.inspect("search-busy")
    held.pop().continue_()
    expect(shown).to_have_count(5)

    # It comes when another list is shown.
    page.unroute_all(behavior="wait")
    remote.uncheck()
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(more).to_be_enabled()
    hold("cursor=")
    with page.expect_request(re.compile("cursor=")):
        more.click()
    remote.check()
    expect(shown).to_have_count(5)
    held.pop().continue_()
    opened.settle()
    expect(shown).to_have_count(5)


def test_nothing_is_found(visit: Open, size: str) -> None:
    opened = visit(size=size, at="#/?q=nobodylooksforthis")
    page = opened.page
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()
    opened.inspect("search-nothing")
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator(".posting").first).to_be_visible()


@pytest.mark.usefixtures("lanterns")
def test_an_address_that_was_changed_by_hand_breaks_nothing(visit: Open) -> None:
    opened = visit(at=f"#/?q={WORD}&workplace=moon,remote&location=&cursor=x&strange=1")
    expect(opened.page.locator(".posting")).to_have_count(5)
    go(opened.page, "#/no/such/page")
    expect(opened.page.get_by_role("heading", name="Page not found")).to_be_visible()
    opened.inspect("missing")


@pytest.mark.usefixtures("lanterns")
def test_an_address_with_more_than_the_api_takes(visit: Open) -> None:
    """What it would refuse is left out, and no more than that: it counts characters, not halves."""
    longest = "🗼" * 200
    opened = visit(at=f"#/?q={WORD}&location={'x' * 201}&employer={longest}x")
    page = opened.page
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    assert page.url.endswith(f"#/?q={WORD}")
    go(page, f"#/?employer={longest}")
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()
    expect(page.get_by_label("Employer")).to_have_value(longest)
    go(page, f"#/?q={longest}x")
    expect(page.get_by_role("searchbox")).to_have_value(longest)
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()


@pytest.mark.usefixtures("lanterns")
def test_a_search_that_the_api_refuses(visit: Open, size: str) -> None:
    """Said beside the search, with a way to clear it: what was typed is not lost with the page."""
    opened = visit(size=size, at=f"#/?q={WORD}")
    page = opened.page
    opened.watch.provoke("/v1/postings", "status of 422")
    page.route(
        re.compile("workplace=remote|cursor="),
        lambda route: route.continue_(url=f"{route.request.url}&location={'x' * 201}"),
    )
    expect(page.locator(".posting")).to_have_count(20)
    refused = page.get_by_role("alert").filter(has_text="We cannot search for this")
    page.get_by_role("button", name="Load more").click()
    expect(refused).to_be_visible()
    expect(page.locator(".posting")).to_have_count(20)
    opened.inspect("search-more-refused")

    unfold(page, size)
    page.get_by_role("checkbox", name="Remote").check()
    expect(page.locator(".posting")).to_have_count(0)
    expect(refused).to_contain_text("Choose a location from the list")
    expect(page.get_by_role("searchbox")).to_have_value(WORD)
    opened.inspect("search-refused")
    refused.get_by_role("button", name="Clear search and filters").click()
    expect(refused).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator(".posting").first).to_be_visible()
