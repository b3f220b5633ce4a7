"""The output of a function, and the lines that Lambda adds to it.

Source of the formats: AWS Lambda Developer Guide, "Understanding the Lambda execution environment
lifecycle" (text), and the event schemas of the "Lambda Telemetry API" (JSON, if the LogFormat of
the function is JSON).
"""

import json
import math
import os
import select
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from .faults import Fault

MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""The output that is kept for one invocation; more is dropped, and a line reports that."""

_CHUNK = 65536


class OutputBuffer:
    """Collects the output of an execution environment until the logs are taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: list[bytes] = []
        self._size = 0
        self._truncated = False

    def write(self, data: bytes) -> None:
        """Add output of the function."""
        with self._lock:
            if self._size < MAX_OUTPUT_BYTES:
                self._parts.append(data)
                self._size += len(data)
            elif not self._truncated:
                self._truncated = True
                self._parts.append(b"\n[output truncated: more than 16 MiB in one invocation]\n")

    def line(self, text: str) -> None:
        """Add a line of Lambda itself, and end an unfinished line of the function first."""
        with self._lock:
            if self._parts and not self._parts[-1].endswith(b"\n"):
                self._parts.append(b"\n")
            self._parts.append(text.encode() + b"\n")

    def take(self) -> str:
        """Return the collected output, and clear it."""
        with self._lock:
            text = b"".join(self._parts).decode(errors="replace")
            self._parts, self._size, self._truncated = [], 0, False
            return text

    def peek(self) -> str:
        """Return the collected output, and keep it."""
        with self._lock:
            return b"".join(self._parts).decode(errors="replace")


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


@dataclass(frozen=True)
class Measurements:
    """The values of a REPORT line; times are in milliseconds."""

    duration_ms: float
    memory_size_mb: int
    peak_memory_bytes: int
    """0 if memory cannot be measured; the line then has no Max Memory Used."""
    init_ms: float | None = None
    """Set only for the first invocation after a successful Init phase."""

    @property
    def billed_ms(self) -> int:
        """The billed duration; the Init phase counts since August 2025 (AWS Compute Blog)."""
        return math.ceil(self.duration_ms + (self.init_ms or 0.0))

    @property
    def peak_mb(self) -> int:
        """The peak memory in MiB, rounded up."""
        return math.ceil(self.peak_memory_bytes / 1024**2)


class PlatformLog:
    """Writes the lines of Lambda itself, as text or as JSON."""

    def __init__(self, buffer: OutputBuffer, *, as_json: bool) -> None:
        self._buffer = buffer
        self._json = as_json

    def start(self, request_id: str, version: str) -> None:
        """Write that an invocation starts."""
        if self._json:
            self._event("platform.start", {"requestId": request_id, "version": version})
        else:
            self._buffer.line(f"START RequestId: {request_id} Version: {version}")

    def init_failed(self, phase: str, init_ms: float, fault: Fault) -> None:
        """Write that initialisation failed in the phase `init`, or again in the phase `invoke`."""
        if self._json:
            record = {
                "initializationType": "on-demand",
                "phase": phase,
                "status": fault.status,
                "metrics": {"durationMs": round(init_ms, 3)},
            }
            if fault.status != "timeout":
                record["errorType"] = fault.error_type
            self._event("platform.initReport", record)
            return
        line = f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}"
        self._buffer.line(line + _status(fault))

    def end(self, request_id: str, measured: Measurements, fault: Fault | None) -> None:
        """Write that an invocation ended; `fault` is an error that Lambda reports itself."""
        if self._json:
            self._event("platform.report", _report_record(request_id, measured, fault))
            return
        self._buffer.line(f"END RequestId: {request_id}")
        line = (
            f"REPORT RequestId: {request_id}\tDuration: {measured.duration_ms:.2f} ms"
            f"\tBilled Duration: {measured.billed_ms} ms\tMemory Size: {measured.memory_size_mb} MB"
        )
        if measured.peak_memory_bytes:
            line += f"\tMax Memory Used: {measured.peak_mb} MB"
        if measured.init_ms is not None:
            line += f"\tInit Duration: {measured.init_ms:.2f} ms"
        self._buffer.line(line + (_status(fault) or "\t"))

    def _event(self, kind: str, record: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._buffer.line(json.dumps({"time": now, "type": kind, "record": record}))


def _status(fault: Fault | None) -> str:
    if fault is None:
        return ""
    if fault.status == "timeout":
        return "\tStatus: timeout"
    return f"\tStatus: {fault.status}\tError Type: {fault.error_type}"


def _report_record(
    request_id: str, measured: Measurements, fault: Fault | None
) -> dict[str, object]:
    metrics: dict[str, float] = {
        "durationMs": round(measured.duration_ms, 3),
        "billedDurationMs": measured.billed_ms,
        "memorySizeMB": measured.memory_size_mb,
    }
    if measured.peak_memory_bytes:
        metrics["maxMemoryUsedMB"] = measured.peak_mb
    if measured.init_ms is not None:
        metrics["initDurationMs"] = round(measured.init_ms, 3)
    record: dict[str, object] = {
        "requestId": request_id,
        "metrics": metrics,
        "status": fault.status if fault else "success",
    }
    if fault and fault.status != "timeout":
        record["errorType"] = fault.error_type
    return record


def close_quietly(descriptor: int) -> None:
    """Close a file descriptor that may be closed already."""
    with suppress(OSError):
        os.close(descriptor)
