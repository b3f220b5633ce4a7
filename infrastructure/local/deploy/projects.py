"""The five Chalice projects, and their copies that are deployed.

Chalice keeps the record of a deployment in the directory of the project. Therefore each stack
deploys a copy, so that two stacks do not share a record. The copies contain no __pycache__, because
Chalice would put it into the package.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack.layout import REPOSITORY, Layout

STAGE = "local"

# The variable with the cache of packed dependencies, for chalice_cli.py.
CACHE_VARIABLE = "HIRELANE_PACKAGE_CACHE"

# The files of a project that Chalice reads.
CONTENT = ("app.py", "chalicelib", "requirements.txt", "vendor")
CONFIGURATION = ("config.json", f"policy-{STAGE}.json")


@dataclass(frozen=True)
class Project:
    """A Chalice project: its name in commands, and its folder in the repository."""

    name: str
    folder: str

    @property
    def app_name(self) -> str:
        """The name in AWS, with which the names of all its resources begin."""
        return f"hirelane-{self.name}"

    @property
    def is_worker(self) -> bool:
        """Whether its functions are invoked asynchronously, by events."""
        return self.folder.startswith("worker_functions/")


PROJECTS = {
    project.name: project
    for project in (
        Project("api", "."),
        Project("applications", "worker_functions/applications"),
        Project("files", "worker_functions/files"),
        Project("mail", "worker_functions/mail"),
        Project("ops", "worker_functions/ops"),
    )
}


def select(names: Iterable[str]) -> list[Project]:
    """Return the projects with these names, or all projects if there is no name.

    Raises:
        DeployError: There is no project with that name.
    """
    chosen = list(names) or list(PROJECTS)
    for name in chosen:
        if name not in PROJECTS:
            raise DeployError(
                f"There is no project {name}: the projects are {', '.join(PROJECTS)}."
            )
    return [PROJECTS[name] for name in chosen]


def stage(project: Project, layout: Layout, repository: Path = REPOSITORY) -> Path:
    """Update the stack's copy of a project, and return its directory.

    Raises:
        DeployError: The checkout does not contain the project.
    """
    source = repository / project.folder
    target = layout.project(project.name)
    if not (source / "app.py").exists():
        raise DeployError(f"{source / 'app.py'} is missing: there is nothing to deploy.")
    (target / ".chalice").mkdir(parents=True, exist_ok=True)
    for name in CONTENT:
        _copy(source / name, target / name)
    for name in CONFIGURATION:
        _copy(source / ".chalice" / name, target / ".chalice" / name)
    return target


def _copy(source: Path, target: Path) -> None:
    """Copy the source, which may be missing, to the target; follow symbolic links."""
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    elif source.exists():
        shutil.copy2(source, target)
