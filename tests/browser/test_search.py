"""Search for postings: words, filters, pages, and addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from chalicelib.common.ids import new_id
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import Publish, navigate, wait_for_count, wait_on
from tests.support.demo_postings import publish_postings
from tests.support.deployment import Deployment

# No other test publishes a posting with this word.
WORD = f"Lantern{new_id()[-6:]}"

# Both before the page can react.
TYPE_AND_LOAD_MORE = """(words) => {
  const field = document.querySelector("[type=search]");
  field.value = words;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  [...document.querySelectorAll("button")].find((one) => one.textContent === "Load more").click();
}"""

# The page searches before the browser reports the new address to it.
SEARCH_AND_LEAVE = """(address) => {
  location.hash = address;
  document.querySelector("[type=search]").form.requestSubmit();
}"""


@pytest.fixture(scope="module")
def demo(deployed: Deployment) -> None:
    """Publish the demo's postings, which have realistic texts."""
    publish_postings(deployed.endpoints)


@pytest.fixture(scope="module")
def lanterns(publish: Publish) -> list[str]:
    """Publish 25 postings that no other search finds; return their ids, the newest first."""
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
def test_front_page_shows_the_newest_postings(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    expect(browser.page.locator(".posting")).to_have_count(20)
    expect(browser.page).to_have_title("Postings · Hirelane")
    browser.inspect("front")


def test_words_find_postings_while_typing(open_browser: OpenBrowser, lanterns: list[str]) -> None:
    """Case and accents do not matter; "Load more" loads the rest."""
    browser = open_browser()
    page = browser.page
    page.get_by_role("searchbox").press_sequentially(f"{WORD.upper()} vardo", delay=10)
    expect(page.get_by_role("status").filter(has_text="12 postings")).to_be_visible()
    page.get_by_role("searchbox").fill(WORD)
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(page.locator(".posting")).to_have_count(20)
    browser.inspect("search")
    page.get_by_role("button", name="Load more").click()
    expect(page.locator(".posting")).to_have_count(25)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)
    found = page.locator(".posting").evaluate_all("(all) => all.map((one) => one.dataset.posting)")
    assert found == lanterns

    # The search is in the address, and "back" returns to its list.
    expect(page).to_have_url(re.compile(f"q={WORD}"))
    page.get_by_role("link", name=f"{WORD} keeper 24").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{WORD} keeper 24")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value(WORD)
    expect(page.locator(".posting")).to_have_count(25)


def open_filters(page: Page, size: str) -> None:
    """Open the filters, which are closed on a phone."""
    if size == "phone":
        page.get_by_text("Filters", exact=True).click()


@pytest.mark.usefixtures("lanterns")
def test_filters_narrow_the_results(open_browser: OpenBrowser, size: str) -> None:
    browser = open_browser(size=size, at=f"#/?q={WORD}")
    page = browser.page
    open_filters(page, size)
    page.get_by_role("checkbox", name="Remote").check()
    expect(page.get_by_role("status").filter(has_text="5 postings")).to_be_visible()
    page.get_by_label("Location").select_option("Hel")
    expect(page.get_by_role("status").filter(has_text="3 postings")).to_be_visible()
    expect(page).to_have_url(re.compile("workplace=remote"))
    expect(page).to_have_url(re.compile("location=Hel"))
    browser.inspect("filters")

    # The address alone gives the same result.
    other = open_browser(size=size, at=page.url.removeprefix(browser.base))
    expect(other.page.locator(".posting")).to_have_count(3)
    open_filters(other.page, size)
    expect(other.page.get_by_role("checkbox", name="Remote")).to_be_checked()

    page.get_by_role("button", name="Remove the filter Remote").click()
    expect(page.get_by_role("status").filter(has_text="13 postings")).to_be_visible()
    page.get_by_role("button", name="Remove the filter Hel").click()
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(page).not_to_have_url(re.compile("location"))


