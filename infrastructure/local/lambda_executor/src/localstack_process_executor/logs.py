"""The lines that Lambda adds to the output of a function.

Source of the formats: AWS Lambda Developer Guide, "Understanding the Lambda execution environment
lifecycle" (text), and the event schemas of the "Lambda Telemetry API" (JSON, if the LogFormat of
the function is JSON). The levels of events are from "Log-level filtering" there.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from .faults import Fault
from .output import OutputBuffer


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

    @property
    def metrics(self) -> dict[str, float]:
        """The values under their names in JSON."""
        metrics: dict[str, float] = {
            "durationMs": round(self.duration_ms, 3),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_size_mb,
        }
        if self.peak_memory_bytes:
            metrics["maxMemoryUsedMB"] = self.peak_mb
        if self.init_ms is not None:
            metrics["initDurationMs"] = round(self.init_ms, 3)
        return metrics


_LEVELS = ("DEBUG", "INFO", "WARN")


class PlatformLog:
    """Writes the lines of Lambda itself, as text or as JSON."""

    def __init__(
        self,
        buffer: OutputBuffer,
        *,
        as_json: bool,
        level: str = "INFO",
        initialization_type: str = "on-demand",
    ) -> None:
        """Create a log.

        Args:
            buffer: Receives the lines.
            as_json: Whether to write JSON. Text is not filtered.
            level: The SystemLogLevel of the function: DEBUG, INFO or WARN.
            initialization_type: The value of AWS_LAMBDA_INITIALIZATION_TYPE.
        """
        self._buffer = buffer
        self._json = as_json
        self._level = level
        self._initialization = {"initializationType": initialization_type}

    def init_start(self, phase: str) -> None:
        """Write that initialisation starts in the phase `init`, or again in the phase `invoke`."""
        self._event("DEBUG", "initStart", {**self._initialization, "phase": phase})

    def init_end(self, phase: str, init_ms: float, fault: Fault | None) -> None:
        """Write that initialisation ended; `fault` is the reason if it failed."""
        level = "WARN" if fault else "DEBUG"
        record = {**self._initialization, "phase": phase, **_outcome(fault)}
        self._event(level, "initRuntimeDone", record)
        metrics = {"durationMs": round(init_ms, 3)}
        if fault is None and self._initialization["initializationType"] != "on-demand":
            level = "INFO"
        self._event(level, "initReport", {**record, "metrics": metrics})
        if fault is not None:
            self._text(
                f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}{_status(fault)}"
            )

    def start(self, request_id: str, version: str) -> None:
        """Write that an invocation starts."""
        self._event("INFO", "start", {"requestId": request_id, "version": version})
        self._text(f"START RequestId: {request_id} Version: {version}")

    def end(self, request_id: str, measured: Measurements, fault: Fault | None) -> None:
        """Write that an invocation ended; `fault` is an error that Lambda reports itself."""
        self._event(
            "WARN" if fault else "DEBUG",
            "runtimeDone",
            {
                "requestId": request_id,
                **_outcome(fault),
                "metrics": {"durationMs": round(measured.duration_ms, 3)},
            },
        )
        record = {"requestId": request_id, "metrics": measured.metrics, **_outcome(fault)}
        self._event("WARN" if fault else "INFO", "report", record)
        self._text(f"END RequestId: {request_id}")
        line = (
            f"REPORT RequestId: {request_id}\tDuration: {measured.duration_ms:.2f} ms"
            f"\tBilled Duration: {measured.billed_ms} ms\tMemory Size: {measured.memory_size_mb} MB"
        )
        if measured.peak_memory_bytes:
            line += f"\tMax Memory Used: {measured.peak_mb} MB"
        if measured.init_ms is not None:
            line += f"\tInit Duration: {measured.init_ms:.2f} ms"
        self._text(line + (_status(fault) or "\t"))

    def _text(self, line: str) -> None:
        if not self._json:
            self._buffer.line(line)

    def _event(self, level: str, kind: str, record: object) -> None:
        if not self._json or _LEVELS.index(level) < _LEVELS.index(self._level):
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {"time": now, "type": f"platform.{kind}", "record": record}
        self._buffer.line(json.dumps(event))


def _outcome(fault: Fault | None) -> dict[str, str]:
    if fault is None:
        return {"status": "success"}
    if fault.status == "timeout":
        return {"status": "timeout"}
    return {"status": fault.status, "errorType": fault.error_type}


def _status(fault: Fault | None) -> str:
    if fault is None:
        return ""
    if fault.status == "timeout":
        return "\tStatus: timeout"
    return f"\tStatus: {fault.status}\tError Type: {fault.error_type}"
