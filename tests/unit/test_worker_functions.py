"""The CloudFormation settings of the worker functions."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from chalice.utils import to_cfn_resource_name

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
    assert resources.keys() == names
    settings = {name: one["Properties"]["EventInvokeConfig"] for name, one in resources.items()}
    assert {one["MaximumRetryAttempts"] for one in settings.values()} == {0}
    # A failed drain is replaced; a failed replacement is not, so no failure repeats for ever.
    replaced = {name for name, one in settings.items() if "DestinationConfig" in one}
    assert replaced == {"Drain"}
