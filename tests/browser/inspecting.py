"""Looking at a state of a page: a picture of it, what axe-core finds, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

# Of a phone, and of a desk's screen at 400 %: WCAG's criterion "reflow".
NARROWEST = 320

FULL = "axe.run(document, {resultTypes: ['violations']})"
# All that a colour scheme can change.
COLOURS = "axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']})"

# How wide the page is, how wide it may be, and the elements that reach furthest.
FITS = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const reach = (element) => Math.round(element.getBoundingClientRect().right);
  const name = (element) => `${element.localName}.${element.className} ${reach(element)}`;
  const beyond = [...document.body.querySelectorAll("*")].filter((one) => reach(one) > clientWidth);
  const widest = beyond.sort((a, b) => reach(b) - reach(a)).slice(0, 4).map(name);
  return [scrollWidth, clientWidth, widest.join(", ")];
}"""


def read_axe(directory: Path) -> str:
    """The source of axe-core."""
    path = directory / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.fail("axe-core is not set up: run `make browser`.", pytrace=False)
    return path.read_text()


@dataclass
class Inspector:
    """Inspects states and collects what is wrong with them."""

    axe: str
    directory: Path
    size: str
    problems: list[str] = field(default_factory=list)

    def inspect(self, page: Page, name: str) -> None:
        """Takes the pictures `<name>-<size>-<scheme>.png` and notes what is wrong."""
        scheme = page.evaluate(
            "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
        )
        other: Literal["dark", "light"] = "light" if scheme == "dark" else "dark"
        # Through the protocol of the developer tools, which a page's policy has no say in; of a
        # script element it would have.
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(self.axe)
        self._judge(page, name, FULL)
        self._picture(page, f"{name}-{self.size}-{scheme}")
        page.emulate_media(color_scheme=other)
        self._judge(page, f"{name}, {other}", COLOURS)
        self._picture(page, f"{name}-{self.size}-{other}")
        page.emulate_media(color_scheme=scheme)
        self._fits(page, name)
        if self.size == "phone" and (viewport := page.viewport_size):
            page.set_viewport_size({"width": NARROWEST, "height": viewport["height"]})
            self._fits(page, f"{name}, {NARROWEST} px wide")
            page.set_viewport_size(viewport)

    def _judge(self, page: Page, name: str, script: str) -> None:
        violations: list[dict[str, Any]] = page.evaluate(
            f"{script}.then((found) => found.violations)"
        )
        for violation in violations:
            for node in violation["nodes"]:
                self.problems.append(
                    f"{name}: {violation['id']}: {violation['help']}: {node['html'][:200]}"
                    f" ({node.get('failureSummary', '')})"
                )

    def _picture(self, page: Page, name: str) -> None:
        page.screenshot(path=self.directory / f"{name}.png", full_page=True, animations="disabled")

    def _fits(self, page: Page, name: str) -> None:
        width, room, widest = page.evaluate(FITS)
        if width > room:
            self.problems.append(
                f"{name}: {width} px wide where there is room for {room}: {widest}"
            )
