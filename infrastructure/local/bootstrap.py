"""Creates what the local stack, the tests and the deployments run in; needs no root and no Docker.

    .venv                 the project: the functions' packages and the tools, installed together
    .venv-benchmarks      what `make bench` needs, made by it alone
    .venv-mutations       what `make mutate` needs, made by it alone
    .local/browser        what the browser tests need of npm, made for them alone
    .venv-localstack      LocalStack, whose pins differ from the project's, and its Lambda executor
    .local/runtime/3.13   what AWS's Python runtime provides to a function beside its own package
    .local/cache/wheels   the downloaded packages, from which Chalice builds deployments offline

Run by `make setup`, with any Python that infrastructure/local/find-python chose. Each part carries
a stamp, written last, of what it was made from: nothing happens while the stamps are current, and
a part whose installation was interrupted is made anew. Output of pip goes to .local/logs.
Uses the standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, override

REPOSITORY = Path(__file__).resolve().parents[2]
LOCAL = Path(__file__).resolve().parent

# Words of pip that mean the package index did not answer, as opposed to "no such version".
UNREACHABLE = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "NameResolutionError",
    "SSLError",
    "(from versions: none)",  # what remains to be said when no retry was made
)
# The same of npm.
NPM_UNREACHABLE = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "npm error network",
)


class SetUpError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Places:
    """Where the parts lie."""

    root: Path
    project: Path
    localstack: Path
    runtime: Path
    wheels: Path
    logs: Path

    @classmethod
    def below(cls, root: Path) -> Places:
        """The places in the repository with this root."""
        local = root / ".local"
        return cls(
            root=root,
            project=root / ".venv",
            localstack=root / ".venv-localstack",
            runtime=local / "runtime" / "{}.{}".format(*sys.version_info[:2]),
            wheels=local / "cache" / "wheels",
            logs=local / "logs",
        )


class Part(ABC):
    """One thing that set-up makes: a directory, current while its stamp matches its sources."""

    title: str
    unreachable: ClassVar[tuple[str, ...]] = UNREACHABLE
    index: ClassVar[str] = "the package index; set-up needs one (PIP_INDEX_URL is honoured)"
    # How its installer begins a line that says what is wrong.
    error: ClassVar[str] = "ERROR: "

    def __init__(self, places: Places) -> None:
        self.places = places

    @property
    @abstractmethod
    def directory(self) -> Path:
        """Where the part lies."""

    @abstractmethod
    def sources(self) -> Iterator[Path]:
        """The files whose contents decide what the part holds."""

    @abstractmethod
    def make(self, *, update: bool) -> None:
        """Makes the part in its directory, which may hold the remains of an earlier one.

        `update` says that these are complete, only made from other sources.
        """

    @property
    def stamp_file(self) -> Path:
        """The file that holds the stamp of what the part was made from."""
        return self.directory / ".hirelane-stamp"

    @cached_property
    def python_stamp(self) -> str:
        """What makes the remains of an earlier installation usable: this Python, this place."""
        # The place, because the scripts of an environment name it: a moved checkout needs new ones.
        return f"{platform.python_version()} {sys.base_prefix} {self.places.root}"

    @cached_property
    def stamp(self) -> str:
        """What the part would be made from now: this Python and a digest of the sources."""
        digest = hashlib.sha256()
        for source in sorted(self.sources()):
            digest.update(f"{source.relative_to(self.places.root)}\n".encode())
            digest.update(source.read_bytes())
        return f"{self.python_stamp}\n{digest.hexdigest()}\n"

    def read_stamp(self) -> str:
        """The stamp of what is there; empty when nothing is, or an installation did not end."""
        try:
            return self.stamp_file.read_text()
        except OSError:
            return ""

    def is_current(self) -> bool:
        """Whether the part was made, to its end, from what would make it now."""
        return self.read_stamp() == self.stamp

    def ensure(self) -> None:
        """Makes the part if it is not current."""
        if not self.is_current():
            complete = self.read_stamp().startswith(f"{self.python_stamp}\n")
            self.stamp_file.unlink(missing_ok=True)
            self.make(update=complete)
            self.stamp_file.write_text(self.stamp)

    @property
    def log(self) -> Path:
        """Where the output of the part's commands goes."""
        return self.places.logs / f"setup-{self.title.lower().replace(' ', '-')}.log"

    def run(self, *command: str | Path, cwd: Path | None = None) -> None:
        """Runs one installing command, its output appended to the part's log."""
        with self.log.open("a") as log:
            start = log.tell()
            print("$", *command, file=log, flush=True)
            code = subprocess.run(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code != 0:
            raise SetUpError(self._explain(code, start))

    def _explain(self, code: int, start: int) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(start)
            said = log.read()
        where = f"See {self.log.relative_to(self.places.root)}"
        if any(word in said for word in self.unreachable):
            return f"Cannot reach {self.index}. {where}"
        errors = [line for line in said.splitlines() if line.startswith(self.error)]
        reason = errors[-1].removeprefix(self.error) if errors else f"exit code {code}"
        return f"Installing the part “{self.title.lower()}” failed: {reason} {where}"


class Environment(Part):
    """A virtual environment."""

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.directory / "bin" / "python"

    @override
    def read_stamp(self) -> str:
        # The stamp survives the removal of the Python that the environment links to.
        return super().read_stamp() if self.python.exists() else ""

    def create(self) -> None:
        """Makes the environment, empty."""
        if self.directory.exists():
            shutil.rmtree(self.directory)
        self.run(sys.executable, "-m", "venv", self.directory)

    def install(self, *arguments: str | Path) -> None:
        """Installs into the environment."""
        self.run(*pip(self.python), "install", *arguments)


class ProjectEnvironment(Environment):
    """The functions' own packages and the development tools, in one installation."""

    title = "Project"

    @property
    @override
    def directory(self) -> Path:
        return self.places.project

    @override
    def sources(self) -> Iterator[Path]:
        root = self.places.root
        candidates = [root / "requirements.txt", root / "requirements-dev.txt"]
        candidates += root.glob("worker_functions/*/requirements.txt")
        return (path for path in candidates if path.exists())

    @override
    def make(self, *, update: bool) -> None:
        if not update:
            self.create()
        wheels = self.places.wheels
        wheels.mkdir(parents=True, exist_ok=True)
        wanted = [word for path in sorted(self.sources()) for word in ("--requirement", path)]
        # Downloaded first, because Chalice takes the functions' packages from there at every
        # deployment instead of fetching them again.
        self.run(*pip(self.python), "download", "--dest", wheels, *wanted)
        self.install("--no-index", "--find-links", wheels, *wanted)


class SideEnvironment(Environment):
    """The project's packages and what one command needs beside them; only made for it."""

    folder: ClassVar[str]
    requirements: ClassVar[str]

    @property
    @override
    def directory(self) -> Path:
        return self.places.root / self.folder

    @override
    def sources(self) -> Iterator[Path]:
        root = self.places.root
        yield root / self.requirements
        yield root / "requirements.txt"
        yield root / "requirements-dev.txt"

    @override
    def make(self, *, update: bool) -> None:
        if not update:
            self.create()
        self.install("--requirement", self.places.root / self.requirements)


class BenchmarkEnvironment(SideEnvironment):
    """What `make bench` measures the queue against."""

    title = "Benchmarks"
    folder = ".venv-benchmarks"
    requirements = "benchmarks/requirements.txt"


class MutationEnvironment(SideEnvironment):
    """What `make mutate` breaks the code with."""

    title = "Mutations"
    folder = ".venv-mutations"
    requirements = "tests/requirements-mutate.txt"


class BrowserTools(Part):
    """What the browser tests need that is on npm only; Chromium itself is the system's."""

    title = "Browser tools"
    unreachable = NPM_UNREACHABLE
    index = "the npm registry; the browser tests' set-up needs it (npm's configuration is honoured)"
    error = "npm error "
    FILES = ("package.json", "package-lock.json")

    @property
    @override
    def directory(self) -> Path:
        return self.places.root / ".local" / "browser"

    @override
    def sources(self) -> Iterator[Path]:
        yield from (self.places.root / "tests" / "browser" / name for name in self.FILES)

    @override
    def make(self, *, update: bool) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise SetUpError(
                "The browser tests need npm, which is not there: `apt-get install npm` installs it."
            )
        self.directory.mkdir(parents=True, exist_ok=True)
        for source in self.sources():
            shutil.copyfile(source, self.directory / source.name)
        self.run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=self.directory)


