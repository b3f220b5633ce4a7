"""Where the stack's parts lie on disk."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DEFAULT_DIRECTORY = REPOSITORY / ".local" / "stack"

LAMBDA_RUNTIMES = REPOSITORY / ".local" / "runtime"


def localstack_python() -> Path:
    """The Python of LocalStack's own environment (LOCALSTACK_PYTHON names another)."""
    default = REPOSITORY / ".venv-localstack" / "bin" / "python"
    return Path(os.environ.get("LOCALSTACK_PYTHON") or default)


@dataclass(frozen=True)
class Layout:
    """The files of one stack; everything that it writes lies below its directory."""

    directory: Path

    @property
    def state_file(self) -> Path:
        """What is remembered about the servers."""
        return self.directory / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Held by a command that starts or stops servers."""
        return self.directory / "lock"

    @property
    def settings_file(self) -> Path:
        """The copy of the functions' settings secret, which LocalStack forgets when it stops."""
        return self.directory / "settings.json"

    @property
    def keys_file(self) -> Path:
        """The copy of the API's secret of keys."""
        return self.directory / "keys.json"

    def log(self, service: str) -> Path:
        """A server's log."""
        return self.directory / "logs" / f"{service}.log"

    def data(self, service: str) -> Path:
        """A server's own files."""
        return self.directory / service

    def project(self, name: str) -> Path:
        """The staged copy of a Chalice project, with the record of what it deployed."""
        return self.directory / "projects" / name

    def deployed(self, name: str) -> Path:
        """Chalice's record of the resources that a project's deployment made."""
        return self.project(name) / ".chalice" / "deployed" / "local.json"

    def deployments(self) -> Iterator[Path]:
        """Those of these records that there are; they outlive what LocalStack knows."""
        return self.directory.glob("projects/*/.chalice/deployed/local.json")
