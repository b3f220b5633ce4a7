"""Make the list of components (SBOM, CycloneDX) of a deployment package from its lock file.

uv writes it, because it knows which package needs which. Its export reads a project, so a
temporary one gets the pins of the lock file. The hashes are those of the lock file: what uv knows
of them depends on the package index. Random and changing parts are removed, so that equal lock
files make equal lists.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infrastructure.cli.lock import PIN
from infrastructure.errors import CommandError
from infrastructure.local.environments import uv_environment

PROJECT = """\
[project]
name = "{name}"
version = "{version}"
requires-python = "=={python}.*"
[tool.uv]
package = false
"""
LAMBDA_PYTHON = "3.13"
HASH = "--hash=sha256:"

Run = Callable[[Path, str], str]
Hashes = dict[str, list[dict[str, str]]]


def make_sbom(name: str, version: str, lock: str, tools: str, run: Run | None = None) -> str:
    """Return the components of a package as CycloneDX 1.5 in JSON.

    Args:
        name: The name of the package.
        version: The version of the release.
        lock: The text of the package's lock file, with exact versions.
        tools: The text of the lock file with Chalice, which adds its run-time part to each package.
        run: Runs uv in a directory and returns its output; replaced by tests.

    Raises:
        CommandError: uv cannot resolve the pins, or resolved others.
    """
    run = run or _run_uv
    pins = [line.removesuffix(" \\") for line in lock.splitlines() if PIN.match(line)]
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        project = PROJECT.format(name=name, version=version, python=LAMBDA_PYTHON)
        (directory / "pyproject.toml").write_text(project)
        (directory / "pins.txt").write_text("\n".join(pins) + "\n")
        run(directory, "add --quiet --requirements pins.txt")
        document = json.loads(run(directory, "export --quiet --format cyclonedx1.5"))
    del document["serialNumber"], document["metadata"]["timestamp"]
    document["metadata"]["component"] |= {"type": "application", "name": name, "version": version}
    hashes = _hashes(lock) | _only_chalice(_hashes(tools))
    [chalice] = _only_chalice(_hashes(tools))
    document["components"].append(_component(chalice))
    for component in document["components"]:
        key = f"{component['name']}=={component['version']}"
        if key not in hashes:
            raise CommandError(f"uv lists {key}, which the lock file does not have.")
        component["externalReferences"] = [
            {"type": "distribution", "url": component["purl"], "hashes": hashes[key]}
        ]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _hashes(lock: str) -> Hashes:
    """Return the hashes of each pinned package: those of all files that set-up may install."""
    found: Hashes = {}
    for line in lock.splitlines():
        if pin := PIN.match(line):
            hashes = found.setdefault(f"{pin[1]}=={pin[2]}", [])
        elif line.strip().startswith(HASH):
            content = line.strip().removeprefix(HASH).removesuffix(" \\")
            hashes.append({"alg": "SHA-256", "content": content})
    return found


def _only_chalice(hashes: Hashes) -> Hashes:
    return {key: found for key, found in hashes.items() if key.startswith("chalice==")}


def _component(key: str) -> dict[str, Any]:
    name, _, version = key.partition("==")
    return {
        "type": "library",
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
    }


def _run_uv(directory: Path, arguments: str) -> str:
    uv = Path(sys.executable).with_name("uv")
    result = subprocess.run(
        [uv, *arguments.split(), "--python", sys.executable],
        cwd=directory,
        env=os.environ | uv_environment(Path(sys.executable)),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise CommandError(f"uv cannot list the components.\n{result.stderr.rstrip()}")
    return result.stdout
