"""The choice of the Python for set-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infrastructure.local.stack.layout import REPOSITORY

SCRIPT = REPOSITORY / "infrastructure" / "local" / "find-python"
VERSION = "{}.{}".format(*sys.version_info[:2])
REAL = Path(sys.base_prefix) / "bin" / f"python{VERSION}"

# A version manager's shim with no version selected.
BROKEN_SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; *) echo "3.13 $0" ;; esac\n'


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def find(home: Path, *folders: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = ":".join(map(str, folders))
    return subprocess.run(
        ["/bin/sh", SCRIPT],
        env={"PATH": path, "HOME": str(home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_broken_shim_is_skipped(tmp_path: Path) -> None:
    executable(tmp_path / "shims" / "python3.13", BROKEN_SHIM)
    executable(tmp_path / "bin" / "python3", f'#!/bin/sh\nexec "{REAL}" "$@"\n')
    found = find(tmp_path, tmp_path / "shims", tmp_path / "bin")
    assert (found.returncode, found.stderr) == (0, "")
    chosen = found.stdout.strip()
    assert subprocess.run([chosen, "-c", "import venv"], check=False).returncode == 0


def test_python_outside_path_is_found(tmp_path: Path) -> None:
    executable(tmp_path / "shims" / "python3.13", BROKEN_SHIM)
    version = tmp_path / "My Pythons" / "versions" / "3.13.99" / "bin" / "python3"
    executable(version, '#!/bin/sh\ncase "$*" in *ensurepip*) ;; *) echo "3.13 $0" ;; esac\n')
    found = find(tmp_path, tmp_path / "shims", PYENV_ROOT=str(tmp_path / "My Pythons"))
    assert found.stdout == f"{version}\n"


def test_requested_python_must_run(tmp_path: Path) -> None:
    shim = executable(tmp_path / "python3.13", BROKEN_SHIM)
    found = find(tmp_path, tmp_path, PYTHON=str(shim))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == f"PYTHON={shim} is not a Python 3.12, 3.13 or 3.14 that runs.\n"


def test_python_without_venv_says_what_to_install(tmp_path: Path) -> None:
    python = executable(tmp_path / "python3.13", WITHOUT_VENV)
    found = find(tmp_path, tmp_path, PYTHON=str(python))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == (
        f"{python} cannot create virtual environments: install its venv module"
        " (on Debian and Ubuntu: apt install python3-venv).\n"
    )
