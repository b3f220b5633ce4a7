"""What the page may do: its Content-Security-Policy, said and kept."""

from __future__ import annotations

import re
import urllib.request

from tests.browser.conftest import Open
from tests.support.deployment import Deployment

INLINE = re.compile(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|javascript:", re.IGNORECASE)


def test_everything_served_is_without_inline_code(visit: Open, deployed: Deployment) -> None:
    """Every answer of the first page load, and what the page has become of it."""
    opened = visit()
    opened.page.wait_for_load_state("networkidle")
    assert len(opened.watch.responses) > 10
    for response in opened.watch.responses:
        headers = response.all_headers()
        assert "unsafe-" not in headers.get("content-security-policy", "")
        if "text/html" in headers["content-type"]:
            assert not INLINE.search(response.text()), response.url
    assert not INLINE.search(opened.page.content())


def test_the_policy_allows_only_the_origin(deployed: Deployment) -> None:
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
    # Nothing of another site's: not even a link to one.
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_text_cannot_become_markup(visit: Open) -> None:
    """Trusted Types: what would make a script of a text throws."""
    opened = visit()
    refused = opened.page.evaluate(
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
    opened.settle()
    # Each attempt was noticed, as a page's own would be: the tests that make none rely on that.
    noticed = [text for text in opened.watch.problems() if "Content-Security-Policy" in text]
    assert len(noticed) >= len(refused)
    opened.watch.complaints.clear()


def test_a_strange_script_does_not_run(visit: Open) -> None:
    """One that got into the page all the same: it and its style are refused, and noticed."""
    opened = visit()
    opened.page.evaluate(
        """() => {
          const script = document.createElement("iframe");
          script.src = "data:text/html,<script>parent.ran = true</script>";
          const strange = document.createElement("link");
          strange.rel = "stylesheet";
          strange.href = "https://third-party.example/style.css";
          document.body.append(script, strange);
        }"""
    )
    opened.settle()
    assert opened.page.evaluate("window.ran") is None
    problems = opened.watch.problems()
    assert [text for text in problems if "frame-src" in text]
    assert [text for text in problems if "style-src" in text]
    assert not [one for one in opened.watch.responses if "third-party" in one.url]
    opened.watch.complaints.clear()
    opened.watch.requests.clear()
