"""Cold starts: our packages against Chalice packages that import only the clients of the stores.

Each environment is AWS's runtime client in a process of its own, which serves one event and ends.
Both packages have bytecode, and were made by the same packager from the same wheels; those of the
rivals are complete. A ratio compares processor times, which other programs on the machine disturb
less than the time that passes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from benchmarks.bench import Bench
from benchmarks.contest import ContestError
from benchmarks.contestants.environment import ENVIRONMENT
from benchmarks.first_accept import FirstAccept, first_accept
from benchmarks.lambda_runtime import Measured, run_environment
from benchmarks.row import Row, median
from infrastructure.local.deploy.deployment import PACKAGES, wheel_variables
from infrastructure.local.deploy.packages import CachingPackager
from infrastructure.local.deploy.projects import PROJECTS, stage
from infrastructure.local.stack.layout import Layout

ROWS = (
    "cold_start_api",
    "cold_start_applications",
    "cold_start_mail",
    "cold_start_api_ms",
    "cold_first_accept_ms",
    "cold_first_accept_cpu_ms",
)

BAR = 1.15
# What each rival imports, and the requirements that it needs.
RIVALS = {
    "redis and jwt": ("redis, jwt", "redis\nhiredis\npyjwt[crypto]\n"),
    "redis and pymongo": ("redis, pymongo", "redis\nhiredis\npymongo\n"),
    "nothing": ("sys", ""),
}
RIVAL_OF = {
    "api": "redis and jwt",
    "applications": "redis and pymongo",
    "mail": "redis and pymongo",
}
APP = """from chalice import Chalice
import {imports}

app = Chalice("rival")
"""
STARTS = 5
"""The environments of each package in a round."""


def measure(bench: Bench) -> Iterator[Row]:
    """Start each package in turn, in every round."""
    with tempfile.TemporaryDirectory(prefix="hirelane-cold-") as folder:
        tasks = {name: _unpack(name, Path(folder)) for name in (*RIVAL_OF, *RIVALS)}
        for task in tasks.values():
            run_environment(task, ENVIRONMENT)  # reads the files of the package once
        measured = bench.in_turn(
            {name: partial(_starts, task, bench) for name, task in tasks.items()}
        )
        with first_accept(bench.servers) as accept:
            accepts = [_accepts(accept, tasks["api"], bench) for _ in range(bench.rounds)]
    for name, rival in RIVAL_OF.items():
        yield _ratio(bench, name, measured[name], measured[rival], measured["nothing"])
    yield bench.row("cold_start_api_ms", "ms", _values(measured["api"], "ms"), better="lower")
    yield bench.row("cold_first_accept_ms", "ms", _values(accepts, "ms"), better="lower")
    yield bench.row("cold_first_accept_cpu_ms", "ms", _values(accepts, "cpu_ms"), better="lower")


def _ratio(bench: Bench, name: str, ours: list[Any], rival: list[Any], nothing: list[Any]) -> Row:
    """Return the row of one function."""
    own, others, bare = (_values(one, "cpu_ms") for one in (ours, rival, nothing))
    return bench.row(
        f"cold_start_{name}",
        "x",
        [a / b for a, b in zip(own, others, strict=True)],
        better="lower",
        bar=BAR,
        stretch=1,
        detail={
            "rival": RIVAL_OF[name],
            "cpu_ms": own,
            "rival_cpu_ms": others,
            "ms": _values(ours, "ms"),
            "rival_ms": _values(rival, "ms"),
            # Without what the interpreter, AWS's client and Chalice take in both.
            "ratio_of_imports": median(
                [(a - c) / (b - c) for a, b, c in zip(own, others, bare, strict=True)]
            ),
        },
    )


def _starts(task: Path, bench: Bench) -> dict[str, Any]:
    """Return the medians of some starts."""
    return _summary([run_environment(task, ENVIRONMENT) for _ in range(bench.size(STARTS, 1))])


def _accepts(accept: FirstAccept, task: Path, bench: Bench) -> dict[str, Any]:
    """Return the medians of some starts, each with the first accept of the environment."""
    measured = []
    for _ in range(bench.size(STARTS, 1)):
        measured.append(run_environment(task, accept.variables, accept.event()))
        if measured[-1].body["statusCode"] != 202:
            raise ContestError(f"not accepted: {measured[-1].body}")
    return _summary(measured)


def _summary(measured: list[Measured]) -> dict[str, Any]:
    return {
        "ms": median([(one.start + one.answer) * 1000 for one in measured]),
        "cpu_ms": median([one.cpu * 1000 for one in measured]),
    }


def _values(measured: list[dict[str, Any]], name: str) -> list[float]:
    return [one[name] for one in measured]


def _unpack(name: str, folder: Path) -> Path:
    """Return a new folder with the unpacked package of one of our projects or of a rival."""
    os.environ.update(wheel_variables())
    if name in PROJECTS:
        project = stage(PROJECTS[name], Layout(folder / "ours"))
    else:
        imports, requirements = RIVALS[name]
        project = folder / name
        (project / ".chalice").mkdir(parents=True)
        (project / "app.py").write_text(APP.format(imports=imports))
        (project / "requirements.txt").write_text(requirements)
    task = folder / f"{name} unpacked"
    packager = CachingPackager(PACKAGES, keeps_all=name in RIVALS)
    with ZipFile(packager.ensure_package(project)) as package:
        package.extractall(task)
    return task
