"""Measure the memory of a process and its descendants with Linux's /proc.

The measure is resident memory, which counts shared libraries in full. Lambda's own measure comes
from a control group and includes its supervisor. The two differ by some MB, not by a factor.
"""

import contextlib
import os
from pathlib import Path

AVAILABLE = Path("/proc/self/statm").exists()
"""False on systems without /proc, where memory cannot be measured."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if AVAILABLE else 0


class MemoryMeter:
    """Measures the resident memory of a process tree, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        """The highest value so far. It includes the high-water mark of the main process, so only
        short peaks of its children between two samples can be missed."""

    def sample(self) -> int:
        """Measure now, update `peak`, and return it."""
        if AVAILABLE:
            tree = sum(_resident(pid) for pid in descendants(self._pid))
            self.peak = max(self.peak, tree, _high_water_mark(self._pid))
        return self.peak


def descendants(pid: int) -> list[int]:
    """Return `pid` and the pids of all its descendants."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                with contextlib.suppress(OSError):
                    found.extend(map(int, (task / "children").read_text().split()))
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _high_water_mark(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
