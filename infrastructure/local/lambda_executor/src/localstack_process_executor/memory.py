"""How much memory a process and its descendants use, read from Linux's /proc.

The figure is resident memory, which counts shared libraries in full. Lambda's own figure comes
from a control group and includes its supervisor; the two differ by some MB, not by a factor.
"""

import contextlib
import os
from pathlib import Path

AVAILABLE = Path("/proc/self/statm").exists()
"""False on systems without Linux's /proc, where nothing can be measured."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if AVAILABLE else 0


class MemoryMeter:
    """Follows the memory of a process tree; all figures are bytes of resident memory."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        """The most seen so far. The main process's own high-water mark is included, so short
        peaks of it between two samples are not missed; those of its children may be."""

    def sample(self) -> int:
        """Measure now, raise `peak` if needed, and return `peak`."""
        if AVAILABLE:
            tree = sum(_resident(pid) for pid in descendants(self._pid))
            self.peak = max(self.peak, tree, _high_water_mark(self._pid))
        return self.peak


def descendants(pid: int) -> list[int]:
    """`pid` and every process below it."""
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
