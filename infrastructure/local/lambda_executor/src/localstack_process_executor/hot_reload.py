"""Hot reloading: functions whose code is a directory of the user (`S3Bucket=hot-reload`).

An environment that began before the directory changed is replaced at the next invocation.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

_NOT_CODE = frozenset({"__pycache__", ".git"})


def state_of(directories: Iterable[Path]) -> str:
    """Return a text that changes when a file in the directories is changed, added or deleted.

    Read it before the code is loaded, so that a change meanwhile is noticed later.
    """
    digest = hashlib.blake2b(digest_size=16)
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
                    pending.append(entry.path)
                    continue
                status = entry.stat()
            except OSError:  # deleted meanwhile, or a broken link
                continue
            facts = (entry.path, status.st_ino, status.st_size, status.st_mtime_ns)
            digest.update(repr(facts).encode())
    return digest.hexdigest()
