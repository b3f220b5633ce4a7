"""The files of the web client, under URLs that change with their content.

There is no build: the files are served as they are written. ``index.html`` refers to the others by
``./``. The server replaces that by a folder named after the digest of all files, so that browsers
may cache them for ever. The other files refer to each other by relative URLs.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
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
_CONNECT = "connect-src 'self'"
_OWN_REFERENCE = re.compile(r'(href|src)="\./')


def upload_url(environ: Mapping[str, str]) -> str:
    """Return the URL of the bucket to which browsers upload files; blank if there is none.

    Args:
        environ: the environment variables of the function.
    """
    bucket = environ.get("HIRELANE_FILES_BUCKET", "")
    if not bucket:
        return ""
    # The local stack has no domain, so the bucket is in the path.
    if endpoint := environ.get("AWS_ENDPOINT_URL"):
        return f"{endpoint.rstrip('/')}/{bucket}"
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    return f"https://{bucket}.s3.{region}.amazonaws.com"


class File(msgspec.Struct, frozen=True):
    """A file to serve."""

    content: str
    media_type: str


class WebClient:
    """The files below a folder, read once on first use.

    Args:
        folder: the folder.
        upload_url: the URL to which the page may upload files, besides its own origin; or blank.
    """

    def __init__(self, folder: Path, upload_url: str = "") -> None:
        self._folder = folder
        self._upload_url = upload_url

    @cached_property
    def _files(self) -> dict[str, File]:
        """The files of known types, by their paths below the folder."""
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
        """The page, with URLs of this version of the other files, and with its policy."""
        page = self._files[INDEX]
        content = _OWN_REFERENCE.sub(rf'\1="assets/{self.version}/', page.content)
        if self._upload_url:
            content = content.replace(_CONNECT, f"{_CONNECT} {self._upload_url}", 1)
        return File(content, page.media_type)

    @cached_property
    def policy(self) -> str:
        """The Content-Security-Policy of the page, from its own ``meta`` element.

        The page states the policy itself, so that it also holds behind another server. Only a
        header can forbid other pages to frame it, so that is added here.
        """
        found = _POLICY.search(self.index.content)
        if found is None:
            raise ValueError(f"{INDEX} has no Content-Security-Policy")
        return f"{found[1]}; frame-ancestors 'none'"

    @cached_property
    def assets(self) -> dict[str, File]:
        """The files that the page loads, by their paths below the folder of the version."""
        return {name: file for name, file in self._files.items() if name != INDEX}

    def asset(self, version: str, name: str) -> File | None:
        """Return a file, or None if it does not exist or the page belongs to another version."""
        return self._files.get(name) if version == self.version and name != INDEX else None
