"""The version that the present one must work beside: a deployment replaces functions in turn.

previous.json names it by the id of its tree, not of its commit: a tree keeps its id when history is
rewritten, and says exactly which sources are meant. It is updated by the commit after a release.
"""

import io
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from infrastructure.errors import CommandError
from infrastructure.local.stack.layout import REPOSITORY

FILE = Path(__file__).with_name("previous.json")


class NotFetchedError(CommandError):
    """This clone does not contain the previous version."""


@dataclass(frozen=True)
class PreviousVersion:
    """A version: its name, and the id of its tree in git."""

    version: str
    tree: str

    @classmethod
    def read(cls, file: Path = FILE) -> "PreviousVersion":
        """Return the version that the file names."""
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path = FILE) -> None:
        """Write the file."""
        file.write_text(json.dumps({"version": self.version, "tree": self.tree}, indent=2) + "\n")

    def check_out(self, target: Path, repository: Path = REPOSITORY) -> None:
        """Write its sources into a directory.

        Raises:
            NotFetchedError: The clone is shallow, or has no history.
        """
        archive = subprocess.run(
            ["git", "archive", "--format=tar", self.tree],
            cwd=repository,
            capture_output=True,
            check=False,
        )
        if archive.returncode != 0:
            raise NotFetchedError(
                f"This clone lacks the sources of {self.version} ({self.tree[:12]}):"
                " run `git fetch --unshallow --tags`."
            )
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as sources:
            sources.extractall(target, filter="tar")


def version_at(tag: str, repository: Path = REPOSITORY) -> PreviousVersion:
    """Return the version that a tag names.

    Raises:
        CommandError: There is no such tag.
    """
    name = f"refs/tags/{tag}^{{tree}}"
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", name],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        raise CommandError(f"There is no tag {tag}.")
    return PreviousVersion(tag.removeprefix("v"), found.stdout.strip())
