"""Time limits of tests, for machines of any load."""

from __future__ import annotations

import os
from pathlib import Path

# For waiting until something happens: only a test that fails waits as long.
PATIENCE_SECONDS = 60.0

_LOADAVG = Path("/proc/loadavg")


def stretch(seconds: float) -> float:
    """Return a time for this machine: longer by the number of processes that share a processor.

    For times that a test must not exceed, and for leases that a test must keep alive.
    """
    minute, _, _, tasks, _ = _LOADAVG.read_text().split()
    runnable = max(float(minute), int(tasks.partition("/")[0]))
    return seconds * max(1.0, runnable / (os.cpu_count() or 1))
