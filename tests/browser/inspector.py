"""Inspect a state of a page: accessibility (axe-core), overflow, and screenshots on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, ViewportSize

SIZES = {
    "desk": ViewportSize(width=1200, height=900),
    "phone": ViewportSize(width=390, height=844),
}
# CSS pixels of a small phone, or of a wide screen at a zoom of 400 %: WCAG's criterion "Reflow".
NARROWEST = 320
# Each size is inspected in one colour scheme, so that both schemes are inspected once.
SCHEMES: dict[str, Literal["light", "dark"]] = {"desk": "light", "phone": "dark"}

# Without "preload", because no page has audio or video, and axe would load all stylesheets again.
RUN_AXE = """axe.run(document, { resultTypes: ["violations"], preload: false })
  .then((result) => result.violations)"""

# The page's width, the width of the viewport, and the elements that reach furthest beyond it.
FIND_OVERFLOW = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const right = (element) => Math.round(element.getBoundingClientRect().right);
  const name = (element) => `${element.localName}.${element.className} ${right(element)}`;
  const beyond = [...document.body.querySelectorAll("*")].filter((one) => right(one) > clientWidth);
  const widest = beyond.sort((a, b) => right(b) - right(a)).slice(0, 4).map(name);
  return [scrollWidth, clientWidth, widest.join(", ")];
}"""


def read_axe(directory: Path) -> str:
    """Return the source of axe-core from the npm packages in ``directory``."""
    path = directory / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.fail("axe-core is not installed: run `make browser`.", pytrace=False)
    return path.read_text()


@dataclass
class Inspector:
    """Inspects states and collects their faults.

    Args:
        axe: the source of axe-core.
        sizes: the names of the sizes in which it inspects.
        screenshots: the directory for screenshots, or None to take none.
        problems: the faults that were found.
    """

    axe: str
    sizes: tuple[str, ...]
    screenshots: Path | None
    problems: list[str] = field(default_factory=list)

    def inspect(self, page: Page, name: str) -> None:
        """Inspect the present state in each size; then restore the viewport and the scheme."""
        viewport = page.viewport_size
        assert viewport
        # A script element would violate the page's Content-Security-Policy; this does not.
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(self.axe)
        for size in self.sizes:
            page.set_viewport_size(SIZES[size])
            page.emulate_media(color_scheme=SCHEMES[size])
            title = f"{name} ({size}, {SCHEMES[size]})"
            self._run_axe(page, title)
            self._find_overflow(page, title)
            self._take_screenshots(page, f"{name}-{size}")
            if size == "phone":
                height = SIZES[size]["height"]
                page.set_viewport_size({"width": NARROWEST, "height": height})
                self._find_overflow(page, f"{name} ({NARROWEST} px)")
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme="light")

    def _run_axe(self, page: Page, title: str) -> None:
        violations: list[dict[str, Any]] = page.evaluate(RUN_AXE)
        for violation in violations:
            for node in violation["nodes"]:
                self.problems.append(
                    f"{title}: {violation['id']}: {violation['help']}: {node['html'][:200]}"
                    f" ({node.get('failureSummary', '')})"
                )

    def _find_overflow(self, page: Page, title: str) -> None:
        width, available, widest = page.evaluate(FIND_OVERFLOW)
        if width > available:
            self.problems.append(
                f"{title}: the page is {width} px wide, the viewport {available} px: {widest}"
            )

    def _take_screenshots(self, page: Page, name: str) -> None:
        if self.screenshots is None:
            return
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(
                path=self.screenshots / f"{name}-{scheme}.png",
                full_page=True,
                animations="disabled",
            )
