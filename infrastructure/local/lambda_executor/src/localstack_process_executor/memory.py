"""Measure the memory of a process and its descendants with Linux's /proc.

The measure of one process is its resident memory, which counts shared libraries in full. The
measure of several is their proportional set size (PSS), in which pages that processes share after a
fork are counted once. Lambda's own measure comes from a control group and includes its supervisor.
They differ by some MB, not by a factor.
"""

import contextlib
import ctypes
import os
import platform
import time
from pathlib import Path

AVAILABLE = Path("/proc/self/statm").exists()
"""False on systems without /proc, where memory cannot be measured."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if AVAILABLE else 0


_EFFORT = 0.1
"""The part of the time that may be spent with the slow measure of several processes."""

_KCMP = {"x86_64": 312, "aarch64": 272}.get(platform.machine())
_KCMP_VM = 1
"""Number and argument of the system call that compares the memory of two processes (kcmp(2))."""


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

        A process that has not yet replaced the memory of its parent by a program (between vfork and
        exec) is left out, because it would count that memory again.
        """
        began = time.perf_counter()
        if began < self._next_slow and not final:
            return 0
        processes = _with_parents(self._pid)
        tree = sum(
            _proportional(pid) for pid, parent in processes if not _shares_memory(pid, parent)
        )
        now = time.perf_counter()
        self._next_slow = now + (now - began) / _EFFORT
        return tree


def descendants(pid: int) -> list[int]:
    """Return `pid` and the pids of all its descendants."""
    return [one for one, _ in _with_parents(pid)]


def _with_parents(pid: int) -> list[tuple[int, int]]:
    """Return `pid` and its descendants, each with its parent; 0 is the parent of `pid`."""
    found = [(pid, 0)]
    for parent, _ in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                with contextlib.suppress(OSError):
                    children = (task / "children").read_text().split()
                    found.extend((int(child), parent) for child in children)
    return found


def _shares_memory(pid: int, parent: int) -> bool:
    """Return whether a process uses the very memory of its parent; False where Linux cannot say."""
    if not parent or _KCMP is None:
        return False
    # 0: the same memory. A kernel without this call, or an ended process, gives -1.
    differ: int = ctypes.CDLL(None).syscall(_KCMP, pid, parent, _KCMP_VM, 0, 0)
    return differ == 0


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
