"""Check the links and the file names in the repository's Markdown pages. Run by `make check`.

A relative link must lead to a file or a heading, and a file named in a code span, such as
`queue/lanes.py`, must exist in some folder. Addresses on the web are not requested. Each error is
printed; the exit code is 1 if there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`[^`\n]*`")
WEB_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:")
# A file in a folder. Files below .local and .venv are not in the repository.
FILE_NAME = re.compile(
    r"`((?!\.local/|\.venv)[\w.-]+(?:/[\w.-]+)+\.(?:py|lua|js|css|html|md|mjs))`"
)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).lower()
        anchor = base = plain.strip().replace(" ", "-")
        number = 0
        while anchor in found:
            number += 1
            anchor = f"{base}-{number}"
        found.add(anchor)
    return found


def dead_links(page: Path, root: Path) -> Iterator[str]:
    """Yield the links of a page that lead nowhere."""
    prose = CODE_SPAN.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    for link in LINK.findall(prose) + REFERENCE.findall(prose):
        if WEB_ADDRESS.match(link):
            continue
        path, _, anchor = unquote(link).partition("#")
        start = root if path.startswith("/") else page.parent
        target = (start / path.lstrip("/")) if path else page
        if not _exists(target, anchor):
            yield link


def missing_files(page: Path, files: Iterable[str]) -> Iterator[str]:
    """Yield the file names in code spans of a page that are the end of no file's path."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    for name in FILE_NAME.findall(prose):
        if not any(f"/{path}".endswith(f"/{name}") for path in files):
            yield name


def _exists(target: Path, anchor: str) -> bool:
    if not anchor or target.suffix != ".md":
        return target.exists()
    return target.exists() and anchor in anchors(target.read_text(encoding="utf-8"))


def repository_files(root: Path) -> list[str]:
    """Return the paths of all files that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.split("\0") if name and (root / name).exists()]


def main() -> int:
    """Check all pages. Return the exit code."""
    files = repository_files(ROOT)
    errors: list[str] = []
    for name in files:
        if name.endswith(".md"):
            page = ROOT / name
            errors += [f"{name}: dead link {link}" for link in dead_links(page, ROOT)]
            errors += [f"{name}: no such file {path}" for path in missing_files(page, files)]
    for error in errors:
        sys.stderr.write(f"{error}\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
