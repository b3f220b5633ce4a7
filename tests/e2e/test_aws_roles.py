"""The role of each function allows the calls that the function makes, and no others.

`make nightly` deploys a stage to LocalStack, whose functions print their calls of AWS services
(tests/support/recorder), produces all occasions of calls, and compares the calls with the policies.
HIRELANE_RECORD=1 keeps the result in recorded_calls.json, with which a unit test compares the
policies each time.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

import msgspec
import pytest

from infrastructure.aws.deployment import Deployment as StageDeployment
from infrastructure.aws.functions import all_functions
from infrastructure.aws.removal import Removal
from infrastructure.aws.stages import DeploymentStage, load_stage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.projects import PROJECTS
from infrastructure.local.stack.layout import REPOSITORY
from tests.e2e.occasions import produce_all
from tests.e2e.recorded_stage import recorded_stage
from tests.support.deployment import Deployment
from tests.unit.aws.test_roles import actions, granted

RECORDER = REPOSITORY / "tests" / "support" / "recorder"
RECORDED = REPOSITORY / "tests" / "unit" / "aws" / "recorded_calls.json"


def with_recorder(stage: DeploymentStage) -> DeploymentStage:
    """Return a stage whose functions print their calls."""
    wrapper = {"AWS_LAMBDA_EXEC_WRAPPER": str(RECORDER / "wrapper")}
    environment = {
        **stage.file.environment,
        **{name: {**stage.file.environment.get(name, {}), **wrapper} for name in PROJECTS},
    }
    file = msgspec.structs.replace(stage.file, environment=environment)
    return DeploymentStage(stage.name, file)


@pytest.mark.skipif("HIRELANE_AWS_ROUNDS" not in os.environ, reason="make nightly runs it")
def test_functions_make_the_calls_that_their_roles_allow(deployed: Deployment) -> None:
    lines: list[str] = []
    local = Target.localstack(load_stage("staging"), deployed.endpoints)
    target = Target(with_recorder(local.stage), deployed.endpoints)
    try:
        deployment = StageDeployment(target, lines.append)
        deployment.run()
        secret = target.client("secretsmanager").get_secret_value(
            SecretId="hirelane/staging/settings"
        )
        settings = json.loads(secret["SecretString"])
        endpoints = replace(
            deployed.endpoints,
            redis_url=settings["redis_url"],
            mongodb_uri=settings["mongodb_uri"],
        )
        staged = Deployment(deployed.stack, endpoints, deployment.public_url())
        with recorded_stage(staged, target) as recorded:
            produce_all(recorded)
            calls = {key: sorted(recorded.calls(key)) for key in sorted(all_functions())}
    finally:
        Removal(target, with_data=True).run(lines.append)
    if os.environ.get("HIRELANE_RECORD"):
        RECORDED.write_text(json.dumps(calls, indent=2) + "\n")
    for key, made in calls.items():
        assert actions(made) == granted(key), key
