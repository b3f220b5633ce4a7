"""The virus scanner: clamd, by its INSTREAM command (man clamd)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

from chalicelib.recruiting.files.errors import FileRefused, FilesUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND = b"zINSTREAM\0"
_CHUNK = 65_536
_TIMEOUT_SECONDS = 8.0
_MAX_REPLY = 4096
_UNAVAILABLE = "The virus scanner cannot be reached."


class Scanner(Protocol):
    """Scans files for viruses."""

    def scan(self, content: bytes) -> bool:
        """Scan a content. Return whether it was scanned.

        Raises:
            FileRefused: it has a virus.
            FilesUnavailable: the scanner cannot be reached, so it is not known.
        """


class NoScanner:
    """Stands for the scanner where none is configured."""

    def scan(self, content: bytes) -> bool:
        """Return False, because nothing was scanned."""
        return False


class ClamdScanner:
    """Scans files with clamd.

    Args:
        address: the host and port of clamd, such as ``127.0.0.1:3310``.

    Raises:
        ValueError: the address has another form.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"the address of clamd is host:port, not {address!r}")
        self._address = host.strip("[]"), int(port)

    def scan(self, content: bytes) -> bool:
        """Scan a content; see ``Scanner``."""
        try:
            reply = self._ask(content)
        except OSError as error:
            raise FilesUnavailable(_UNAVAILABLE) from error
        if reply == "stream: OK":
            return True
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            # Not the name of the virus, because it would help to try another disguise.
            raise FileRefused("The virus scanner found a virus in the file. Choose another file.")
        # For example, the file is larger than clamd's own limit.
        raise FilesUnavailable("The virus scanner could not read the file.")

    def _ask(self, content: bytes) -> str:
        with socket.create_connection(self._address, timeout=_TIMEOUT_SECONDS) as connection:
            connection.sendall(_COMMAND)
            for frame in _frames(content):
                connection.sendall(frame)
            reply = b""
            while len(reply) < _MAX_REPLY and (received := connection.recv(_MAX_REPLY)):
                reply += received
                if reply.endswith(b"\0"):
                    break
        return reply.rstrip(b"\0\n").decode(errors="replace")


def _frames(content: bytes) -> Iterator[bytes]:
    """Yield a content as clamd reads it: chunks behind their lengths, then an empty one."""
    for start in range(0, len(content), _CHUNK):
        chunk = content[start : start + _CHUNK]
        yield len(chunk).to_bytes(4, "big") + chunk
    yield bytes(4)
