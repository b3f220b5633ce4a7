"""Hot reloading: functions whose code is a directory of the user (`S3Bucket=hot-reload`).

An environment that began before the directory changed is replaced at the next invocation.

Python takes bytecode as valid for a size and a second of change, which is too coarse for files that
are saved often. Therefore each state of the directories has bytecode of its own, which begins with
that of the state before, except for the files that changed. So one save compiles one file.
"""

import contextlib
import hashlib
import os
import shutil
import threading
import uuid
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

_NOT_CODE = frozenset({"__pycache__", ".git"})

_KEPT_STATES = 3
"""States whose bytecode is kept, because their environments may still run."""

Files = dict[str, tuple[int, int, int]]
"""The number, the size and the time of change of each file, by its path; zeros for a folder."""


def state_of(directories: Iterable[Path]) -> str:
    """Return a text that changes when something in the directories is changed, added or deleted.

    Read it before the code is loaded, so that a change meanwhile is noticed later.
    """
    digest = hashlib.blake2b(digest_size=16)
    for file in files_of(directories).items():
        digest.update(repr(file).encode())
    return digest.hexdigest()


def files_of(directories: Iterable[Path]) -> Files:
    """Return the files and folders in the directories, except for bytecode."""
    found: Files = {}
    pending = list(map(str, directories))
    seen = set()
    while pending:
        folder = pending.pop()
        try:
            real = os.path.realpath(folder)
            if real in seen:  # a symbolic link to a folder above
                continue
            seen.add(real)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name in _NOT_CODE:
                continue
            try:
                if entry.is_dir():
                    found[entry.path] = (0, 0, 0)
                    pending.append(entry.path)
                    continue
                status = entry.stat()
            except OSError:  # deleted meanwhile, or a broken link
                continue
            found[entry.path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class BytecodeStore:
    """Holds a directory of bytecode for each state of hot-reloaded directories."""

    def __init__(self, folder: Path) -> None:
        """Create a store whose directories are in `folder`."""
        self._folder = folder
        self._lock = threading.Lock()
        self._states: dict[tuple[Path, ...], list[tuple[Files, Path]]] = {}

    def folder(self, directories: Sequence[Path]) -> Path:
        """Return the directory of bytecode for the present state."""
        files = files_of(directories)
        with self._lock:
            states = self._states.setdefault(tuple(directories), [])
            if states and states[-1][0] == files:
                return states[-1][1]
            target = self._folder / uuid.uuid4().hex
            target.mkdir(parents=True)
            if states:
                before, source = states[-1]
                changed = {path for path, _ in before.items() ^ files.items()}
                _link_unchanged(source, target, _modules(directories, changed))
            states.append((files, target))
            while len(states) > _KEPT_STATES:
                shutil.rmtree(states.pop(0)[1], ignore_errors=True)
            return target


def _modules(directories: Sequence[Path], paths: Collection[str]) -> tuple[str, ...]:
    """Return the ends of the paths of bytecode, without suffixes, for the paths of sources."""
    return tuple(
        f"/{Path(path).relative_to(directory).with_suffix('')}"
        for path in paths
        for directory in directories
        if path.startswith(f"{directory}{os.sep}")
    )


def _link_unchanged(source: Path, target: Path, changed: tuple[str, ...]) -> None:
    """Link the bytecode of one state into the directory of the next one."""
    for folder, _, names in os.walk(source):
        inside = target / Path(folder).relative_to(source)
        inside.mkdir(parents=True, exist_ok=True)
        for name in names:
            if f"{folder}/{name.partition('.cpython-')[0]}".endswith(changed):
                continue
            with contextlib.suppress(FileNotFoundError):  # it was written and renamed meanwhile
                os.link(f"{folder}/{name}", inside / name)
