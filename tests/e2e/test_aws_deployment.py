"""A deployment stage by CloudFormation, on LocalStack: deploy, change, roll back, remove.

`make test` deploys the parts with few functions. `make nightly` (HIRELANE_AWS_ROUNDS) deploys all
parts and follows an application through the API, several times in a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from infrastructure.aws import deployment
from infrastructure.aws.canary import Canary
from infrastructure.aws.deployment import Deployment as StageDeployment
from infrastructure.aws.functions import ALIAS, all_functions
from infrastructure.aws.releases import Releases
from infrastructure.aws.removal import Removal
from infrastructure.aws.smoke import smoke
from infrastructure.aws.stages import DeploymentStage, load_stage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError
from tests.support.deployment import Deployment

ROUNDS = int(os.environ.get("HIRELANE_AWS_ROUNDS", "0"))
FEW_PARTS = ["network", "secrets", "storage", "failures", "files"]


def with_more_memory(stage: DeploymentStage) -> DeploymentStage:
    """Return a stage whose functions all change, so that each gets a new version."""
    functions = {key: {"lambda_memory_size": 768} for key in all_functions()}
    return DeploymentStage(stage.name, msgspec.structs.replace(stage.file, functions=functions))


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def target(deployed: Deployment, lines: list[str]) -> Iterator[Target]:
    target = Target.localstack(load_stage("staging"), deployed.endpoints)
    yield target
    Removal(target, with_data=True).run(lines.append)


def versions(target: Target) -> dict[str, str]:
    found = Releases(target).live()
    assert found
    return found


def weights(target: Target) -> dict[str, dict[str, float]]:
    """Return the weights of further versions, for each alias that has some."""
    lambda_: Any = target.client("lambda")
    found = {}
    for key, function in all_functions().items():
        try:
            alias = lambda_.get_alias(FunctionName=function.name_at(target.stage.name), Name=ALIAS)
        except lambda_.exceptions.ResourceNotFoundException:
            continue
        if routing := alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            found[key] = routing
    return found


def deploy_change_and_remove(
    target: Target, parts: list[str], check: Callable[[], object], lines: list[str]
) -> None:
    StageDeployment(target, lines.append).run(parts)
    check()
    first = versions(target)

    changed = Target(with_more_memory(target.stage), target.endpoints)
    StageDeployment(changed, lines.append).run(parts)
    check()
    second = versions(target)
    assert second.keys() == first.keys()
    assert all(int(second[key]) > int(first[key]) for key in first)

    Releases(target).roll_back()
    check()
    assert versions(target) == first

    # The same deployment again changes nothing but the aliases that were rolled back.
    StageDeployment(changed, lines.append).run(parts)
    assert versions(target) == second, "or the sources changed while the test ran"

    Removal(target, with_data=False).run(lines.append)
    assert Releases(target).live() == {}
    assert Releases(target).all() == []


def test_stage_is_deployed_rolled_back_and_removed(target: Target, lines: list[str]) -> None:
    function = all_functions()["files/text"]
    lambda_: Any = target.client("lambda")
    name = f"{function.name_at('staging')}:{ALIAS}"

    def check() -> None:
        answer = lambda_.invoke(FunctionName=name, Payload=b'{"key": "files/missing"}')
        assert "FunctionError" not in answer or b"errorType" in answer["Payload"].read()

    deploy_change_and_remove(target, FEW_PARTS, check, lines)
    skipped = [line for line in lines if "LocalStack core has no" in line]
    assert skipped, lines
    kept = target.client("secretsmanager").describe_secret(SecretId="hirelane/staging/keys")
    assert kept["Name"] == "hirelane/staging/keys"


@pytest.mark.skipif(not ROUNDS, reason="make nightly runs it")
def test_application_passes_through_each_deployed_stage(target: Target, lines: list[str]) -> None:
    url = StageDeployment(target, lines.append).public_url()

    def check() -> None:
        smoke(target, url, lines.append)
        pages = target.client("cloudwatch").get_paginator("describe_alarms")
        found = pages.paginate(AlarmNamePrefix="hirelane-staging-")
        assert len([one for page in found for one in page["MetricAlarms"]]) > 40

    for _ in range(ROUNDS):
        deploy_change_and_remove(target, [], check, lines)
    assert sum("its confirmation arrived" in line for line in lines) == 3 * ROUNDS


@pytest.mark.skipif(not ROUNDS, reason="make nightly runs it")
@pytest.mark.parametrize("problem", ["", "an alarm is on"])
def test_canary_gives_the_new_version_a_share(
    target: Target, lines: list[str], monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    """LocalStack has no metrics of functions for alarms, so the test says whether one is on."""
    problems = [problem]
    monkeypatch.setattr(deployment, "alarms_and_readiness", lambda target, url: problems[-1])
    StageDeployment(target, lines.append).run(FEW_PARTS)
    first = versions(target)
    second = {key: str(int(version) + 1) for key, version in first.items()}
    share = {key: {version: 0.25} for key, version in second.items()}
    seen: list[dict[str, dict[str, float]]] = []

    def look(line: str) -> None:
        if "% of the requests" in line:
            seen.append(weights(target))

    changed = Target(with_more_memory(target.stage), target.endpoints)
    canary = StageDeployment(changed, look, Canary(weight=0.25, seconds=1))
    if problem:
        with pytest.raises(DeployError, match=problem):
            canary.run(FEW_PARTS)
        assert seen == [share]
        assert weights(target) == {}
        assert versions(target) == first
        # The same deployment again begins a new canary.
        problems.append("")
    canary.run(FEW_PARTS)
    assert seen == [share] * len(problems)
    assert weights(target) == {}
    assert versions(target) == second
