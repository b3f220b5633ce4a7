"""The inspector and the monitor find the faults that the other tests rely on."""

from __future__ import annotations

from tests.browser.conftest import OpenBrowser
from tests.browser.steps import wait_on

# An image without a text, low contrast in each colour scheme, a wide element, a console message.
ADD_FAULTS = """() => {
  const main = document.querySelector("main");
  const add = (tag, text) => main.appendChild(Object.assign(document.createElement(tag), {
    textContent: text,
  }));
  add("img", "").src = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
  add("p", "pale").style.color = "#eee";
  add("p", "dark").style.color = "#222";
  const wide = add("p", "wide").style;
  wide.width = "2000px";
  console.log("left in");
}"""


def test_inspector_and_monitor_find_faults(open_browser: OpenBrowser) -> None:
    browser = open_browser(at="#/log-in")
    browser.page.evaluate(ADD_FAULTS)
    browser.inspect("faults")
    found = browser.inspector.problems
    for sign in (
        "faults (desk, light): image-alt:",
        "faults (desk, light): color-contrast:",
        "faults (phone, dark): color-contrast:",
        "faults (desk, light): the page is 2",
        "faults (phone, dark): the page is 2",
        "faults (320 px): the page is 2",
    ):
        assert [text for text in found if text.startswith(sign)], (sign, found)
    assert [text for text in found if "dark): " in text and ">dark<" in text]
    wait_on(
        browser.page,
        browser.monitor.problems,
        lambda problems: any("console log: left in" in text for text in problems),
    )
    found.clear()
    browser.monitor.messages.clear()
