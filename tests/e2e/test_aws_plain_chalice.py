"""A personal stage by plain `chalice deploy`, on LocalStack, with the commands of docs/aws.md.

`make nightly` (HIRELANE_AWS_ROUNDS) runs it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.common.ids import new_id
from infrastructure.aws.projects import COPIES
from infrastructure.aws.removal import Removal
from infrastructure.aws.smoke import smoke
from infrastructure.aws.stages import load_stage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.deployment import prepare_database, wheel_variables
from infrastructure.local.deploy.projects import PROJECTS
from infrastructure.local.stack.layout import REPOSITORY, Layout
from tests.support.deployment import PASSWORD, Deployment

PARTS = "network store secrets storage failures mail"
API_OF_CHALICE = re.compile(r"Rest API URL: https://(\w+)\.execute-api\.\S+\.amazonaws\.com/api/")
FOLDERS = [Layout(COPIES / "staging").project(name) for name in PROJECTS]

pytestmark = pytest.mark.skipif(
    "HIRELANE_AWS_ROUNDS" not in os.environ, reason="make nightly runs it"
)


@pytest.fixture
def target(deployed: Deployment) -> Iterator[Target]:
    target = Target.localstack(load_stage("staging"), deployed.endpoints)
    yield target
    Removal(target, with_data=True).run(lambda line: None)


@pytest.fixture
def shell(deployed: Deployment) -> dict[str, str]:
    """Return the environment of a shell after `eval "$(make -s env)"`."""
    return {
        **{name: value for name, value in os.environ.items() if name != "MAKEFLAGS"},
        **deployed.endpoints.environment(),
        "PATH": f"{REPOSITORY / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "NO_PROXY": "127.0.0.1,localhost",
        # What set-up has downloaded, so that the test needs no package index.
        **wheel_variables(),
    }


def run(folder: Path, shell: Mapping[str, str], *command: str) -> str:
    result = subprocess.run(
        command, cwd=folder, env=shell, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command} in {folder}:\n{result.stdout}{result.stderr}"
    return result.stdout


def run_chalice(command: str, shell: Mapping[str, str]) -> str:
    """Run a command of Chalice in all copies. Return its output."""
    with ThreadPoolExecutor(len(FOLDERS)) as pool:
        words = ("chalice", command, "--stage", "staging")
        return "".join(pool.map(lambda folder: run(folder, shell, *words), FOLDERS))


def left_of(target: Target) -> list[str]:
    """Return the names of the functions, roles and rules of the stage."""
    kinds = (
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("events", "list_rules", "Rules", "Name"),
    )
    names = [
        one[key]
        for service, operation, members, key in kinds
        for page in target.client(service).get_paginator(operation).paginate()
        for one in page[members]
    ]
    return [name for name in names if re.match(r"hirelane-\w+-staging\b", name)]


def test_application_passes_through_a_stage_of_chalice(
    deployed: Deployment, target: Target, shell: dict[str, str]
) -> None:
    gateway: Any = target.client("apigateway")
    before = {api["id"] for api in gateway.get_rest_apis(limit=500)["items"]}
    run(REPOSITORY, shell, "make", "deploy", "STAGE=staging", f"ARGS={PARTS}")
    run(REPOSITORY, shell, "make", "settings", "STAGE=staging")
    try:
        printed = API_OF_CHALICE.search(run_chalice("deploy", shell))
        assert printed
        url = f"{deployed.endpoints.aws_endpoint_url}/_aws/execute-api/{printed[1]}/api"
        # The settings have the URL of the API only now.
        run(REPOSITORY, shell, "make", "settings", "STAGE=staging")
        again = API_OF_CHALICE.search(run_chalice("deploy", shell))
        assert again
        assert again[1] == printed[1], "a second API"
        lambda_: Any = target.client("lambda")
        prepare_database(lambda_, "hirelane-api-staging-prepare")
        for name in ("applications-staging-drain", "mail-staging-sweep"):
            events = lambda_.get_function_event_invoke_config(FunctionName=f"hirelane-{name}")
            assert events["MaximumRetryAttempts"] == 0

        lines: list[str] = []
        smoke(target, url, lines.append)
        assert any("its confirmation arrived" in line for line in lines), lines
        run(REPOSITORY, shell, "make", "smoke", "STAGE=staging")
        address = f"{new_id()}@example.com"
        account = {"email": address, "name": "Ada", "password": PASSWORD}
        staged = replace(deployed, api=url)
        assert staged.call("POST", "/v1/accounts", account).status == 202
        assert staged.mailed_link(address).startswith(url)
    finally:
        run_chalice("delete", shell)
    assert left_of(target) == []
    assert {api["id"] for api in gateway.get_rest_apis(limit=500)["items"]} == before
    records = [folder / ".chalice" / "deployed" / "staging.json" for folder in FOLDERS]
    assert all(json.loads(record.read_text())["resources"] == [] for record in records)