@pytest.mark.nightly
@pytest.mark.usefixtures("lanterns")
def test_load_more_extends_only_the_shown_list(open_browser: OpenBrowser) -> None:
    """Not the list that is typed, requested, or shown when the answer arrives."""
    browser = open_browser(at=f"#/?q={WORD}")
    page = browser.page
    shown = page.locator(".posting")
    more = page.get_by_role("button", name="Load more")
    remote = page.get_by_role("checkbox", name="Remote")
    held: list[Route] = []

    def hold(pattern: str) -> None:
        page.route(re.compile(pattern), lambda route: held.append(route))

    # Before the typed search is requested.
    expect(shown).to_have_count(20)
    with page.expect_request(lambda request: "cursor=" in request.url) as asked:
        page.evaluate(TYPE_AND_LOAD_MORE, f"{WORD} Vardo")
    assert parse_qs(urlsplit(asked.value.url).query)["q"] == [WORD]
    expect(page.get_by_role("status").filter(has_text="12 postings")).to_be_visible()
    expect(shown).to_have_count(12)

    # While another list is requested.
    page.get_by_role("searchbox").fill(WORD)
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    hold("workplace=remote")
    remote.check()
    wait_for_count(page, lambda: len(held), 1)
    expect(more).to_be_disabled()
    more.click(force=True)
    browser.inspect("search-busy")
    assert len(held) == 1
    held.pop().continue_()
    expect(shown).to_have_count(5)

    # The answer arrives when another list is shown.
    page.unroute_all(behavior="wait")
    remote.uncheck()
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(more).to_be_enabled()
    hold("cursor=")
    more.click()
    wait_for_count(page, lambda: len(held), 1)
    remote.check()
    expect(shown).to_have_count(5)
    held.pop().continue_()
    wait_on(page, lambda: browser.monitor.pending, lambda pending: pending == 0)
    expect(shown).to_have_count(5)


def test_empty_result_offers_to_clear_the_search(open_browser: OpenBrowser) -> None:
    browser = open_browser(at="#/?q=nobodylooksforthis")
    page = browser.page
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()
    browser.inspect("search-nothing")
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator(".posting").first).to_be_visible()


@pytest.mark.nightly
def test_search_does_not_take_back_a_navigation(
    open_browser: OpenBrowser, lanterns: list[str]
) -> None:
    page = open_browser(at=f"#/?q={WORD}").page
    expect(page.locator(".posting").first).to_be_visible()
    page.get_by_role("searchbox").fill(f"{WORD} keeper")
    page.evaluate(SEARCH_AND_LEAVE, f"#/postings/{lanterns[0]}")
    expect(page.get_by_role("heading", name=f"{WORD} keeper 0", level=1)).to_be_visible()


@pytest.mark.nightly
@pytest.mark.usefixtures("lanterns")
def test_unknown_parameters_are_ignored(open_browser: OpenBrowser) -> None:
    browser = open_browser(at=f"#/?q={WORD}&workplace=moon,remote&location=&cursor=x&strange=1")
    expect(browser.page.locator(".posting")).to_have_count(5)
    navigate(browser.page, "#/no/such/page")
    expect(browser.page.get_by_role("heading", name="Page not found")).to_be_visible()
    browser.inspect("missing")


@pytest.mark.nightly
@pytest.mark.usefixtures("lanterns")
def test_too_long_parameters_are_left_out(open_browser: OpenBrowser) -> None:
    """The API counts code points, so 200 emoji are accepted."""
    longest = "🗼" * 200
    browser = open_browser(at=f"#/?q={WORD}&location={'x' * 201}&employer={longest}x")
    page = browser.page
    expect(page.get_by_role("status").filter(has_text="20 of 25")).to_be_visible()
    expect(page).to_have_url(re.compile(f"#/\\?q={WORD}$"))
    navigate(page, f"#/?employer={longest}")
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()
    expect(page.get_by_label("Employer")).to_have_value(longest)
    navigate(page, f"#/?q={longest}x")
    expect(page.get_by_role("searchbox")).to_have_value(longest)
    expect(page.get_by_role("heading", name="No posting matches")).to_be_visible()


@pytest.mark.usefixtures("lanterns")
def test_rejected_search_can_be_cleared(open_browser: OpenBrowser, size: str) -> None:
    browser = open_browser(size=size, at=f"#/?q={WORD}")
    page = browser.page
    browser.monitor.expect_failure("/v1/postings", "status of 422")
    page.route(
        re.compile("workplace=remote|cursor="),
        lambda route: route.continue_(url=f"{route.request.url}&location={'x' * 201}"),
    )
    expect(page.locator(".posting")).to_have_count(20)
    refused = page.get_by_role("alert").filter(has_text="We cannot search for this")
    page.get_by_role("button", name="Load more").click()
    expect(refused).to_be_visible()
    expect(page.locator(".posting")).to_have_count(20)
    browser.inspect("search-more-refused")

    open_filters(page, size)
    page.get_by_role("checkbox", name="Remote").check()
    expect(page.locator(".posting")).to_have_count(0)
    expect(refused).to_contain_text("Choose a location from the list")
    expect(page.get_by_role("searchbox")).to_have_value(WORD)
    browser.inspect("search-refused")
    refused.get_by_role("button", name="Clear search and filters").click()
    expect(refused).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator(".posting").first).to_be_visible()
