"""Hostile files are read without harm, or refused for a clear reason."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.files_worker import refusals
from chalicelib.files_worker.child_limits import CPU_SECONDS
from chalicelib.files_worker.extractor import extract
from chalicelib.files_worker.output import MOST_BYTES
from tests.support.timing import PATIENCE_SECONDS
from tests.unit.files_worker.hostile_files import HOSTILE, MARK, SHORT, docx, run

REASONS = {one for name, one in vars(refusals).items() if name.isupper()}
ROOT = Path(__file__).parents[3]


def read(
    content: bytes, kind: str, *, seconds: float = PATIENCE_SECONDS, cpu_seconds: int = CPU_SECONDS
) -> dict[str, Any]:
    """Read a file. On a busy machine it may take longer than the function waits."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        return extract(file, kind, seconds=seconds, cpu_seconds=cpu_seconds)


# These take seconds; the first one is also read below.
LONG = {"combining characters", "docx with many elements"}


@pytest.mark.parametrize("name", [name for name in HOSTILE if not SHORT or name not in LONG])
def test_hostile_file_is_read_or_refused(name: str) -> None:
    kind, make, expected = HOSTILE[name]
    answer = read(make(), kind)
    if expected in REASONS:
        assert answer == {"refused": expected}
    else:
        assert expected in answer["text"]
        assert len(answer["text"].encode()) <= MOST_BYTES
        assert not {"\x1b", "\x00", "\u202e", "\u2066"} & set(answer["text"])


def test_file_that_is_killed_leaves_its_neighbour() -> None:
    kind, make, _ = HOSTILE["combining characters"]
    assert read(make(), kind, cpu_seconds=1) == {"refused": "too-complex"}
    assert read(docx(run(MARK)), "docx")["text"] == MARK


def test_file_that_takes_too_long_is_refused() -> None:
    assert read(b"x", "txt", seconds=0.001) == {"refused": "too-complex"}


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("open('/etc/passwd')", "OSError"),
        ("socket.socket()", "OSError"),
        ("os.fork()", "BlockingIOError"),
        ("bytearray(500_000_000)", "MemoryError"),
        ("os.environ['PATH']", "KeyError"),
    ],
)
def test_reading_process_can_do_nothing_else(attempt: str, error: str) -> None:
    """Whatever a file might make the process do."""
    program = (
        "import os, socket, sys; from chalicelib.files_worker import child_limits as limits\n"
        # The system does not limit the processes of root, as which no Lambda function runs.
        "os.getuid() or os.setuid(65534)\n"
        "limits.apply_memory_and_time_limits(5); limits.forbid_files_sockets_and_processes()\n"
        f"try: {attempt}\n"
        "except Exception as error: os.write(1, type(error).__name__.encode())"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    assert done.stdout == error


@pytest.mark.parametrize("length", [MOST_BYTES, MOST_BYTES + 1, 5_000_000])
def test_long_text_is_cut_and_says_so(length: int) -> None:
    answer = read(b"x" * length, "txt")
    assert answer["truncated"] == (length > MOST_BYTES)
    assert len(answer["text"]) == min(length, MOST_BYTES)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_plain_text_is_read_in_every_encoding(encoding: str) -> None:
    text = "Zoë Müller\n5 años en Köln, façade"
    assert read(text.replace("\n", "\r\n").encode(encoding), "txt")["text"] == text


def test_unknown_type_is_refused() -> None:
    assert read(b"x", "exe") == {"refused": "not-readable"}


def test_text_is_in_composed_form() -> None:
    assert read("Zoe\u0308\u00a0  x\n\n\n\ny".encode(), "txt")["text"] == "Zoë x\n\ny"
