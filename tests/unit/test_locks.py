"""The lock files match pyproject.toml and each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infrastructure.cli.lock import EXECUTOR, LOCKS, TESTED_LOCALSTACK, find_problems
from infrastructure.local.stack.layout import REPOSITORY


@pytest.fixture
def root(tmp_path: Path) -> Path:
    others = ("pyproject.toml", f"{EXECUTOR}/pyproject.toml", TESTED_LOCALSTACK)
    for name in (*others, *LOCKS.values()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    return tmp_path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_lock_files_match() -> None:
    assert find_problems(REPOSITORY) == []


def test_lock_files_name_no_package_index() -> None:
    for name in LOCKS.values():
        assert "://" not in (REPOSITORY / name).read_text()


def test_new_dependency_is_missing_in_the_lock_files(root: Path) -> None:
    replace(root / "pyproject.toml", '  "segno",', '  "segno",\n  "a-new-package>=2",')
    assert find_problems(root) == [
        "requirements-dev.txt does not satisfy a-new-package>=2.",
        "requirements.txt does not satisfy a-new-package>=2.",
    ]


def test_other_version_in_a_function_is_found(root: Path) -> None:
    replace(root / LOCKS["mail"], "jinja2==", "jinja2==0.")
    assert find_problems(root) == [
        "worker_functions/mail/requirements.txt and requirements-dev.txt differ in jinja2."
    ]


def test_other_localstack_of_the_executor_is_found(root: Path) -> None:
    replace(root / EXECUTOR / "pyproject.toml", '"cbor2<6"', '"cbor2"')
    replace(root / TESTED_LOCALSTACK, "\nplux==", "\nplux==0.")
    assert find_problems(root) == [
        f"The extra localstack of {EXECUTOR} and the group localstack differ.",
        f"{TESTED_LOCALSTACK} and {LOCKS['localstack']} differ.",
    ]


def test_pin_without_a_hash_is_found(root: Path) -> None:
    with (root / LOCKS["uv"]).open("a") as file:
        file.write("six==1.17.0\n")
    assert "infrastructure/local/requirements-uv.txt has a package without a hash." in (
        find_problems(root)
    )
