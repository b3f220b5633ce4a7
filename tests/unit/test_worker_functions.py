"""The settings of the worker functions."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from chalicelib.bootstrap.notifications import RESERVE_SECONDS
from chalicelib.bootstrap.worker import Worker

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("project", "reserve"),
    [
        ("applications", inspect.signature(Worker).parameters["reserve"].default),
        ("mail", RESERVE_SECONDS),
    ],
)
def test_worker_stops_starting_jobs_before_a_minute_is_over(project: str, reserve: float) -> None:
    """LocalStack repeats an asynchronous call that takes 60 s, while the function still runs.

    A sweep also ends before the next one starts.
    """
    path = ROOT / "worker_functions" / project / ".chalice/config.json"
    for settings in json.loads(path.read_text())["stages"].values():
        assert settings["lambda_timeout"] - reserve <= 50
