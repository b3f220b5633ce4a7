"""Create the environments that the local stack, the tests and the deployments run in.

    .venv                 the packages of the functions and the tools, installed together
    .venv-localstack      LocalStack, whose versions differ, and its Lambda executor
    .local/runtime/3.13   what Lambda's Python runtime provides to a function, for its PYTHONPATH
    .local/cache/wheels   the packages of the functions, so that Chalice need not download them
    .local/browser        what the browser tests need from npm; made only for them
    .venv-aws-checks      tools that check CloudFormation templates and policies; made only for them

`make setup` runs this file with the Python that infrastructure/local/find-python chose. It needs
the standard library only, no root and no Docker: pip installs uv, and uv installs the rest from the
lock files. Each part gets a stamp, written last, of the files that it was made from. So a second
run does nothing, and a part whose installation was interrupted is made again. The installers write
to .local/logs.
"""

from __future__ import annotations

import argparse
import ast
import errno
import fcntl
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXECUTOR = "infrastructure/local/lambda_executor"
PYTHON = ".venv/bin/python"

# What a failed installer printed, and what that means.
REASONS = (
    ("The disk is full.", ("No space left on device", "ENOSPC")),
    (
        "Cannot reach the npm registry, which the browser tests need (npm's settings apply).",
        ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "npm error network"),
    ),
    (
        "Cannot reach the package index; set-up needs one (PIP_INDEX_URL is honoured).",
        (
            *("NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyError"),
            *("NameResolutionError", "SSLError", "error sending request", "operation timed out"),
            "(from versions: none)",  # all that pip prints when it may not retry
        ),
    ),
    (
        "A package has no build for this platform: Hirelane is tested on Linux with x86_64.",
        ("no wheels with a matching", "is not a supported wheel on this platform"),
    ),
    (
        "A downloaded package differs from the one in the lock file.",
        ("Hash mismatch", "DO NOT MATCH THE HASHES"),
    ),
)
ERRORS = ("error: ", "ERROR: ", "npm error ")


class SetUpError(Exception):
    """Set-up cannot continue; the message is one sentence that says why."""


