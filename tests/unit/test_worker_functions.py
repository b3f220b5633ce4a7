"""The settings of the worker functions."""

from __future__ import annotations

import importlib.util
import inspect
import json
from pathlib import Path

import pytest
from chalice.utils import to_cfn_resource_name

from chalicelib.bootstrap.notifications import RESERVE_SECONDS
from chalicelib.bootstrap.worker import Worker

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("project", ["applications", "mail"])
def test_cloudformation_repeats_nothing_and_replaces_drains(project: str) -> None:
    """`chalice package --merge-template` merges the file into the template of each worker."""
    path = ROOT / "worker_functions" / project / "app.py"
    spec = importlib.util.spec_from_file_location(f"{project}_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    functions = [*module.app.pure_lambda_functions, *module.app.event_sources]
    names = {to_cfn_resource_name(function.name) for function in functions}
    resources = json.loads((ROOT / "infrastructure/aws/workers.json").read_text())["Resources"]
    # A report about an e-mail is repeated, because handling it again changes nothing.
    assert resources.keys() == names - {"Feedback"}
    settings = {name: one["Properties"]["EventInvokeConfig"] for name, one in resources.items()}
    assert {one["MaximumRetryAttempts"] for one in settings.values()} == {0}
    # A failed drain is replaced; a failed replacement is not, so no failure repeats for ever.
    replaced = {name for name, one in settings.items() if "DestinationConfig" in one}
    assert replaced == {"Drain"}


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