class LocalStackEnvironment(Environment):
    """LocalStack from PyPI; its Lambda executor is a part of its own, installed into it."""

    title = "LocalStack"

    @property
    @override
    def directory(self) -> Path:
        return self.places.localstack

    @override
    def sources(self) -> Iterator[Path]:
        yield self.places.root / "infrastructure/local/requirements-localstack.txt"

    @override
    def make(self, *, update: bool) -> None:
        if not update:
            self.create()
        # The file pins everything, so there is nothing to resolve.
        self.install("--no-deps", "--requirement", *self.sources())


class LambdaExecutor(Part):
    """The executor that runs functions as processes, installed from its folder."""

    title = "Lambda executor"

    @property
    @override
    def directory(self) -> Path:
        return self.places.localstack

    @property
    @override
    def stamp_file(self) -> Path:
        return self.directory / ".hirelane-executor-stamp"

    @property
    def folder(self) -> Path:
        """The package's sources."""
        return self.places.root / "infrastructure" / "local" / "lambda_executor"

    @override
    def sources(self) -> Iterator[Path]:
        # Named, since tools leave caches beside them, and each would make this part look changed.
        yield from (self.folder / name for name in ("pyproject.toml", "README.md", "LICENSE"))
        for path in (self.folder / "src").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
                yield path

    @override
    def make(self, *, update: bool) -> None:
        # From a copy: setuptools leaves its build directory beside the sources.
        with tempfile.TemporaryDirectory() as scratch:
            for source in self.sources():
                copy = Path(scratch) / source.relative_to(self.folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
            self.run(
                *pip(self.directory / "bin" / "python"),
                "install",
                "--no-deps",
                "--no-build-isolation",
                "--force-reinstall",
                scratch,
            )


class Runtime(Part):
    """What AWS's Python runtime provides to a function, in a directory for its PYTHONPATH."""

    title = "Lambda runtime"

    @property
    @override
    def directory(self) -> Path:
        return self.places.runtime

    @override
    def sources(self) -> Iterator[Path]:
        yield self.places.root / "infrastructure/local/requirements-runtime.txt"

    @override
    def make(self, *, update: bool) -> None:
        if self.directory.exists():
            shutil.rmtree(self.directory)
        self.run(
            *pip(self.places.project / "bin" / "python"),
            "install",
            "--no-deps",
            "--target",
            self.directory,
            "--requirement",
            *self.sources(),
        )


def pip(python: Path) -> list[str | Path]:
    """The start of a pip command; two retries, so that a missing index is soon said."""
    retries = os.environ.get("PIP_RETRIES", "2")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", retries]


def chains(places: Places) -> list[list[Part]]:
    """The parts, as sequences that can be made at the same time."""
    return [
        [ProjectEnvironment(places), Runtime(places)],
        [LocalStackEnvironment(places), LambdaExecutor(places)],
    ]


def outdated(wanted: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The sequences from their first part on that is not current."""
    result = []
    for chain in wanted:
        parts = list(chain)
        while parts and parts[0].is_current():
            parts.pop(0)
        # What lies in an environment goes with it; what does not keeps its own stamp.
        if parts:
            result.append(parts)
    return result


def ensure_chain(parts: Sequence[Part]) -> None:
    """Makes those that are not current, one after the other, with a line for each."""
    for part in parts:
        if part.is_current():
            continue
        began = time.monotonic()
        part.ensure()
        print(f"  {part.title:<16} ready in {time.monotonic() - began:5.1f} s", flush=True)


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Holds the set-up's lock, so that two at once do not build into each other."""
    path = places.root / ".local" / "setup.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(places: Places, wanted: Sequence[Sequence[Part]]) -> None:
    """Makes every part that is not current, independent ones at the same time.

    Raises:
        SetUpError: a part cannot be made.
    """
    with only_one(places):
        work = outdated(wanted)
        if not work:
            return
        print(
            f"Setting up with Python {platform.python_version()}"
            " (the first time takes about a minute)",
            flush=True,
        )
        places.logs.mkdir(parents=True, exist_ok=True)
        for parts in work:
            for part in parts:
                part.log.unlink(missing_ok=True)
        with ThreadPoolExecutor(len(work)) as pool:
            for future in as_completed([pool.submit(ensure_chain, parts) for parts in work]):
                future.result()


def main(arguments: Sequence[str] | None = None) -> int:
    """Sets up; returns the exit code."""
    parser = argparse.ArgumentParser(prog="bootstrap", description="Set up the environments.")
    parser.add_argument(
        "--check", action="store_true", help="only tell, by the exit code, whether all is current"
    )
    parser.add_argument(
        "--runtime", action="store_true", help="only print where the Lambda runtime's packages lie"
    )
    parser.add_argument(
        "--benchmarks", action="store_true", help="set up what `make bench` needs instead"
    )
    parser.add_argument(
        "--mutations", action="store_true", help="set up what `make mutate` needs instead"
    )
    parser.add_argument(
        "--browser", action="store_true", help="set up what `make browser` needs instead"
    )
    options = parser.parse_args(arguments)
    places = Places.below(REPOSITORY)
    wanted = chains(places)
    if options.benchmarks:
        wanted = [[BenchmarkEnvironment(places)]]
    elif options.mutations:
        wanted = [[MutationEnvironment(places)]]
    elif options.browser:
        wanted = [[BrowserTools(places)]]
    if options.runtime:
        print(places.runtime)
        return 0
    if options.check:
        return 1 if outdated(wanted) else 0
    try:
        set_up(places, wanted)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up was interrupted; run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
