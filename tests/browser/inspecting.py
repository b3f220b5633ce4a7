"""Inspection of a page: accessibility by axe-core, width, and screenshots on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

# The width of a phone, and of a desktop screen at 400 %: the success criterion "reflow" of WCAG.
NARROWEST = 320

FULL = "axe.run(document, {resultTypes: ['violations']})"
# The only rule whose result depends on the colour scheme.
COLOURS = "axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['violations']})"

# The width of the page, the width of the window, and the elements that reach furthest.
FITS = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const reach = (element) => Math.round(element.getBoundingClientRect().right);
  const name = (element) => `${element.localName}.${element.className} ${reach(element)}`;
  const beyond = [...document.body.querySelectorAll("*")].filter((one) => reach(one) > clientWidth);
  const widest = beyond.sort((a, b) => reach(b) - reach(a)).slice(0, 4).map(name);
  return [scrollWidth, clientWidth, widest.join(", ")];
}"""


def read_axe(directory: Path) -> str:
    """Return the source of axe-core."""
    path = directory / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.fail("axe-core is not set up: run `make browser`.", pytrace=False)
    return path.read_text()


@dataclass
class Inspector:
    """Inspects states of pages and collects the problems. ``screenshots`` may name a directory."""

    axe: str
    screenshots: Path | None
    size: str
    problems: list[str] = field(default_factory=list)

    def inspect(self, page: Page, name: str) -> None:
        """Inspect a state in both colour schemes, with screenshots `<name>-<size>-<scheme>.png`."""
        scheme = page.evaluate(
            "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
        )
        other: Literal["dark", "light"] = "light" if scheme == "dark" else "dark"
        # Injected by the DevTools protocol: the Content-Security-Policy forbids a script element.
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(self.axe)
        self._run_axe(page, name, FULL)
        self._take_screenshot(page, f"{name}-{self.size}-{scheme}")
        page.emulate_media(color_scheme=other)
        self._run_axe(page, f"{name}, {other}", COLOURS)
        self._take_screenshot(page, f"{name}-{self.size}-{other}")
        page.emulate_media(color_scheme=scheme)
        self._check_width(page, name)
        if self.size == "phone" and (viewport := page.viewport_size):
            page.set_viewport_size({"width": NARROWEST, "height": viewport["height"]})
            self._check_width(page, f"{name}, {NARROWEST} px wide")
            page.set_viewport_size(viewport)

    def _run_axe(self, page: Page, name: str, script: str) -> None:
        violations: list[dict[str, Any]] = page.evaluate(
            f"{script}.then((found) => found.violations)"
        )
        for violation in violations:
            for node in violation["nodes"]:
                self.problems.append(
                    f"{name}: {violation['id']}: {violation['help']}: {node['html'][:200]}"
                    f" ({node.get('failureSummary', '')})"
                )

    def _take_screenshot(self, page: Page, name: str) -> None:
        if self.screenshots:
            path = self.screenshots / f"{name}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")

    def _check_width(self, page: Page, name: str) -> None:
        width, room, widest = page.evaluate(FITS)
        if width > room:
            self.problems.append(
                f"{name}: {width} px wide where there is room for {room}: {widest}"
            )
