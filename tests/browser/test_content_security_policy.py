"""The Content-Security-Policy of the page."""

from __future__ import annotations

import re
import urllib.request

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import wait_for_count, wait_on
from tests.support.deployment import Deployment

INLINE = re.compile(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|javascript:", re.IGNORECASE)


# Elements with inline code. Text is not searched, because postings of other tests contain code.
FIND_INLINE = """() => {
  const inline = "style, script:not([src]), [style], [href^='javascript:'], [src^='javascript:']";
  const hasHandler = (one) => one.getAttributeNames().some((name) => name.startsWith("on"));
  return [...document.querySelectorAll("*")]
    .filter((one) => one.matches(inline) || hasHandler(one))
    .map((one) => one.outerHTML.slice(0, 200));
}"""


def test_first_load_has_no_inline_code(open_browser: OpenBrowser, deployed: Deployment) -> None:
    browser = open_browser(loads_from_api=True)
    browser.page.wait_for_load_state("networkidle")
    assert len(browser.monitor.responses) > 10
    for response in browser.monitor.responses:
        headers = response.all_headers()
        assert "unsafe-" not in headers.get("content-security-policy", "")
        if "text/html" in headers["content-type"]:
            assert not INLINE.search(response.text()), response.url
    assert browser.page.evaluate(FIND_INLINE) == []


def test_policy_allows_only_the_origin(deployed: Deployment) -> None:
    with urllib.request.urlopen(f"{deployed.api}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = answer.read().decode()
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["require-trusted-types-for"] == "'script'"
    assert directives["trusted-types"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe-" not in policy
    assert "unsafe-" not in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_trusted_types_refuse_markup_from_text(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    refused = browser.page.evaluate(
        """() => {
          const refused = [];
          const attempts = {
            innerHTML: () => (document.createElement("p").innerHTML = "<b>bold</b>"),
            insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", "<b>bold</b>"),
            write: () => document.write("<b>bold</b>"),
            script: () => (document.createElement("script").text = "1"),
            policy: () => trustedTypes.createPolicy("default", { createHTML: (text) => text }),
          };
          for (const [name, attempt] of Object.entries(attempts)) {
            try { attempt(); } catch (error) { if (error instanceof TypeError) refused.push(name); }
          }
          return refused;
        }"""
    )
    assert refused == ["innerHTML", "insertAdjacentHTML", "write", "script", "policy"]

    # The other tests rely on each violation being recorded, here and in the console.
    for source in ("violation of the", "console error"):

        def count_noticed(source: str = source) -> int:
            return sum(text.startswith(source) for text in browser.monitor.problems())

        wait_for_count(browser.page, count_noticed, len(refused))
    browser.monitor.messages.clear()


def test_foreign_frame_and_stylesheet_are_blocked(open_browser: OpenBrowser) -> None:
    browser = open_browser()
    browser.page.evaluate(
        """() => {
          const script = document.createElement("iframe");
          script.src = "data:text/html,<script>parent.ran = true</script>";
          const strange = document.createElement("link");
          strange.rel = "stylesheet";
          strange.href = "https://third-party.example/style.css";
          document.body.append(script, strange);
        }"""
    )
    directives = ("frame-src", "style-src")
    wait_on(
        browser.page,
        lambda: "\n".join(browser.monitor.problems()),
        lambda problems: all(directive in problems for directive in directives),
    )
    assert browser.page.evaluate("window.ran") is None
    assert not [one for one in browser.monitor.responses if "third-party" in one.url]
    browser.monitor.messages.clear()
    browser.monitor.requests.clear()
