"""Run the functions of a project from a directory whose saved files are served by the next call.

The directory has the contents of the deployment package. The functions get it instead of the
package, by the bucket `hot-reload` (see the README of lambda_executor). A save is then a copy of
the file. What a copy cannot change needs a deployment: dependencies, the configuration, and the
routes, functions and schedules, which Chalice reads when it deploys.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from zipfile import ZipFile

from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.packages import deployment_package
from infrastructure.local.deploy.projects import Project
from infrastructure.local.stack import Stack
from infrastructure.local.stack.layout import REPOSITORY

BUCKET = "hot-reload"
POLL_SECONDS = 0.05
UPDATE_POLLS = 400

# Below the folder of a project. The content of VENDOR is at the top of the package.
SOURCES = ("app.py", "chalicelib")
VENDOR = "vendor"

_DESCRIBE = "infrastructure.local.deploy.description"


class HotProject:
    """A deployed project whose functions run from a directory of the stack."""

    def __init__(self, stack: Stack, project: Project, repository: Path = REPOSITORY) -> None:
        self._project = project
        self._source = repository / project.folder
        self._staged = stack.layout.project(project.name)
        self.folder = stack.layout.directory / "hot" / project.name
        self._description = ""

    def start(self, clients: Clients) -> None:
        """Unpack the package of the last deployment, and run the functions from there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with ZipFile(deployment_package(self._staged)) as package:
            package.extractall(
                self.folder, [name for name in package.namelist() if not name.endswith(".pyc")]
            )
        self._description = self._describe()
        for page in clients.lambda_.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                if function["FunctionName"].startswith(f"{self._project.app_name}-"):
                    self._run_here(clients, function["FunctionName"])

    def _run_here(self, clients: Clients, name: str) -> None:
        clients.lambda_.update_function_code(
            FunctionName=name, S3Bucket=BUCKET, S3Key=str(self.folder)
        )
        for _ in range(UPDATE_POLLS):
            state = clients.lambda_.get_function_configuration(FunctionName=name)
            if state["LastUpdateStatus"] == "Successful":
                return
            time.sleep(POLL_SECONDS)
        raise DeployError(f"{name} does not run from {self.folder}; try `make deploy`.")

    def copy(self) -> None:
        """Copy the saved sources, and delete those that no longer exist."""
        vendor = self._source / VENDOR
        vendored = [child.name for child in vendor.iterdir()] if vendor.is_dir() else []
        for source, name in (
            *((self._source, name) for name in SOURCES),
            *((vendor, name) for name in vendored),
        ):
            _mirror(source / name, self.folder / name, self.folder.parent)

    def needs_deployment(self) -> bool:
        """Return whether the copied sources have other routes, functions or schedules.

        Raises:
            DeployError: The sources cannot be imported.
        """
        return self._describe() != self._description

    def _describe(self) -> str:
        # Bytecode, because each call would otherwise compile everything.
        cache = {"PYTHONPYCACHEPREFIX": str(self.folder.with_suffix(".bytecode"))}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        result = subprocess.run(
            # The call that uses the saved file must not wait for this.
            ["nice", "-n", "10", sys.executable, "-m", _DESCRIBE],
            cwd=self.folder,
            env={**kept, **cache, "PYTHONPATH": f"{self.folder}{os.pathsep}{REPOSITORY}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise DeployError(result.stderr.strip() or "The sources cannot be imported.")
        return result.stdout


def _mirror(source: Path, target: Path, scratch: Path) -> None:
    """Make the target equal to the source, and write only files that differ.

    Args:
        source: A file or directory, which may be missing.
        target: Its copy.
        scratch: A directory outside the copy, on the same file system.
    """
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        kept = {child.name for child in source.iterdir() if child.name != "__pycache__"}
        for child in target.iterdir():
            if child.name not in kept:
                _delete(child)
        for name in kept:
            _mirror(source / name, target / name, scratch)
        return
    try:
        content = source.read_bytes()
    except FileNotFoundError:
        _delete(target)
        return
    if target.is_file() and target.read_bytes() == content:
        return
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as new:
        new.write(content)
    copy = Path(new.name)
    if target.is_file() and int(target.stat().st_mtime) >= int(copy.stat().st_mtime):
        # Python takes bytecode as valid for a second of change.
        later = target.stat().st_mtime + 1
        os.utime(copy, (later, later))
    # In one step, because a function may read the file meanwhile.
    copy.replace(target)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
