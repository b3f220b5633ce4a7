"""The search for an interpreter that runs."""

import sys
from pathlib import Path

import pytest
from localstack_process_executor.errors import (
    InterpreterNotFoundError,
    UnsupportedFunctionError,
)
from localstack_process_executor.interpreters import InterpreterFinder, python_version

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def claims_to_be(path: Path, version: str) -> Path:
    """A stand-in for an interpreter, which answers the probe."""
    answer = f'{{"version": "{version}", "executable": "{path}", "prefix": "/"}}'
    return script(path, f"echo '{answer}'")


def test_runtime_name_contains_the_version() -> None:
    assert python_version("python3.13") == "3.13"


@pytest.mark.parametrize("runtime", ["nodejs22.x", "python2.7", "python3.13-x", "provided"])
def test_other_runtime_is_refused(runtime: str) -> None:
    with pytest.raises(UnsupportedFunctionError, match=r"python3\.x only"):
        python_version(runtime)


def test_container_image_is_refused() -> None:
    with pytest.raises(UnsupportedFunctionError, match="container images"):
        python_version(None)


def test_base_interpreter_comes_before_path(tmp_path: Path) -> None:
    claims_to_be(tmp_path / f"python{HERE}", HERE)
    found = InterpreterFinder({}, {"PATH": str(tmp_path)}).find(HERE)
    assert found.version == HERE
    assert str(found.prefix) == sys.base_prefix
    assert not found.executable.is_relative_to(tmp_path)
    # Never the one of a virtual environment, which would show LocalStack's packages.
    assert sys.prefix == sys.base_prefix or not found.executable.is_relative_to(sys.prefix)


def test_failing_candidate_is_skipped(tmp_path: Path) -> None:
    script(tmp_path / "shims/python3.6", "exit 127")
    script(tmp_path / "old/python3.6", "echo 'something else'")
    works = claims_to_be(tmp_path / "bin/python3.6", "3.6")
    path = f"{tmp_path}/shims:{tmp_path}/old:{tmp_path}/bin"
    assert InterpreterFinder({}, {"PATH": path}).find("3.6").executable == works


def test_pyenv_comes_last_with_its_newest_first(tmp_path: Path) -> None:
    for patch in ("3.6.9", "3.6.10"):
        claims_to_be(tmp_path / f"versions/{patch}/bin/python3.6", "3.6")
    found = InterpreterFinder({}, {"PATH": "", "PYENV_ROOT": str(tmp_path)}).find("3.6")
    assert found.executable == tmp_path / "versions/3.6.10/bin/python3.6"


def test_explicit_interpreter_comes_first(tmp_path: Path) -> None:
    named = claims_to_be(tmp_path / "mine", HERE)
    assert InterpreterFinder({HERE: str(named)}, {}).find(HERE).executable == named


@pytest.mark.parametrize(
    ("text", "reason"),
    [("exit 1", "does not run"), ("echo '{\"version\": \"3.9\", \"executable\": \"x\","
                                  " \"prefix\": \"x\"}'", r"is Python 3\.9")],
)  # fmt: skip
def test_explicit_interpreter_is_never_skipped(tmp_path: Path, text: str, reason: str) -> None:
    named = script(tmp_path / "mine", text)
    with pytest.raises(InterpreterNotFoundError, match=f"LAMBDA_PROCESS_PYTHON_3_6.*{reason}"):
        InterpreterFinder({"3.6": str(named)}, {}).find("3.6")


def test_error_names_the_candidates_and_the_remedy(tmp_path: Path) -> None:
    broken = script(tmp_path / "python3.6", "exit 1")
    with pytest.raises(InterpreterNotFoundError) as caught:
        InterpreterFinder({}, {"PATH": str(tmp_path)}).find("3.6")
    assert str(broken) in str(caught.value)
    assert "LAMBDA_PROCESS_PYTHON_3_6" in str(caught.value)
