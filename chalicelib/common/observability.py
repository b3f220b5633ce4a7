"""Structured logs, metrics and the current trace, the same in every function.

Logs are JSON lines. One correlation id connects the HTTP response, the lane, the worker and the
e-mail of a request. Logs hold ids, never names, addresses, bodies or tokens. Metrics are log lines
in CloudWatch's embedded metric format.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from chalicelib.common.lazy_logger import LazyLogger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_lambda_powertools import Logger

NAMESPACE = "Hirelane"
# The units of the metrics that do not count something.
UNITS = {
    "accept_latency": "Milliseconds",
    "job_latency": "Milliseconds",
    "drain_duration": "Milliseconds",
    "oldest_waiting": "Seconds",
    "store_memory": "Percent",
}
# Of one metric in a line, says the specification of the embedded metric format.
MOST_VALUES = 100

# Not compiled at start, because few requests are sampled.
_TRACE_HEADER = r"Root=1-([0-9a-f]{8})-([0-9a-f]{24});.*?Parent=([0-9a-f]{16})"
_JSON = msgspec.json.Encoder(enc_hook=str)


def make_logger(service: str) -> Logger:
    """Return the logger of a function: ``api``, ``applications`` or ``mail``."""
    return cast("Logger", LazyLogger(service))


def log_request(logger: Logger, **fields: Any) -> None:
    """Write the line of a request, as ``logger.info("request", **fields)`` does.

    ``logging`` and the formatter of Powertools took a third of the processor time of an accept.
    """
    if logger.log_level > logging.INFO:
        return
    line = _line_of(logger, "request", **fields)
    _write(logger, f"{_JSON.encode(_without_none(line)).decode()}\n")


def log_jobs(logger: Logger, message: str, jobs: Iterable[Mapping[str, str]]) -> None:
    """Write a line for each job, as ``logger.info(message, extra=job)`` does, in one write.

    All jobs have the same fields. ``logging`` and Powertools took longer than handling the jobs.
    """
    if logger.log_level > logging.INFO:
        return
    jobs = list(jobs)
    line = _line_of(logger, message)
    for name in jobs[0] if jobs else ():
        line.pop(name, None)
    common = _JSON.encode(_without_none(line)).decode()[:-1]
    _write(logger, "".join(f"{common},{_JSON.encode(job).decode()[1:]}\n" for job in jobs))


def _line_of(logger: Logger, message: str, **fields: Any) -> dict[str, Any]:
    """Return what Powertools writes into each line, and the fields of this one."""
    line = {"level": "INFO", "location": message, "message": message, "timestamp": _timestamp()}
    line = logger.get_current_keys() | line | fields
    if trace := os.environ.get("_X_AMZN_TRACE_ID"):
        line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
    return line


def _without_none(line: dict[str, Any]) -> dict[str, Any]:
    if None not in line.values():
        return line
    return {name: value for name, value in line.items() if value is not None}


def _write(logger: Logger, lines: str) -> None:
    stream = logger.registered_handler.stream  # type: ignore[attr-defined]
    stream.write(lines)
    stream.flush()


def _timestamp() -> str:
    """Return the time in UTC with milliseconds, as RFC 3339."""
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{_date_and_time(seconds)}.{milliseconds:03d}+00:00"


@lru_cache(maxsize=1)
def _date_and_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def count(
    name: str, value: int = 1, *, properties: Mapping[str, str] | None = None, **dimensions: str
) -> None:
    """Write a metric: a number of events (``stored``), or of jobs (``jobs_waiting``).

    See ``measure`` for the arguments.
    """
    measure({name: (float(value),)}, properties=properties, **dimensions)


def measure(
    metrics: Mapping[str, Sequence[float]],
    *,
    properties: Mapping[str, str] | None = None,
    **dimensions: str,
) -> None:
    """Write metrics in one line. CloudWatch counts each value, so it can compute percentiles.

    Args:
        metrics: the values by the name of the metric, which determines the unit (``UNITS``).
        properties: fields to find the line by. Each new value of a dimension is a metric of its
            own that costs money, so what has many values is a property.
        dimensions: the dimensions of the metrics, beside the deployment stage.
    """
    longest = max(map(len, metrics.values()))
    if longest > MOST_VALUES:
        for first in range(0, longest, MOST_VALUES):
            page = {name: values[first : first + MOST_VALUES] for name, values in metrics.items()}
            measure(
                {name: values for name, values in page.items() if values},
                properties=properties,
                **dimensions,
            )
        return
    before_time, after_time = _metric_parts(tuple(metrics), _stage(), tuple(dimensions.items()))
    milliseconds = time.time_ns() // 1_000_000
    values = "".join(f',"{name}":{_JSON.encode(of).decode()}' for name, of in metrics.items())
    fields = f",{_JSON.encode(properties).decode()[1:-1]}" if properties else ""
    # Powertools writes the same line, but that was a fifth of the processor time of an accept.
    sys.stdout.write(f"{before_time}{milliseconds}{after_time}{values}{fields}}}\n")


def record_accept(application_id: str, milliseconds: float) -> None:
    """Count an accepted application, write how long (ms) that took, and trace it if sampled."""
    measure({"accepted": (1,), "accept_latency": (milliseconds,)})
    if current_traceparent():
        # Most requests are not sampled.
        from chalicelib.common.traces import send_step

        now = time.time()
        send_step("accept", now - milliseconds / 1000, now, application_id=application_id)


def current_traceparent() -> str:
    """Return the trace of this invocation (W3C Trace Context); empty if X-Ray does not sample it.

    Lambda writes ``Root=1-<time>-<rest>;Parent=<id>;Sampled=1`` into the environment.
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    if "Sampled=1" not in header or "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return ""
    found = re.search(_TRACE_HEADER, header)
    return f"00-{found[1]}{found[2]}-{found[3]}-01" if found else ""


@cache
def _stage() -> str:
    """Return the deployment stage, which never changes in a process."""
    return os.environ.get("HIRELANE_STAGE", "unknown")


@lru_cache(maxsize=256)
def _metric_parts(
    names: tuple[str, ...], stage: str, dimensions: tuple[tuple[str, str], ...]
) -> tuple[str, str]:
    """Return the line of metrics up to its time, and from there up to the values."""
    named = {"stage": stage, **dict(dimensions)}
    units = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in names]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(named)], "Metrics": units}
    line = {"_aws": {"Timestamp": 0, "CloudWatchMetrics": [directive]}, **named}
    before_time, _, rest = msgspec.json.encode(line).decode().partition("0")
    return before_time, rest.removesuffix("}")
