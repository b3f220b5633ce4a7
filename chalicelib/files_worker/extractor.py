"""Reads the text of one file in a process of its own.

A file that needs too much time or memory kills only that process, and never the next file's.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import IO, Any

from chalicelib.files_worker.child_limits import CPU_SECONDS, OUTPUT_BYTES
from chalicelib.files_worker.refusals import TOO_COMPLEX

SECONDS = 20.0

# -I and -S: only the folders that are named, and nothing of the environment. -B: it writes no
# bytecode.
_COMMAND = (sys.executable, "-I", "-S", "-B", str(Path(__file__).with_name("child_main.py")))
_LIBRARIES = ("pypdf", "defusedxml")


def extract(
    file: IO[bytes], kind: str, *, cpu_seconds: int = CPU_SECONDS, seconds: float = SECONDS
) -> dict[str, Any]:
    """Return the text of a file.

    Args:
        file: a file of the operating system, from its beginning.
        kind: ``pdf``, ``docx``, ``odt``, ``txt`` or ``europass``.
        cpu_seconds: how much processor time reading may take.
        seconds: how long it may take, also if the processor is busy with other things.

    Returns:
        ``text``, ``truncated`` and ``pages``; for ``europass`` the answer of ``read_europass``; or
        ``refused``, with a reason of ``refusals``.
    """
    file.seek(0)
    with tempfile.TemporaryFile() as answer:
        try:
            code = subprocess.run(
                [*_COMMAND, kind, str(cpu_seconds), *_folders()],
                stdin=file,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd="/",
                # Without the credentials of the function.
                env={},
                timeout=seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return {"refused": TOO_COMPLEX}
        answer.seek(0)
        content = answer.read(OUTPUT_BYTES)
    if code != 0:
        # A limit killed it, or there was no memory to write the answer.
        return {"refused": TOO_COMPLEX}
    result: dict[str, Any] = json.loads(content)
    return result


@cache
def _folders() -> tuple[str, ...]:
    """Return the folders of this package and of its libraries, without importing the libraries."""
    folders = [str(Path(__file__).parents[2])]
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name)
        folders.append(str(Path(spec.origin).parents[1]))
    return tuple(dict.fromkeys(folders))
