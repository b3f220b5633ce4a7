"""What each function imports when it starts, because each module costs time in a cold start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
# Of Lambda's runtime, and of the packager.
GIVEN = {"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six", "chalice"}
PINNED = re.compile(r"^([a-z0-9.-]+)==", re.MULTILINE)
# Prints the names of the modules, and the bytes of the bytecode of those that are not built in.
PROGRAM = """
import json, marshal, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
before = set(sys.modules)
import app
names = sorted(sys.modules.keys() - before)
size = 0
for name in names:
    loader = getattr(sys.modules[name].__spec__, "loader", None)
    if hasattr(loader, "get_filename") and (code := loader.get_code(name)) is not None:
        size += len(marshal.dumps(code))
print(json.dumps({"names": names, "size": size}))
"""


@cache
def installed() -> dict[str, set[str]]:
    """Return the packages of each top-level module in this environment."""
    found = packages_distributions()
    return {module: set(map(canonicalize_name, packages)) for module, packages in found.items()}


def started(folder: Path) -> tuple[set[str], int]:
    """Return what an app imports with the packages of its function, and the bytes of bytecode."""
    packages = GIVEN | set(PINNED.findall((folder / "requirements.txt").read_text()))
    hidden = [module for module, of in installed().items() if not of & packages]
    command = [sys.executable, "-c", PROGRAM, json.dumps(hidden)]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    measured = json.loads(output)
    return set(measured["names"]), measured["size"]


@pytest.mark.parametrize(
    ("folder", "most_modules", "most_kilobytes", "unused"),
    [
        # The accept of an application needs none of these; a request that does imports them.
        (".", 415, 6400, {"pymongo", "aws_lambda_powertools", "jinja2", "argon2"}),
        ("worker_functions/applications", 440, 7300, {"aws_lambda_powertools"}),
        ("worker_functions/mail", 400, 7100, {"aws_lambda_powertools", "jinja2"}),
        ("worker_functions/files", 100, 1700, {"pypdf"}),
        ("worker_functions/ops", 390, 7300, {"aws_lambda_powertools"}),
    ],
)
def test_function_starts_with_few_modules(
    folder: str, most_modules: int, most_kilobytes: int, unused: set[str]
) -> None:
    names, size = started(ROOT / folder)
    assert names & {*unused, "boto3", "redis.asyncio.client", "pymongo.asynchronous.pool"} == set()
    # A budget with much room would notice nothing.
    assert most_modules - 30 <= len(names) <= most_modules
    assert size / 1000 <= most_kilobytes
