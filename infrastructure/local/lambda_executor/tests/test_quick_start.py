"""The commands of the README's quick start."""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from localstack_harness import PYTHON, free_port, host, runtime_dir, version

README = Path(__file__).parents[1] / "README.md"


def quick_start(port: int) -> str:
    """Return the commands, for the host and the Python of these tests and a free port."""
    section = README.read_text().partition("## Quick start\n")[2]
    commands = section.partition("```sh\n")[2].partition("```")[0]
    commands = commands.replace("python3.13", f"python{version()}").replace("4566", str(port))
    return commands.replace("_localstack/", f"_{host()}/")


def test_quick_start_of_the_readme_works(tmp_path: Path) -> None:
    (tmp_path / "lambda-runtime").symlink_to(runtime_dir().replace("{version}", version()))
    log = tmp_path / "log"
    with log.open("wb") as output:
        shell = subprocess.Popen(
            ["bash", "-eu", "-c", quick_start(free_port())],
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path),
                "TMPDIR": str(tmp_path),
                "PATH": os.pathsep.join([str(Path(PYTHON).parent), os.environ["PATH"]]),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            assert shell.wait(120) == 0, log.read_text()
            assert json.loads((tmp_path / "answer.json").read_text()) == {"hello": 1}
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
