"""Measure the memory of a process and its descendants with Linux's /proc.

The measure of one process is its resident memory, which counts shared libraries in full. The
measure of several is their proportional set size (PSS), in which pages that processes share after a
fork are counted once. Lambda's own measure comes from a control group and includes its supervisor.
They differ by some MB, not by a factor.
"""

import contextlib
import os
import time
from pathlib import Path

AVAILABLE = Path("/proc/self/statm").exists()
"""False on systems without /proc, where memory cannot be measured."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if AVAILABLE else 0


_EFFORT = 0.1
"""The part of the time that may be spent with the slow measure of several processes."""

_VFORK_SECONDS = 0.002
"""The time in which a new process has usually replaced the memory of its parent by a program."""


class MemoryMeter:
    """Measures the memory of a process tree, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._next_slow = 0.0
        self.peak = 0
        """The highest value so far. It includes the high-water mark of the main process, so only
        short peaks of its children between two samples can be missed."""

    def sample(self, *, final: bool = False) -> int:
        """Measure now, update `peak`, and return it.

        Args:
            final: Whether to measure several processes even if that was done just before.
        """
        if AVAILABLE:
            pids = descendants(self._pid)
            tree = sum(map(_resident, pids))
            if len(pids) > 1 and tree > self.peak:
                tree = self._proportional(final=final)
            self.peak = max(self.peak, tree, _high_water_mark(self._pid))
        return self.peak

    def _proportional(self, *, final: bool) -> int:
        """Return the proportional memory of the tree; 0 if it was measured just before.

        Between vfork and exec a process has the memory of its parent, which is then counted twice.
        Therefore the lower one of two values is taken.
        """
        began = time.perf_counter()
        if began < self._next_slow and not final:
            return 0
        once = sum(map(_proportional, descendants(self._pid)))
        time.sleep(_VFORK_SECONDS)
        again = sum(map(_proportional, descendants(self._pid)))
        now = time.perf_counter()
        self._next_slow = now + (now - began) / _EFFORT
        return min(once, again)


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


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError):
        return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
    return _resident(pid)


def _high_water_mark(pid: int) -> int:
    with contextlib.suppress(OSError):
        return _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:")
    return 0


def _kilobytes(file: Path, label: str) -> int:
    """Return the value of a line like `VmHWM: 1234 kB` in bytes; 0 if there is none."""
    for line in file.read_text().splitlines():
        if line.startswith(label):
            return int(line.split()[1]) * 1024
    return 0
