"""Serve a saved file by the next call, and deploy again when that is not enough."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from infrastructure.errors import CommandError
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.deployment import deploy, prepare
from infrastructure.local.deploy.hot_reload import HotProject
from infrastructure.local.deploy.projects import CONFIGURATION, CONTENT, PROJECTS, select
from infrastructure.local.stack import Stack
from infrastructure.local.stack.layout import REPOSITORY

POLL_SECONDS = 0.3
# An editor, or git, saves several files one after the other.
QUIET_SECONDS = 0.3

Progress = Callable[[str], None]
Snapshot = dict[Path, tuple[int, int]]


def watch(stack: Stack, progress: Progress, names: Iterable[str] = ()) -> None:
    """Serve saved files at once, and deploy when that is not enough, until the user interrupts.

    Args:
        stack: The stack, to which the projects are deployed.
        progress: Called with each line of progress.
        names: The names of the projects; none means all.
    """
    clients = Clients.of(stack.endpoints())
    projects = {project.name: HotProject(stack, project) for project in select(names)}
    known = all_sources()
    # Projects whose last deployment failed.
    pending: set[str] = set()
    for project in projects.values():
        project.start(clients)
    progress("Watching for changes: the next call uses a saved file. Ctrl-C stops.")
    while True:
        time.sleep(POLL_SECONDS)
        sources = all_sources()
        if sources == known:
            continue
        began = time.monotonic()
        changed = {name: changes(known[name], sources[name]) for name in projects}
        changed = {name: paths for name, paths in changed.items() if paths}
        for name in changed:
            projects[name].copy()
        progress(f"Reloaded {', '.join(changed)} in {time.monotonic() - began:.2f} s.")
        known = sources
        try:
            for name, paths in changed.items():
                if any(map(is_configuration, paths)) or projects[name].needs_deployment():
                    pending.add(name)
            if pending:
                known = settled_sources()
                deploy_again(stack, sorted(pending), progress)
                for name in sorted(pending):
                    projects[name].start(clients)
                pending.clear()
            elif "api" in changed:
                prepare(clients)
        except CommandError as error:
            progress(f"{error}\nNot deployed; save again to retry.")


def deploy_again(stack: Stack, names: list[str], progress: Progress) -> None:
    """Deploy projects whose dependencies, configuration, routes or schedules changed."""
    progress(f"Deploying {', '.join(names)}")
    began = time.monotonic()
    deploy(stack, names)
    progress(f"Deployed in {time.monotonic() - began:.1f} s.")


def changes(before: Snapshot, after: Snapshot) -> set[Path]:
    """Return the files that were changed, added or deleted."""
    return {path for path, _ in before.items() ^ after.items()}


def is_configuration(path: Path) -> bool:
    """Return whether only a deployment applies a change of the file."""
    return path.name == "requirements.txt" or path.parent.name == ".chalice"


def settled_sources() -> dict[str, Snapshot]:
    """Wait until no file changes, and return the files of each project."""
    before = all_sources()
    while True:
        time.sleep(QUIET_SECONDS)
        sources = all_sources()
        if sources == before:
            return sources
        before = sources


def all_sources() -> dict[str, Snapshot]:
    """Return the files of each project."""
    return {name: project_sources(name) for name in PROJECTS}


def project_sources(name: str, repository: Path = REPOSITORY) -> Snapshot:
    """Return each file that is deployed with a project, with its time of change and its size."""
    folder = repository / PROJECTS[name].folder
    names = [*CONTENT, *(f".chalice/{file}" for file in CONFIGURATION)]
    snapshot: Snapshot = {}
    for path in (path for name in names for path in _files(folder / name)):
        try:
            status = path.stat()
        except OSError:  # deleted meanwhile
            continue
        snapshot[path] = (status.st_mtime_ns, status.st_size)
    return snapshot


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for child in path.iterdir():
            if child.name != "__pycache__":
                yield from _files(child)
    else:
        yield path
