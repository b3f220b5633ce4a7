"""Checks that the relative links of the repository's Markdown files lead somewhere.

Run by `make check`. Looks at files that git knows or would add, and at links to files and to
headings; addresses on the web are not fetched. Prints each dead link and exits with 1 if any is.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
ON_THE_WEB = re.compile(r"[a-z][a-z0-9+.-]*:")


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    found: set[str] = set()
    for heading in HEADING.findall(re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).lower()
        anchor = base = plain.strip().replace(" ", "-")
        number = 0
        while anchor in found:
            number += 1
            anchor = f"{base}-{number}"
        found.add(anchor)
    return found


def dead_links(page: Path, root: Path) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    text = page.read_text(encoding="utf-8")
    prose = CODE.sub("", text)
    for link in LINK.findall(prose) + REFERENCE.findall(prose):
        if ON_THE_WEB.match(link):
            continue
        path, _, anchor = unquote(link).partition("#")
        start = root if path.startswith("/") else page.parent
        target = (start / path.lstrip("/")) if path else page
        if not _leads_somewhere(target, anchor):
            yield link


def _leads_somewhere(target: Path, anchor: str) -> bool:
    if not anchor or target.suffix != ".md":
        return target.exists()
    return target.exists() and anchor in anchors(target.read_text(encoding="utf-8"))


def pages(root: Path) -> list[Path]:
    """The repository's Markdown files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := root / name).exists()]


def main() -> int:
    """Checks all pages; returns the exit code."""
    dead = [(page, link) for page in pages(ROOT) for link in dead_links(page, ROOT)]
    for page, link in dead:
        sys.stderr.write(f"{page.relative_to(ROOT)}: dead link {link}\n")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
