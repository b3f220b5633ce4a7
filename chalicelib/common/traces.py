"""Segments of traces, sent to the X-Ray daemon, which runs beside each function on AWS.

The documents are those of the X-Ray Developer Guide, "Segment documents" and "Sending segment
documents to the daemon". The SDK of X-Ray is not used (docs/adr/0055): importing it takes nearly as
long as the API's whole start, and it knows one trace at a time; a drain handles jobs of many.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.observability import current_traceparent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEADER = b'{"format":"json","version":1}\n'


def send_segment(
    name: str,
    *,
    traceparent: str,
    span_id: str,
    times: tuple[float, float],
    steps: Sequence[tuple[str, float, float]] = (),
    annotations: Mapping[str, str | int] | None = None,
    failure: str = "",
) -> None:
    """Send the segment of a job.

    Args:
        name: the name of the service.
        traceparent: the trace, and the segment that caused this one (W3C Trace Context).
        span_id: the id of the segment.
        times: begin and end, as Unix time (s).
        steps: the name, begin and end of each step.
        annotations: fields by which X-Ray finds the trace; ids, and never personal data.
        failure: ``error`` if the job will be retried, ``fault`` if it failed for good.
    """
    document: dict[str, Any] = {
        "name": name,
        "id": span_id,
        **_origin(traceparent),
        **_times(*times),
        "annotations": annotations or {},
        "subsegments": [
            {"name": step, "id": secrets.token_hex(8), **_times(began, ended)}
            for step, began, ended in steps
        ],
    }
    if failure:
        document[failure] = True
    _send(document)


def send_step(name: str, began: float, ended: float, **annotations: str | int) -> None:
    """Send a step of the present invocation, whose segment Lambda itself sends."""
    traceparent = current_traceparent()
    if traceparent:
        step = {"name": name, "id": secrets.token_hex(8), "type": "subsegment"}
        origin = _origin(traceparent)
        _send({**step, **origin, **_times(began, ended), "annotations": annotations})


def _origin(traceparent: str) -> dict[str, str]:
    """Return the ids of the trace and of the parent as X-Ray writes them."""
    _, trace, parent, _ = traceparent.split("-")
    return {"trace_id": f"1-{trace[:8]}-{trace[8:]}", "parent_id": parent}


def _times(began: float, ended: float) -> dict[str, float]:
    return {"start_time": round(began, 6), "end_time": round(ended, 6)}


def _send(document: Mapping[str, Any]) -> None:
    """Send a document. A lost one must never fail the work that it is about."""
    with suppress(OSError, ValueError):
        _socket().sendto(_HEADER + msgspec.json.encode(document), _daemon())


@cache
def _daemon() -> tuple[str, int]:
    host, _, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")
    return host, int(port)


@cache
def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
