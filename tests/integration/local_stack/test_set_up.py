"""Making the environments: once, again, after an interruption, and without a package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import override

import pytest

from infrastructure.local.bootstrap import Part, Places, SetUpError, pip
from infrastructure.local.stack.layout import REPOSITORY


class Sample(Part):
    """A part that takes no time; `broken` makes its installation fail half way."""

    title = "Sample"
    broken = False

    def __init__(self, places: Places) -> None:
        super().__init__(places)
        self.made: list[bool] = []

    @property
    @override
    def directory(self) -> Path:
        return self.places.root / "sample"

    @override
    def sources(self) -> Iterator[Path]:
        yield self.places.root / "requirements.txt"

    @override
    def make(self, *, update: bool) -> None:
        self.made.append(update)
        self.directory.mkdir(exist_ok=True)
        if self.broken:
            raise SetUpError("interrupted")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    return Places.below(tmp_path)


def test_a_current_part_is_not_made_again(places: Places) -> None:
    Sample(places).ensure()
    again = Sample(places)
    again.ensure()
    assert again.is_current()
    assert again.made == []


def test_other_requirements_update_what_is_there(places: Places) -> None:
    Sample(places).ensure()
    (places.root / "requirements.txt").write_text("one==2\n")
    changed = Sample(places)
    assert not changed.is_current()
    changed.ensure()
    assert changed.made == [True]


def test_an_interrupted_installation_is_made_anew(places: Places) -> None:
    Sample(places).ensure()
    (places.root / "requirements.txt").write_text("one==2\n")
    interrupted = Sample(places)
    interrupted.broken = True
    with pytest.raises(SetUpError):
        interrupted.ensure()
    again = Sample(places)
    assert not again.is_current()
    again.ensure()
    assert again.made == [False]


def test_a_moved_checkout_is_made_anew(places: Places, tmp_path: Path) -> None:
    Sample(places).ensure()
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("sample", "requirements.txt"):
        shutil.move(tmp_path / name, moved / name)
    sample = Sample(Places.below(moved))
    sample.ensure()
    assert sample.made == [False]


def test_without_a_package_index_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    root = tmp_path / "a checkout"
    (root / "infrastructure" / "local").mkdir(parents=True)
    local = REPOSITORY / "infrastructure" / "local"
    for source in (REPOSITORY / "requirements-dev.txt", *local.glob("requirements-*.txt")):
        shutil.copyfile(source, root / source.relative_to(REPOSITORY))
    script = root / "infrastructure" / "local" / "bootstrap.py"
    shutil.copyfile(local / "bootstrap.py", script)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    result = subprocess.run(
        [sys.executable, script],
        env=kept
        | {
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        "Cannot reach the package index; set-up needs one (PIP_INDEX_URL is honoured)."
        " See .local/logs/setup-"
    )
    assert not list(root.glob(".venv*/.hirelane-stamp"))


def test_pip_asks_nothing_and_gives_up_soon() -> None:
    assert pip(Path("python"))[1:] == [
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        os.environ.get("PIP_RETRIES", "2"),
    ]
