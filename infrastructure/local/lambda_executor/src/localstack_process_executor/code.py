"""The unpacked code of function versions, for as long as it is needed.

LocalStack deletes the code of a function that is updated or deleted, but running invocations may
import more of it. Therefore functions run in copies made of hard links.
"""

import os
import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


class CodeStore:
    """Holds a copy of each directory that is in use."""

    def __init__(self, folder: Path) -> None:
        """Create a store whose copies are in `folder`."""
        self._folder = folder
        self._lock = threading.Lock()
        self._copies: dict[Path, Path] = {}
        self._users: dict[Path, int] = {}

    def keep(self, source: Path) -> None:
        """Make a copy of a directory, which exists until `drop` is called as often."""
        with self._lock:
            if source not in self._copies:
                copy = self._folder / uuid.uuid4().hex
                shutil.copytree(source, copy, symlinks=True, copy_function=_link)
                self._copies[source], self._users[source] = copy, 0
            self._users[source] += 1

    def drop(self, source: Path) -> None:
        """End a use of the copy of a directory; do nothing if there is none."""
        with self._lock:
            if source not in self._copies:
                return
            self._users[source] -= 1
            if self._users[source]:
                return
            copy = self._copies.pop(source)
            del self._users[source]
        shutil.rmtree(copy, ignore_errors=True)

    def path(self, source: Path) -> Path:
        """Return the copy of a directory, or the directory itself if it is not kept."""
        with self._lock:
            return self._copies.get(source, source)

    @contextmanager
    def kept(self, sources: Iterable[Path]) -> Iterator[None]:
        """Keep directories within a `with` block."""
        with ExitStack() as stack:
            for source in sources:
                self.keep(source)
                stack.callback(self.drop, source)
            yield


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
