"""Elements of a chart in SVG, written without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH = 860
INK, FAINT = "#1f2328", "#8c959f"


class Drawing:
    """The elements of the chart so far, and where the next panel starts."""

    def __init__(self) -> None:
        self.top = 0.0
        self._elements: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = INK,
        size: int = 12,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write words at a point."""
        weight = ' font-weight="600"' if bold else ""
        self._elements.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"'
            f' text-anchor="{anchor}"{weight}>{escape(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "") -> None:
        """Draw a straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._elements.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
            f' stroke="{colour}"{dashes}/>'
        )

    def bar(self, x: float, y: float, width: float, colour: str) -> None:
        """Draw a bar that starts at a point."""
        self._elements.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(1.0, width):.1f}" height="12" rx="2"'
            f' fill="{colour}"/>'
        )

    def curve(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._elements.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )

    def dot(self, x: float, y: float, colour: str) -> None:
        """Draw a dot."""
        self._elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def finished(self) -> str:
        """Return the chart as SVG, as high as its panels."""
        height = math.ceil(self.top)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
                ' font-family="system-ui, sans-serif">',
                f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
                *self._elements,
                "</svg>",
                "",
            ]
        )
