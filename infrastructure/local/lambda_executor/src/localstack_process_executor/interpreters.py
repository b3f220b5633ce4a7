"""Find an interpreter that runs for the name of a runtime, such as `python3.13`."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import InterpreterNotFoundError, UnsupportedFunctionError

_PROBE = """
import json, sys
base = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "executable": base,
                  "prefix": sys.base_prefix}))
"""
_PROBE_SECONDS = 15.0


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter that ran when it was tried."""

    version: str
    """The major and minor version, for instance `3.13`."""
    executable: Path
    """The base interpreter, never the `python` of a virtual environment."""
    prefix: Path
    """`sys.base_prefix`; its `lib` holds the interpreter's own shared libraries."""


def python_version(runtime: str | None) -> str:
    """Return the Python version in the name of a runtime.

    Raises:
        UnsupportedFunctionError: The runtime is not a Python runtime, or the function is a
            container image and has none.
    """
    if not runtime:
        raise UnsupportedFunctionError(
            "The process executor cannot run container images: deploy the function as a zip"
            " package with a python3.x runtime."
        )
    match = re.fullmatch(r"python(3\.\d+)", runtime)
    if match is None:
        raise UnsupportedFunctionError(
            f"The process executor cannot run the runtime {runtime!r}: it runs python3.x only."
            " Other runtimes need LocalStack's Docker executor."
        )
    return match.group(1)


class InterpreterFinder:
    """Finds interpreters, and caches them.

    Each candidate is run before it is chosen, because a pyenv shim named `python3.13` can be on
    PATH and fail.
    """

    def __init__(
        self, explicit: Mapping[str, str], environ: Mapping[str, str] | None = None
    ) -> None:
        """Create a finder; it does not search yet.

        Args:
            explicit: The interpreters that the user named, by version; they are never skipped.
            environ: The variables PATH, PYENV_ROOT and HOME; by default those of this process.
        """
        self._explicit = explicit
        self._environ = os.environ if environ is None else environ
        self._found: dict[str, Interpreter] = {}
        self._lock = threading.Lock()

    def find(self, version: str) -> Interpreter:
        """Return an interpreter of a version such as `3.13`.

        Raises:
            InterpreterNotFoundError: None runs; the text lists the candidates.
        """
        with self._lock:
            if version not in self._found:
                self._found[version] = self._search(version)
            return self._found[version]

    def _search(self, version: str) -> Interpreter:
        variable = "LAMBDA_PROCESS_PYTHON_" + version.replace(".", "_")
        if version in self._explicit:
            named = self._explicit[version]
            found = probe(Path(named))
            if found is None or found.version != version:
                reason = "does not run" if found is None else f"is Python {found.version}"
                raise InterpreterNotFoundError(
                    f"{variable} names {named}, which {reason}: it must be a Python {version}."
                )
            return found
        tried: list[str] = []
        for candidate in self._candidates(version):
            if str(candidate) in tried:
                continue
            tried.append(str(candidate))
            found = probe(candidate)
            if found is not None and found.version == version:
                return found
        raise InterpreterNotFoundError(
            f"No Python {version} runs on this machine (tried: {', '.join(tried) or 'nothing'})."
            f" Install one, or set {variable} to the path of one before starting LocalStack."
        )

    def _candidates(self, version: str) -> Iterator[Path]:
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            yield Path(getattr(sys, "_base_executable", None) or sys.executable)
        name = f"python{version}"
        for folder in self._environ.get("PATH", "").split(os.pathsep):
            on_path = shutil.which(name, path=folder) if folder else None
            if on_path:
                yield Path(on_path)
        home = self._environ.get("HOME", "")
        pyenv = self._environ.get("PYENV_ROOT") or (f"{home}/.pyenv" if home else "")
        if pyenv:
            installed = Path(pyenv, "versions").glob(f"{version}.*/bin/{name}")
            yield from sorted(installed, key=_patch_number, reverse=True)


def _patch_number(executable: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", executable.parent.parent.name))


def probe(candidate: Path) -> Interpreter | None:
    """Run a candidate, and return its description; None if it fails."""
    try:
        answer = subprocess.run(
            [candidate, "-I", "-S", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
        seen = json.loads(answer.stdout)
        return Interpreter(seen["version"], Path(seen["executable"]), Path(seen["prefix"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
