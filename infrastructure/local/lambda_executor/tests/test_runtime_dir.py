"""The directory that replaces /var/runtime."""

import sys
from pathlib import Path

import pytest
from localstack_process_executor.errors import RuntimeDirectoryError
from localstack_process_executor.interpreters import Interpreter, probe
from localstack_process_executor.runtime_dir import RuntimeDirectories


@pytest.fixture
def python() -> Interpreter:
    found = probe(Path(sys.executable))
    assert found is not None
    return found


def client(folder: Path, text: str = "") -> None:
    """A stand-in for awslambdaric."""
    for name in ("awslambdaric/__init__.py", "awslambdaric/bootstrap.py", "runtime_client.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_version_is_filled_in(tmp_path: Path, python: Interpreter) -> None:
    folder = tmp_path / f"for-{python.version}"
    client(folder)
    configured = str(tmp_path / "for-{version}")
    assert RuntimeDirectories(configured, tmp_path).find(python) == folder


def test_directory_without_the_client_is_rejected(tmp_path: Path, python: Interpreter) -> None:
    with pytest.raises(RuntimeDirectoryError, match=r"holds no awslambdaric.*pip install --target"):
        RuntimeDirectories(str(tmp_path), tmp_path).find(python)


def test_client_that_does_not_load_is_rejected(tmp_path: Path, python: Interpreter) -> None:
    client(tmp_path, "raise ImportError('built for another Python')")
    with pytest.raises(RuntimeDirectoryError, match=r"does not load.*built for another Python"):
        RuntimeDirectories(str(tmp_path), tmp_path).find(python)


def test_default_runtime_exposes_only_the_client(
    tmp_path: Path, python: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    client(site)
    (site / "something_else").mkdir()
    (site / "awslambdaric-1.dist-info").mkdir()
    (site / "awslambdaric-1.dist-info" / "METADATA").write_text("Name: awslambdaric\nVersion: 1\n")
    (site / "awslambdaric-1.dist-info" / "RECORD").write_text(
        "awslambdaric/__init__.py,,\nruntime_client.py,,\n../../bin/tool,,\n"
        "awslambdaric-1.dist-info/METADATA,,\n"
    )
    monkeypatch.syspath_prepend(str(site))
    found = RuntimeDirectories(None, tmp_path / "scratch").find(python)
    assert {"awslambdaric", "runtime_client.py"} <= {entry.name for entry in found.iterdir()}
    assert (found / "awslambdaric").resolve() == site / "awslambdaric"
    assert not (found / "something_else").exists()


def test_default_runtime_lacks_other_versions(tmp_path: Path) -> None:
    other = Interpreter("3.6", Path("/python3.6"), Path("/"))
    with pytest.raises(RuntimeDirectoryError, match="LAMBDA_PROCESS_RUNTIME_DIR is not set"):
        RuntimeDirectories(None, tmp_path).find(other)
