"""The directory that replaces Lambda's /var/runtime.

It holds `awslambdaric`, AWS's runtime interface client, and the other packages that the real
runtime offers to functions, mainly boto3.
"""

import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

from .errors import RuntimeDirectoryError
from .interpreters import Interpreter

_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
"""The client, and the distributions that its metadata requires."""

_CHECK_SECONDS = 30.0


class RuntimeDirectories:
    """Finds the runtime directory of an interpreter, and checks it once."""

    def __init__(self, configured: str | None, scratch: Path) -> None:
        """Create a finder; it does not search yet.

        Args:
            configured: LAMBDA_PROCESS_RUNTIME_DIR, in which `{version}` becomes `3.13`, say.
            scratch: The place for a directory that is built if none is configured.
        """
        self._configured = configured
        self._scratch = scratch
        self._checked: dict[Interpreter, Path] = {}
        self._lock = threading.Lock()

    def find(self, interpreter: Interpreter) -> Path:
        """Return the directory, from which the interpreter can import the client.

        Raises:
            RuntimeDirectoryError: There is none, or its client does not load.
        """
        with self._lock:
            if interpreter not in self._checked:
                directory = self._locate(interpreter)
                _check(directory, interpreter)
                self._checked[interpreter] = directory
            return self._checked[interpreter]

    def _locate(self, interpreter: Interpreter) -> Path:
        if self._configured:
            directory = Path(self._configured.replace("{version}", interpreter.version))
            if not (directory / "awslambdaric").is_dir():
                raise RuntimeDirectoryError(
                    f"LAMBDA_PROCESS_RUNTIME_DIR names {directory}, which holds no awslambdaric."
                    f" {_advice(interpreter, directory)}"
                )
            return directory.absolute()
        if interpreter.version == f"{sys.version_info.major}.{sys.version_info.minor}":
            return _link_own_client(self._scratch / f"runtime-{interpreter.version}")
        raise RuntimeDirectoryError(
            f"Nothing provides awslambdaric for Python {interpreter.version}:"
            " LAMBDA_PROCESS_RUNTIME_DIR is not set, and LocalStack itself runs on Python"
            f" {sys.version_info.major}.{sys.version_info.minor}."
            f" {_advice(interpreter, Path('DIRECTORY'))}"
        )


def _link_own_client(target: Path) -> Path:
    """Make a directory with links to the client in LocalStack's environment, and nothing else.

    The rest of that environment must stay invisible, because a function that imports a library
    which it did not package must fail here as on Lambda.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in _CLIENT:
        try:
            files = metadata.distribution(name).files or []
        except metadata.PackageNotFoundError:
            if name == "awslambdaric":
                raise RuntimeDirectoryError(
                    "awslambdaric is not installed where LocalStack runs and"
                    " LAMBDA_PROCESS_RUNTIME_DIR is not set. Install this package with its"
                    " 'runtime' extra, or make a runtime directory as its README describes."
                ) from None
            continue
        for file in files:
            top = file.parts[0]
            link = target / top
            if top != ".." and not top.endswith(".dist-info") and not link.exists():
                link.symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / top)
    return target


def _check(directory: Path, interpreter: Interpreter) -> None:
    """Import the client as the function's process does, and also its compiled part.

    The client itself ignores a compiled part that does not load until it fetches an invocation.
    """
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import runtime_client, awslambdaric.bootstrap"
    )
    try:
        result = subprocess.run(
            [interpreter.executable, "-I", "-S", "-c", code, directory],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CHECK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeDirectoryError(f"{interpreter.executable} failed: {error}") from error
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeDirectoryError(
            f"The awslambdaric in {directory} does not load on {interpreter.executable}"
            f" ({reason}). {_advice(interpreter, directory)}"
        )


def _advice(interpreter: Interpreter, directory: Path) -> str:
    return (
        f"Make one with: {interpreter.executable} -m pip install --target {directory}"
        " awslambdaric boto3"
    )