@dataclass(frozen=True)
class Part:
    """A directory that set-up makes.

    Attributes:
        title: The name in the output.
        root: The checkout.
        folder: The directory, relative to the checkout.
        sources: The files that decide what the part holds, relative to the checkout.
        make: Makes the part. Its second argument is whether the directory holds a complete part,
            made from other sources.
    """

    title: str
    root: Path
    folder: str
    sources: tuple[str, ...]
    make: Callable[[Part, bool], None]

    @property
    def directory(self) -> Path:
        """The directory of the part."""
        return self.root / self.folder

    @property
    def slug(self) -> str:
        """The title in file names."""
        return self.title.lower().replace(" ", "-")

    @property
    def stamp_file(self) -> Path:
        """The file that holds the stamp of a complete part."""
        return self.directory / f".hirelane-{self.slug}-stamp"

    @property
    def place(self) -> str:
        """This Python and this checkout, because the scripts in an environment contain both."""
        return f"{platform.python_version()} {sys.base_prefix} {self.root}\n"

    def stamp(self) -> str:
        """Return the stamp of a part that would be made now."""
        digest = hashlib.sha256()
        for source in self.sources:
            digest.update(f"{source}\n".encode() + (self.root / source).read_bytes())
        return f"{self.place}{digest.hexdigest()}\n"

    def read_stamp(self) -> str:
        """Return the stamp of the existing part; empty if it is missing or incomplete."""
        python = self.directory / "bin" / "python"
        if python.is_symlink() and not python.exists():
            return ""  # the Python of the environment was removed
        try:
            return self.stamp_file.read_text()
        except OSError:
            return ""

    def is_current(self) -> bool:
        """Return whether the part is complete and made from the present sources."""
        return self.read_stamp() == self.stamp()

    def ensure(self) -> None:
        """Make the part if it is not current.

        Raises:
            SetUpError: The part cannot be made.
        """
        if not self.is_current():
            is_complete = self.read_stamp().startswith(self.place)
            self.stamp_file.unlink(missing_ok=True)
            self.make(self, is_complete)
            self.stamp_file.write_text(self.stamp())

    def run(self, *command: str | Path, **variables: str) -> None:
        """Run an installer in the checkout, and append its output to the log of the part.

        Raises:
            SetUpError: The installer failed.
        """
        log = self.root / ".local" / "logs" / f"setup-{self.slug}.log"
        with log.open("a+", errors="replace") as output:
            start = output.tell()
            print("$", *command, file=output, flush=True)
            process = subprocess.run(
                command,
                cwd=self.root,
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            output.seek(start)
            if process.returncode != 0:
                reason = explain(output.read()) or f"Exit code {process.returncode}."
                raise SetUpError(f"{reason} See {log.relative_to(self.root)}")

    def pip(self, *arguments: str | Path) -> None:
        """Run pip."""
        self.run(*pip(self.root / PYTHON), *arguments)

    def uv(self, *arguments: str | Path) -> None:
        """Run uv."""
        python = self.root / PYTHON
        self.run(python.with_name("uv"), *arguments, **uv_environment(python))


def make_uv(part: Part, update: bool) -> None:
    """Install uv into an empty environment, which also has pip."""
    if not update:
        shutil.rmtree(part.directory, ignore_errors=True)
        part.run(sys.executable, "-m", "venv", part.folder)
    part.pip("install", "--require-hashes", "--requirement", part.sources[0])


def make_project(part: Part, update: bool) -> None:
    """Install the packages of the functions and the tools."""
    part.uv("pip", "sync", "--require-hashes", "--python", part.folder, part.sources[0])


def download_wheels(part: Part, update: bool) -> None:
    """Download the packages of the functions."""
    part.directory.mkdir(parents=True, exist_ok=True)
    files = [word for source in part.sources for word in ("--requirement", source)]
    part.pip("download", "--no-deps", "--require-hashes", "--dest", part.folder, *files)


def make_localstack(part: Part, update: bool) -> None:
    """Install LocalStack and its Lambda executor."""
    if not update:
        shutil.rmtree(part.directory, ignore_errors=True)
        part.uv("venv", "--python", sys.executable, part.folder)
    part.uv("pip", "sync", "--require-hashes", "--python", part.folder, part.sources[0])
    # Editable, so that a change of the executor needs no installation.
    options = ("--no-deps", "--python", part.folder)
    part.uv("pip", "install", *options, "--editable", EXECUTOR)


def make_aws_checks(part: Part, update: bool) -> None:
    """Install the tools that check templates and policies."""
    if not update:
        shutil.rmtree(part.directory, ignore_errors=True)
        part.uv("venv", "--python", sys.executable, part.folder)
    part.uv("pip", "sync", "--require-hashes", "--python", part.folder, part.sources[0])


def make_runtime(part: Part, update: bool) -> None:
    """Install what Lambda's runtime provides, with bytecode, because functions write none there."""
    shutil.rmtree(part.directory, ignore_errors=True)
    options = ("--require-hashes", "--compile-bytecode", "--python", PYTHON)
    part.uv("pip", "sync", *options, "--target", part.folder, part.sources[0])


def make_browser_tools(part: Part, update: bool) -> None:
    """Install the npm packages of the browser tests; Chromium itself comes from the system."""
    npm = shutil.which("npm")
    if npm is None:
        raise SetUpError("The browser tests need npm: run `apt-get install npm`.")
    part.directory.mkdir(parents=True, exist_ok=True)
    for source in part.sources:
        shutil.copy(part.root / source, part.directory)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefix", part.folder)
    part.run(npm, "ci", *options)


def chains(root: Path, *, browser: bool = False, aws_checks: bool = False) -> list[list[Part]]:
    """Return the parts: first uv, then chains of parts that can be made at the same time."""

    def part(title: str, make: Callable[[Part, bool], None], folder: str, *sources: str) -> Part:
        return Part(title, root, folder, sources, make)

    if browser:
        files = ("tests/browser/package.json", "tests/browser/package-lock.json")
        return [[part("Browser tools", make_browser_tools, ".local/browser", *files)]]
    if aws_checks:
        lock_file = "infrastructure/aws/requirements-checks.txt"
        return [[part("AWS checks", make_aws_checks, ".venv-aws-checks", lock_file)]]
    runtime = ".local/runtime/{}.{}".format(*sys.version_info[:2])
    lock = "infrastructure/local/requirements-{}.txt".format
    workers = sorted(root.glob("worker_functions/*/requirements.txt"))
    functions = ("requirements.txt", *(str(path.relative_to(root)) for path in workers))
    return [
        [part("uv", make_uv, ".venv", lock("uv"))],
        [
            part("Project", make_project, ".venv", "requirements-dev.txt"),
            part("Wheels", download_wheels, ".local/cache/wheels", *functions),
        ],
        [
            part(
                "LocalStack",
                make_localstack,
                ".venv-localstack",
                *(lock("localstack"), f"{EXECUTOR}/pyproject.toml"),
            )
        ],
        [part("Lambda runtime", make_runtime, runtime, lock("runtime"))],
    ]


def explain(output: str) -> str:
    """Return in one sentence why an installer failed; empty if its output does not say."""
    for reason, words in REASONS:
        if any(word in output for word in words):
            return reason
    errors = [line for line in output.splitlines() if line.startswith(ERRORS)]
    return errors[-1].partition(" ")[2] if errors else ""


def pip(python: Path) -> Sequence[str | Path]:
    """Return the start of a pip command; two retries, so that a missing index is reported soon."""
    retries = os.environ.get("PIP_RETRIES", "2")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", retries]


@functools.cache
def uv_environment(python: Path) -> dict[str, str]:
    """Return variables for uv, because it does not read the configuration of pip itself."""
    variables = {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_HTTP_RETRIES": os.environ.get("PIP_RETRIES", "2"),
        # With several indexes a package may come from each, as with pip; the hashes make it safe.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    listing = [*pip(python), "config", "list"]
    output = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    # Variables win over files.
    for line in sorted(output.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name and name not in os.environ:
            variables[name] = " ".join(str(ast.literal_eval(value)).split())
    return variables


def are_current(wanted: Sequence[Sequence[Part]]) -> bool:
    """Return whether set-up has nothing to do."""
    return all(part.is_current() for chain in wanted for part in chain)


def set_up(root: Path, wanted: Sequence[Sequence[Part]]) -> None:
    """Make every part that is not current.

    Raises:
        SetUpError: A part cannot be made.
    """
    with _lock(root):
        if are_current(wanted):
            return
        version = platform.python_version()
        print(f"Setting up with Python {version} (the first time takes about a minute)", flush=True)
        logs = root / ".local" / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for log in logs.glob("setup-*.log"):
            log.unlink()
        first, *others = wanted
        _ensure_chain(first)
        with ThreadPoolExecutor() as pool:
            for future in as_completed([pool.submit(_ensure_chain, chain) for chain in others]):
                future.result()


def _ensure_chain(chain: Sequence[Part]) -> None:
    """Make the parts that are not current, one after the other, and print a line for each."""
    for part in chain:
        if not part.is_current():
            began = time.monotonic()
            part.ensure()
            print(f"  {part.title:<16} ready in {time.monotonic() - began:5.1f} s", flush=True)


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Hold the lock of set-up, so that two runs do not install into the same environment."""
    path = root / ".local" / "setup.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is running; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Set up, and return the exit code."""
    parser = argparse.ArgumentParser(prog="environments", description="Set up the environments.")
    parser.add_argument("--check", action="store_true", help="only check, by the exit code")
    parser.add_argument("--browser", action="store_true", help="set up the browser tests instead")
    parser.add_argument(
        "--aws-checks", action="store_true", help="set up the checks of templates instead"
    )
    options = parser.parse_args(arguments)
    wanted = chains(REPOSITORY, browser=options.browser, aws_checks=options.aws_checks)
    if options.check:
        return 0 if are_current(wanted) else 1
    try:
        set_up(REPOSITORY, wanted)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("The disk is full.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up was interrupted; run it again to continue.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
