"""Set-up of the environments: repeated, interrupted, and without a package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from infrastructure.local.environments import (
    Part,
    SetUpError,
    chains,
    explain,
    pip,
    set_up,
    uv_environment,
)
from infrastructure.local.stack.layout import REPOSITORY


class Maker:
    """Makes a part in no time; `fails` makes it stop half way."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.updates: list[bool] = []

    def part(self, root: Path) -> Part:
        return Part("Sample", root, "sample", ("requirements.txt",), self.make)

    def make(self, part: Part, update: bool) -> None:
        self.updates.append(update)
        part.directory.mkdir(exist_ok=True)
        if self.fails:
            raise SetUpError("interrupted")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    return tmp_path


def test_current_part_is_not_made_again(root: Path) -> None:
    Maker().part(root).ensure()
    again = Maker()
    again.part(root).ensure()
    assert again.part(root).is_current()
    assert again.updates == []


def test_changed_requirements_update_a_part(root: Path) -> None:
    Maker().part(root).ensure()
    (root / "requirements.txt").write_text("one==2\n")
    changed = Maker()
    assert not changed.part(root).is_current()
    changed.part(root).ensure()
    assert changed.updates == [True]


def test_interrupted_part_is_made_from_scratch(root: Path) -> None:
    Maker().part(root).ensure()
    (root / "requirements.txt").write_text("one==2\n")
    with pytest.raises(SetUpError):
        Maker(fails=True).part(root).ensure()
    again = Maker()
    assert not again.part(root).is_current()
    again.part(root).ensure()
    assert again.updates == [False]


def test_part_of_a_moved_checkout_is_made_from_scratch(root: Path) -> None:
    Maker().part(root).ensure()
    moved = root / "moved"
    moved.mkdir()
    for name in ("sample", "requirements.txt"):
        shutil.move(root / name, moved / name)
    again = Maker()
    again.part(moved).ensure()
    assert again.updates == [False]


def test_part_without_its_python_is_made_from_scratch(root: Path) -> None:
    Maker().part(root).ensure()
    (root / "sample" / "bin").mkdir()
    (root / "sample" / "bin" / "python").symlink_to(root / "removed-python")
    again = Maker()
    again.part(root).ensure()
    assert again.updates == [False]


def test_set_up_prints_a_line_for_each_part_it_makes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = Maker().part(root)
    set_up(root, [[], [part]])
    first, line = capsys.readouterr().out.splitlines()
    assert first.startswith("Setting up with Python 3.")
    assert line.startswith("  Sample           ready in ")
    set_up(root, [[], [part]])
    assert capsys.readouterr().out == ""


def run_without_index(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run set-up in another checkout, with an index and caches that hold nothing."""
    for part in [part for chain in chains(REPOSITORY) for part in chain]:
        for source in (*part.sources, "infrastructure/local/environments.py"):
            (root / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / source, root / source)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        [sys.executable, root / "infrastructure/local/environments.py", *arguments],
        env=kept
        | {
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
            "UV_CACHE_DIR": str(root / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def expect_unreachable_index(root: Path, result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(
        "Cannot reach the package index; set-up needs one (PIP_INDEX_URL is honoured)."
        " See .local/logs/setup-"
    )
    assert not list(root.glob(".venv*/.hirelane-project-stamp"))


def test_missing_package_index_is_reported_in_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "a checkout"
    expect_unreachable_index(root, run_without_index(root))
    assert not list(root.glob(".venv*/.hirelane-*"))


def test_uv_reports_a_missing_package_index_too(tmp_path: Path) -> None:
    root = tmp_path / "a checkout"
    # uv and pip are there, as after an interrupted run.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    (root / ".venv/bin/uv").symlink_to(Path(sys.executable).with_name("uv"))
    [packages] = (root / ".venv").glob("lib/python*/site-packages")
    (packages / "pip.pth").write_text(sysconfig.get_path("purelib"))
    run_without_index(root, "--check")
    [uv] = chains(root)[0]
    uv.stamp_file.write_text(uv.stamp())
    expect_unreachable_index(root, run_without_index(root))


def test_pip_does_not_ask_and_gives_up_soon() -> None:
    assert pip(Path("python"))[1:] == [
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        os.environ.get("PIP_RETRIES", "2"),
    ]


def test_uv_gets_the_package_index_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "SSL_")):
            monkeypatch.delenv(name)
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        "[global]\nindex-url = https://file.example/simple\n"
        "trusted-host =\n    one.example\n    two.example\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    uv_environment.cache_clear()
    from_file = uv_environment(Path(sys.executable))
    assert from_file["UV_DEFAULT_INDEX"] == "https://file.example/simple"
    assert from_file["UV_INSECURE_HOST"] == "one.example two.example"
    assert from_file["UV_PYTHON_DOWNLOADS"] == "never"

    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    uv_environment.cache_clear()
    from_variable = uv_environment(Path(sys.executable))
    assert from_variable["UV_DEFAULT_INDEX"] == "https://variable.example/simple"

    # The settings of uv win over those of pip.
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    uv_environment.cache_clear()
    assert "UV_DEFAULT_INDEX" not in uv_environment(Path(sys.executable))
    uv_environment.cache_clear()


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "error: Failed to write\n  cause: No space left on device (os error 28)",
            "The disk is full.",
        ),
        (
            "npm error code ENOTFOUND\nnpm error network request failed",
            "Cannot reach the npm registry, which the browser tests need (npm's settings apply).",
        ),
        (
            "error: Distribution `x` can't be installed because it has no wheels with a matching"
            " platform tag",
            "A package has no build for this platform: Hirelane is tested on Linux with x86_64.",
        ),
        (
            "error: Failed to download\n  cause: Hash mismatch for `six==1.17.0`",
            "A downloaded package differs from the one in the lock file.",
        ),
        ("some lines\nerror: Something else happened\n  cause: x", "Something else happened"),
        ("nothing that is known", ""),
    ],
)
def test_failed_installer_is_explained_in_one_sentence(output: str, reason: str) -> None:
    assert explain(output) == reason
