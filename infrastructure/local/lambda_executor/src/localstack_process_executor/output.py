"""The output of a function: plain text, and log records with known boundaries.

The runtime client writes a record of `logging`, or the stack trace of an exception, as a frame
(`FramedTelemetryLogSink` in awslambdaric): 4 bytes for the type, 4 for the length, 8 for the time
in microseconds since the epoch, and the message. Lambda gives it a file of its own. Here frames
share the pipe of stdout and stderr, so that the output keeps its order.
"""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, SupportsIndex, override

MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""The output that is kept for one invocation: the first 15 MiB, and the last one, which has the
reason of a crash. A line reports what was dropped."""

_LAST_BYTES = 1024 * 1024
_CHUNK = 65536

_FRAME = b"\xa5\x5a\x00"
_HEADER_BYTES = 16
_CLOCK_SECONDS = 24 * 3600
"""The difference of clocks up to which the header of a frame is credible."""


class LogText(str):
    r"""The logs of an invocation.

    LocalStack makes an event of each part that `split("\n")` returns. These are the records here,
    which may contain line breaks, as on Lambda.
    """

    records: tuple[str, ...]

    def __new__(cls, records: list[str]) -> "LogText":
        """Return the text of records, a line break after each one."""
        text = super().__new__(cls, "".join(f"{record}\n" for record in records))
        text.records = tuple(records)
        return text

    def map(self, change: Callable[[str], str]) -> "LogText":
        """Return the text of changed records."""
        return LogText([change(record) for record in self.records])

    @override
    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """Return the records if the separator is a line break."""
        if sep == "\n" and maxsplit == -1:
            return list(self.records)
        return super().split(sep, maxsplit)


@dataclass(frozen=True)
class _Part:
    """A piece of output: text that may begin or end within a line, or a whole record."""

    kind: Literal["text", "record"]
    data: bytes


class OutputBuffer:
    """Collects the output of an execution environment until the logs are taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()
        self._unparsed = b""
        """The beginning of a frame whose rest has not arrived yet."""

    def _clear(self) -> None:
        self._first: list[_Part] = []
        self._first_bytes = 0
        self._last: deque[_Part] = deque()
        self._last_bytes = 0
        self._dropped = 0

    def write(self, data: bytes) -> None:
        """Add output of the function."""
        with self._lock:
            data, self._unparsed = self._unparsed + data, b""
            while data:
                start = data.find(_FRAME)
                if start < 0:
                    end = len(data) - _begun_frame(data)
                    self._add(_Part("text", data[:end]))
                    self._unparsed = data[end:]
                    return
                self._add(_Part("text", data[:start]))
                data = data[start:]
                size = _frame_size(data)
                if size is None:  # not a frame, but the function's own bytes
                    self._add(_Part("text", data[: len(_FRAME)]))
                    data = data[len(_FRAME) :]
                elif size > len(data):
                    self._unparsed = data
                    return
                else:
                    self._add(_Part("record", data[_HEADER_BYTES:size]))
                    data = data[size:]

    def line(self, text: str) -> None:
        """Add a line of Lambda itself."""
        with self._lock:
            self._flush()
            self._add(_Part("record", text.encode()))

    def take(self) -> LogText:
        """Return the collected output, and clear it."""
        with self._lock:
            self._flush()
            text = self._text()
            self._clear()
            return text

    def peek(self) -> LogText:
        """Return the collected output, and keep it."""
        with self._lock:
            return self._text()

    def _flush(self) -> None:
        """Treat an incomplete frame as text."""
        if self._unparsed:
            self._add(_Part("text", self._unparsed))
            self._unparsed = b""

    def _add(self, part: _Part) -> None:
        size = len(part.data)
        if not size:
            return
        if not self._last and self._first_bytes + size <= MAX_OUTPUT_BYTES - _LAST_BYTES:
            self._first.append(part)
            self._first_bytes += size
            return
        if size > _LAST_BYTES:
            self._dropped += size - _LAST_BYTES
            part = _Part(part.kind, part.data[-_LAST_BYTES:])
        self._last.append(part)
        self._last_bytes += len(part.data)
        while self._last_bytes > _LAST_BYTES:
            dropped = len(self._last.popleft().data)
            self._last_bytes -= dropped
            self._dropped += dropped

    def _text(self) -> LogText:
        parts = list(self._first)
        if self._dropped:
            note = f"[output truncated: {self._dropped} bytes are left out here]"
            parts.append(_Part("record", note.encode()))
        return LogText(_records([*parts, *self._last]))


def _records(parts: Iterable[_Part]) -> list[str]:
    """Return the records: those of `logging`, and the lines of the text between them."""
    found: list[str] = []
    texts: list[bytes] = []
    for part in [*parts, None]:
        if part is not None and part.kind == "text":
            texts.append(part.data)
            continue
        if texts:
            text = b"".join(texts).decode(errors="replace")
            found += text.removesuffix("\n").split("\n")
            texts = []
        if part is not None:
            found.append(part.data.decode(errors="replace").removesuffix("\n"))
    return found


def _begun_frame(data: bytes) -> int:
    """Return how many bytes at the end may be the first ones of a frame."""
    return next((size for size in range(len(_FRAME) - 1, 0, -1) if data.endswith(_FRAME[:size])), 0)


def _frame_size(data: bytes) -> int | None:
    """Return the size of the frame at the start of the data; None if there is none.

    If its header is incomplete, the size is a guess that is larger than the data.
    """
    if len(data) < _HEADER_BYTES:
        return _HEADER_BYTES
    sent = int.from_bytes(data[8:16], "big") / 1e6
    if abs(time.time() - sent) > _CLOCK_SECONDS:
        return None
    return _HEADER_BYTES + int.from_bytes(data[4:8], "big")


class OutputPipe:
    """The pipe for the stdout and stderr of a process, which is copied into a buffer."""

    def __init__(self, buffer: OutputBuffer) -> None:
        self._buffer = buffer
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._follow, name="lambda-output", daemon=True)

    def start(self) -> None:
        """Begin to copy; call this when the process holds its copy of the write end."""
        os.close(self.write_end)
        self._thread.start()

    def drain(self) -> None:
        """Copy everything that the process has written so far."""
        with self._lock:
            self._copy()

    def close(self) -> None:
        """Copy the rest and stop, even if a descendant still holds the write end."""
        with self._lock:
            self._copy()
            if self._open:
                self._open = False
                os.close(self._read_end)

    def _follow(self) -> None:
        poller = select.poll()
        poller.register(self._read_end, select.POLLIN)
        while self._open:
            if poller.poll(1000):
                with self._lock:
                    if not self._copy():
                        return

    def _copy(self) -> bool:
        """Copy until the pipe is empty. Return False at its end."""
        while self._open:
            try:
                data = os.read(self._read_end, _CHUNK)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            self._buffer.write(data)
        return False


def close_quietly(descriptor: int) -> None:
    """Close a file descriptor that may be closed already."""
    with suppress(OSError):
        os.close(descriptor)
