"""The other tests rely on the inspector and on what is watched: both notice what is wrong."""

from __future__ import annotations

from tests.browser.conftest import Open

# What nobody may do, by the means that the page's policy leaves: a picture without a text, pale
# letters, pale ones in the dark alone, something wide, and a word to the console.
WRONG = """() => {
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


def test_what_is_wrong_is_noticed(visit: Open) -> None:
    opened = visit(size="phone", at="#/log-in")
    opened.page.evaluate(WRONG)
    opened.inspect("inspecting")
    found = opened.inspector.problems
    for sign in (
        "inspecting: image-alt:",
        "inspecting: color-contrast:",
        "inspecting, dark: color-contrast:",
        "inspecting: 2",
        "inspecting, 320 px wide: 2",
    ):
        assert [text for text in found if text.startswith(sign)], (sign, found)
    assert [text for text in found if ", dark: " in text and ">dark<" in text]
    opened.settle()
    assert [text for text in opened.watch.problems() if "console log: left in" in text]
    found.clear()
    opened.watch.complaints.clear()
