"""The three Chalice projects, and the copies of them that are deployed.

Chalice keeps what it deployed in the project's own directory. Each stack therefore deploys a copy,
so that two stacks do not take each other's resources for their own. The copies leave out
__pycache__, which Chalice would put into the package.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack.layout import REPOSITORY, Layout

STAGE = "local"

# Tells chalice_cli.py where packed dependencies are kept.
CACHE_VARIABLE = "HIRELANE_PACKAGE_CACHE"

# What Chalice reads of a project.
CONTENT = ("app.py", "chalicelib", "requirements.txt", "vendor")
CONFIGURATION = ("config.json", f"policy-{STAGE}.json")


@dataclass(frozen=True)
class Project:
    """A Chalice project: its name in commands, and its folder in the repository."""

    name: str
    folder: str

    @property
    def app_name(self) -> str:
        """Its name in AWS, the start of all its resources' names."""
        return f"hirelane-{self.name}"


PROJECTS = {
    project.name: project
    for project in (
        Project("api", "."),
        Project("applications", "worker_functions/applications"),
        Project("mail", "worker_functions/mail"),
    )
}


def select(names: Iterable[str]) -> list[Project]:
    """The projects of these names, or all when none is named.

    Raises:
        DeployError: there is no project of that name.

    """
    chosen = list(names) or list(PROJECTS)
    for name in chosen:
        if name not in PROJECTS:
            raise DeployError(f"There is no project {name}; there are {', '.join(PROJECTS)}.")
    return [PROJECTS[name] for name in chosen]


def stage(project: Project, layout: Layout, repository: Path = REPOSITORY) -> Path:
    """Brings the stack's copy of a project up to date and returns its directory.

    Raises:
        DeployError: the repository holds no such project.

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
    """Makes the target the same as the source, which may be missing; links are followed."""
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    elif source.exists():
        shutil.copy2(source, target)
