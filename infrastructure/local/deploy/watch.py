"""Deploy again whenever a source file of a project is saved."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from infrastructure.errors import CommandError
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.deploy.projects import CONFIGURATION, CONTENT, PROJECTS
from infrastructure.local.stack import Stack
from infrastructure.local.stack.layout import REPOSITORY

POLL_SECONDS = 0.3
# An editor, or git, saves several files one after the other.
QUIET_SECONDS = 0.3

Progress = Callable[[str], None]
Snapshot = dict[Path, tuple[int, int]]


def watch(stack: Stack, progress: Progress) -> None:
    """Deploy the projects whose sources change, until the user interrupts the command."""
    deployed = all_sources()
    progress("Watching for changes; Ctrl-C stops.")
    while True:
        time.sleep(POLL_SECONDS)
        if all_sources() == deployed:
            continue
        sources = settled_sources()
        changed = [name for name in PROJECTS if sources[name] != deployed[name]]
        deployed = sources
        progress(f"Deploying {', '.join(changed)}")
        began = time.monotonic()
        try:
            deploy(stack, changed)
        except CommandError as error:
            progress(f"{error}\nNot deployed; save again to retry.")
        else:
            progress(f"Deployed in {time.monotonic() - began:.1f} s.")


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
