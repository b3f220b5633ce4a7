"""The paths that a function sees: `/var/task`, `/opt`, `/var/runtime` and `/tmp`, as on Lambda.

Where the system allows it, the process gets a mount namespace of its own with these paths (see
`child_main.enter`). Elsewhere it runs at the real paths, and only stack traces show Lambda's.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .interpreters import Interpreter

TASK, RUNTIME, OPT, TMP = Path("/var/task"), Path("/var/runtime"), Path("/opt"), Path("/tmp")  # noqa: S108
_LANG = Path("/var/lang")
_BYTECODE = Path("/var/bytecode")
_HIDDEN = (TASK, RUNTIME, _LANG, OPT, TMP, _BYTECODE)

CHILD = Path(__file__).with_name("child_main.py")
_TRIAL_SECONDS = 20.0


@dataclass(frozen=True)
class View:
    """The paths of a function's process.

    `import_path` has the directories of Python code in the layers. `arguments` are those of
    `child_main.enter` as JSON, empty at the real paths. `shown` maps real paths to Lambda's.
    """

    task: Path
    runtime: Path
    layers: tuple[Path, ...]
    tmp: Path
    bytecode: Path | None
    import_path: tuple[str, ...] = ()
    arguments: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)

    def variables(self, wrapper: str) -> dict[str, str]:
        """Return the variables that `child_main.py` reads and removes.

        Args:
            wrapper: The path of the wrapper script of the function; empty if there is none.
        """
        return {
            "LAMBDA_PROCESS_VIEW": self.arguments,
            "LAMBDA_PROCESS_IMPORT_PATH": os.pathsep.join(self.import_path),
            "LAMBDA_PROCESS_WRAPPER": self._locate(wrapper),
        }

    def _locate(self, path: str) -> str:
        """Return where the process finds a file of /var/task or /opt."""
        if self.arguments:
            return path
        for folder, roots in ((TASK, (self.task,)), (OPT, self.layers[::-1])):
            if Path(path).is_relative_to(folder):
                for root in roots:
                    found = root / Path(path).relative_to(folder)
                    if found.exists():
                        return str(found)
        return path

    def show(self, text: str) -> str:
        """Return output with the paths of Lambda in its stack traces."""
        for real, lambda_path in self.shown.items():
            text = text.replace(f'File "{real}/', f'File "{lambda_path}/')
        return text

    def show_error(self, payload: bytes) -> bytes:
        """Return an error document with the paths of Lambda in its stack trace."""
        try:
            document = json.loads(payload)
            trace = [self.show(line) for line in document["stackTrace"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            return payload
        if trace == document["stackTrace"]:
            return payload
        return json.dumps({**document, "stackTrace": trace}, ensure_ascii=False).encode()


class ViewFactory:
    """Makes the views of execution environments."""

    def __init__(self, *, enabled: bool) -> None:
        """Create a factory; `enabled` is whether mount namespaces may be used."""
        self._enabled = enabled
        self._allowed: dict[Interpreter, bool] = {}
        self._lock = threading.Lock()

    def make(
        self,
        interpreter: Interpreter,
        *,
        private: Path,
        code: Path,
        layers: Sequence[Path],
        runtime_dir: Path,
        bytecode: Path | None,
    ) -> View:
        """Return the view of an environment, and create its directories in `private`."""
        tmp = private / "tmp"
        tmp.mkdir(parents=True, mode=0o700)
        shown = {
            **{str(layer): str(OPT) for layer in layers},
            str(code): str(TASK),
            str(runtime_dir): str(RUNTIME),
            str(interpreter.prefix): str(_LANG),
        }
        if not self.allowed(interpreter):
            found = import_path(interpreter.version, layers)
            return View(code, runtime_dir, tuple(layers), tmp, bytecode, found, shown=shown)
        root, opt = private / "root", private / "opt"
        root.mkdir()
        opt.mkdir()
        for layer in layers:
            shutil.copytree(layer, opt, symlinks=True, dirs_exist_ok=True, copy_function=_link_over)
        binds = [
            *((code, TASK, False), (runtime_dir, RUNTIME, False)),
            *((opt, OPT, False), (tmp, TMP, True)),
        ]
        for folder, _, _ in _always_visible(interpreter):
            # Read-only directories cannot get the place for a mount later.
            for own, path in ((opt, OPT), (tmp, TMP)):
                if folder.is_relative_to(path):
                    (own / folder.relative_to(path)).mkdir(parents=True, exist_ok=True)
        if bytecode is not None:
            bytecode.mkdir(parents=True, exist_ok=True)
            binds.append((bytecode, _BYTECODE, True))
        return View(
            task=TASK,
            runtime=RUNTIME,
            layers=(OPT,) if layers else (),
            tmp=TMP,
            bytecode=bytecode and _BYTECODE,
            import_path=tuple(
                path.replace(str(opt), str(OPT), 1)
                for path in import_path(interpreter.version, [opt])
            ),
            arguments=_arguments(root, [*binds, *_always_visible(interpreter)]),
            shown=shown,
        )

    def allowed(self, interpreter: Interpreter) -> bool:
        """Return whether this system lets the interpreter enter a mount namespace; try it once."""
        with self._lock:
            if interpreter not in self._allowed:
                self._allowed[interpreter] = self._enabled and _try(interpreter)
            return self._allowed[interpreter]


def import_path(version: str, layers: Sequence[Path]) -> tuple[str, ...]:
    """Return the directories of Python code in the layers; the last layer comes first.

    Args:
        version: The version of Python, for instance `3.13`.
        layers: The directories of the unpacked layers, in the order of the function.
    """
    folders = [
        layer / folder
        for layer in reversed(layers)
        for folder in (f"python/lib/python{version}/site-packages", "python")
    ]
    return tuple(str(folder) for folder in folders if folder.is_dir())


Bind = tuple[Path, Path, bool]


def _arguments(root: Path, binds: Sequence[Bind]) -> str:
    triples = [(str(source), str(target), writable) for source, target, writable in binds]
    return json.dumps({"root": str(root), "binds": triples, "hidden": list(map(str, _HIDDEN))})


def _always_visible(interpreter: Interpreter) -> list[Bind]:
    """Return the directories that would be hidden, for instance below /opt, but must not be.

    They are those of the interpreter, and that of `child_main.py`, which runs again after a wrapper
    script.
    """
    needed = {interpreter.prefix, interpreter.executable.parent, CHILD.parent}
    return [
        (folder, folder, False)
        for folder in sorted(needed)
        if any(folder.is_relative_to(path) for path in _HIDDEN)
    ]


def _try(interpreter: Interpreter) -> bool:
    with tempfile.TemporaryDirectory(prefix="lambda-view-") as folder:
        code, root = Path(folder, "code"), Path(folder, "root")
        code.mkdir()
        root.mkdir()
        binds: list[Bind] = [(code, TASK, False), *_always_visible(interpreter)]
        command = [str(interpreter.executable), "-s", "-S", str(CHILD)]
        try:
            result = subprocess.run(
                command,
                env={
                    "LAMBDA_TASK_ROOT": str(TASK),
                    "LAMBDA_PROCESS_VIEW": _arguments(root, binds),
                },
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TRIAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return result.returncode == 0


def _link_over(source: str, target: str) -> None:
    """Put a file of a layer in the place of the same file of a lower layer."""
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
