"""The command that updates or checks the lock files of the packages."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infrastructure.errors import CommandError
from infrastructure.local.environments import uv_environment
from infrastructure.local.stack.layout import REPOSITORY

DEVELOPMENT = "requirements-dev.txt"
# The groups of pyproject.toml, and the lock file of each.
LOCKS = {
    "dev": DEVELOPMENT,
    "api": "requirements.txt",
    "applications": "worker_functions/applications/requirements.txt",
    "files": "worker_functions/files/requirements.txt",
    "mail": "worker_functions/mail/requirements.txt",
    "ops": "worker_functions/ops/requirements.txt",
    "uv": "infrastructure/local/requirements-uv.txt",
    "runtime": "infrastructure/local/requirements-runtime.txt",
    "localstack": "infrastructure/local/requirements-localstack.txt",
    "aws-checks": "infrastructure/aws/requirements-checks.txt",
}
# The same versions for users of the executor alone, who install with pip and without hashes.
EXECUTOR = "infrastructure/local/lambda_executor"
TESTED_LOCALSTACK = f"{EXECUTOR}/requirements-localstack.txt"
# These have environments of their own; all others have the versions of the development tools.
SEPARATE = {"dev", "localstack", "aws-checks"}

PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
WITHOUT_HASH = re.compile(r"^[a-z0-9.-]+==.*[^\\]$", re.MULTILINE)
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.12"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make lock"),
)


@click.command("lock")
@click.option("--check", is_flag=True, help="Only check that the lock files match pyproject.toml.")
@click.option("--upgrade", is_flag=True, help="Upgrade every package.")
@click.option("--package", "packages", multiple=True, help="Upgrade this package. Repeatable.")
def command(*, check: bool, upgrade: bool, packages: tuple[str, ...]) -> None:
    """Write the lock files of the dependency groups in pyproject.toml.

    Versions stay as they are, unless a group or an option asks for others.
    """
    if check:
        if problems := find_problems(REPOSITORY):
            raise CommandError("\n".join([*problems, "Run `make lock`."]))
        return
    options = ["--upgrade"] if upgrade else []
    options += [word for package in packages for word in ("--upgrade-package", package)]
    for group, lock in LOCKS.items():
        others = options if group in SEPARATE else [*options, "--constraint", DEVELOPMENT]
        _compile(group, lock, others)
        click.echo(f"  {lock}")
    (REPOSITORY / TESTED_LOCALSTACK).write_text(_tested_localstack(REPOSITORY))
    click.echo(f"  {TESTED_LOCALSTACK}")


def find_problems(root: Path) -> list[str]:
    """Return how the lock files differ from pyproject.toml and from each other.

    Every direct dependency must be pinned to a version that its group allows, every pin must have
    hashes, and the functions must have the versions that the tests run with.
    """
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    tested = _pins((root / DEVELOPMENT).read_text())
    problems = []
    for group, lock in LOCKS.items():
        text = (root / lock).read_text()
        pins = _pins(text)
        for requirement in _requirements(groups, group):
            versions = pins.get(canonicalize_name(requirement.name), set())
            if not versions or not all(map(requirement.specifier.contains, versions)):
                problems.append(f"{lock} does not satisfy {requirement}.")
        if WITHOUT_HASH.search(text):
            problems.append(f"{lock} has a package without a hash.")
        if group not in SEPARATE:
            different = [name for name in pins if name in tested and pins[name] != tested[name]]
            problems += [f"{lock} and {DEVELOPMENT} differ in {name}." for name in different]
    extras = tomllib.loads((root / EXECUTOR / "pyproject.toml").read_text())["project"]
    if extras["optional-dependencies"]["localstack"] != groups["localstack"]:
        problems.append(f"The extra localstack of {EXECUTOR} and the group localstack differ.")
    if (root / TESTED_LOCALSTACK).read_text() != _tested_localstack(root):
        problems.append(f"{TESTED_LOCALSTACK} and {LOCKS['localstack']} differ.")
    return problems


def _tested_localstack(root: Path) -> str:
    """Return the pins of LocalStack without hashes, because pip would also need that of `.`."""
    lines = (root / LOCKS["localstack"]).read_text().splitlines()
    pins = [line.removesuffix(" \\") for line in lines if PIN.match(line)]
    return "\n".join(("# Written by `make lock`: the versions that the tests run with.", *pins, ""))


def _compile(group: str, lock: str, options: list[str]) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    words = [uv, *COMPILE, "--group", group, "--output-file", lock, *options]
    environment = dict(uv_environment(Path(sys.executable)))
    # Only the main index, because the lock files must be the same on every machine.
    environment.pop("UV_INDEX", None)
    result = subprocess.run(
        words,
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise CommandError(f"{lock} cannot be resolved.\n{result.stderr.rstrip()}")


def _requirements(groups: dict[str, Any], name: str) -> list[Requirement]:
    found = []
    for item in groups[name]:
        if isinstance(item, str):
            found.append(Requirement(item))
        else:
            found += _requirements(groups, item["include-group"])
    return found


def _pins(text: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in PIN.findall(text):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins
