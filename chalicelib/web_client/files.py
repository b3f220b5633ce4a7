"""The files of the web client as they are served: under names that change with their content.

They are served as they were written; there is no build. ``index.html`` refers to the others by
``./``. That is replaced by a folder named by the digest of them all, so that a browser may keep
them for ever, and they refer to each other relatively, so they find each other in there.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "index.html"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_POLICY = re.compile(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"')
_OWN_REFERENCE = re.compile(r'(href|src)="\./')


class File(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    content: str
    media_type: str


class WebClient:
    """The files below a folder, read when they are first asked for and kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _files(self) -> dict[str, File]:
        """All files of a type that is served, by their paths below the folder."""
        return {
            path.relative_to(self._folder).as_posix(): File(
                path.read_text(encoding="utf-8"), _TYPES[path.suffix]
            )
            for path in sorted(self._folder.rglob("*"))
            if path.suffix in _TYPES
        }

    @cached_property
    def version(self) -> str:
        """The digest of all files: 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(f"{name}\0{len(file.content)}\0{file.content}".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def index(self) -> File:
        """The page, with references to this version of the other files."""
        page = self._files[INDEX]
        content = _OWN_REFERENCE.sub(rf'\1="assets/{self.version}/', page.content)
        return File(content, page.media_type)

    @cached_property
    def policy(self) -> str:
        """The page's Content-Security-Policy: what it says itself, and who may frame it.

        The page says it too, so that it holds wherever the page comes from; only that nobody may
        frame it can be said by a header alone.
        """
        found = _POLICY.search(self._files[INDEX].content)
        if found is None:
            raise ValueError(f"{INDEX} has no Content-Security-Policy")
        return f"{found[1]}; frame-ancestors 'none'"

    def asset(self, version: str, name: str) -> File | None:
        """A file of this version, or None: there is none, or the page asking is an older one."""
        return self._files.get(name) if version == self.version and name != INDEX else None
