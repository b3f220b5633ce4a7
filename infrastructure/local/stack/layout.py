"""The files and directories of a stack."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DEFAULT_DIRECTORY = REPOSITORY / ".local" / "stack"

LAMBDA_RUNTIMES = REPOSITORY / ".local" / "runtime"


def localstack_python() -> Path:
    """Return the Python of LocalStack's environment (or that of LOCALSTACK_PYTHON)."""
    default = REPOSITORY / ".venv-localstack" / "bin" / "python"
    return Path(os.environ.get("LOCALSTACK_PYTHON") or default)


def make_private(directory: Path) -> None:
    """Create a directory if it is missing, and let only its owner enter it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


@dataclass(frozen=True)
class Layout:
    """The files of one stack, all below its directory."""

    directory: Path

    @property
    def state_file(self) -> Path:
        """The records of the servers."""
        return self.directory / "stack.json"

    @property
    def lock_file(self) -> Path:
        """The lock that a command holds while it starts or stops servers."""
        return self.directory / "lock"

    @property
    def deployment_lock_file(self) -> Path:
        """The lock that a command holds while it deploys or deletes projects."""
        return self.directory / "deployment.lock"

    @property
    def settings_file(self) -> Path:
        """The copy of the settings secret, because LocalStack loses it when it stops."""
        return self.directory / "settings.json"

    @property
    def keys_file(self) -> Path:
        """The copy of the secret with the keys of the API."""
        return self.directory / "keys.json"

    @property
    def files(self) -> Path:
        """The copies of candidates' files, because LocalStack loses them when it stops."""
        return self.directory / "files"

    def make_directory(self) -> None:
        """Create the directory if it is missing, so that only its owner can enter it.

        An existing directory that the user chose keeps its mode, because it may hold other files.
        """
        if self.directory == DEFAULT_DIRECTORY or not self.directory.exists():
            make_private(self.directory)

    def log(self, service: str) -> Path:
        """Return the log of a server."""
        return self.directory / "logs" / f"{service}.log"

    def data(self, service: str) -> Path:
        """Return the directory of a server's own files."""
        return self.directory / service

    def project(self, name: str) -> Path:
        """Return the copy of a Chalice project that is deployed."""
        return self.directory / "projects" / name

    def deployed(self, name: str) -> Path:
        """Return Chalice's record of the resources that a deployment created."""
        return self.project(name) / ".chalice" / "deployed" / "local.json"

    def deployments(self) -> Iterator[Path]:
        """Return the existing records; LocalStack may have lost the resources in them."""
        return self.directory.glob("projects/*/.chalice/deployed/local.json")
