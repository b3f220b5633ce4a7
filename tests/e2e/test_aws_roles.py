"""The role of each function allows the calls that the function makes, and no others.

`make nightly` deploys a stage to LocalStack, whose functions print their calls of AWS services
(tests/support/recorder), lets each function do its work, and compares the calls with its policy.
HIRELANE_RECORD=1 keeps the result in recorded_calls.json, with which a unit test compares the
policies each time, both ways.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.repository import PostingRepository
from infrastructure.aws.deployment import Deployment as StageDeployment
from infrastructure.aws.functions import ALIAS, all_functions
from infrastructure.aws.removal import Removal
from infrastructure.aws.stages import DeploymentStage, load_stage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.projects import PROJECTS
from infrastructure.local.stack.layout import REPOSITORY
from tests.e2e.steps import follow
from tests.support.assertions import wait_for
from tests.support.deployment import PASSWORD, Candidate, Deployment
from tests.support.files import PDF, send_form
from tests.unit.aws.test_roles import ACTIONS, granted

RECORDER = REPOSITORY / "tests" / "support" / "recorder"
RECORDED = REPOSITORY / "tests" / "unit" / "aws" / "recorded_calls.json"
SCHEDULED = json.dumps(
    {
        "version": "0",
        "id": "1",
        "account": "000000000000",
        "region": "us-east-1",
        "detail": {},
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-01-01T00:00:00Z",
        "resources": [],
    }
)


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
def test_functions_make_only_calls_that_their_roles_allow(deployed: Deployment) -> None:
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
        work(staged, target)
        calls = recorded(staged)
    finally:
        Removal(target, with_data=True).run(lines.append)
    if os.environ.get("HIRELANE_RECORD"):
        RECORDED.write_text(json.dumps(calls, indent=2) + "\n")
    for key, made in calls.items():
        assert made, f"{key} was recorded calling nothing"
        assert {action for call in made for action in ACTIONS.get(call, (call,))} <= granted(key)


def invoke(target: Target, key: str, payload: str) -> dict[str, Any]:
    name = f"{all_functions()[key].name_at('staging')}:{ALIAS}"
    answer: dict[str, Any] = target.client("lambda").invoke(FunctionName=name, Payload=payload)
    return answer


def work(staged: Deployment, target: Target) -> None:
    """Let each function do its work."""
    bucket, s3 = "hirelane-files-staging-000000000000", target.client("s3")
    ada = register(staged)
    with (
        connect_mongodb(staged.endpoints.mongodb_uri, seconds=10) as client,
        connect_redis(staged.endpoints.redis_url, answer_seconds=5) as redis,
    ):
        about: dict[str, Any] = {"employer": "B", "location": "L", "description": "D"}
        posting = Posting(id=new_id(), title="Baker", published_at=datetime.now(UTC), **about)
        count = int(target.stage.file.environment["*"].get("HIRELANE_SHARDS", "1"))
        shards = Shards(redis, "applications", count=count)
        postings = PostingRepository(client.get_default_database(), shards)
        postings.publish(posting)

    draft = {"name": "resume.pdf", "type": "pdf", "bytes": len(PDF)}
    draft["sha256"] = hashlib.sha256(PDF).hexdigest()
    form = staged.call("POST", "/v1/files", draft, ada.token).body
    assert send_form(form, PDF) == 204
    file = f"/v1/files/{form['id']}"
    token = staged.call("POST", f"{file}/completion", None, ada.token).body["token"]
    assert staged.call("POST", f"{file}/copy", None, ada.token).status == 201
    applied = staged.apply(ada, posting.id, files=[token]).body["id"]
    follow(staged, ada, applied)
    assert staged.call("GET", f"{file}/content", token=ada.token).status == 200
    facts = staged.call("POST", f"{file}/facts", None, ada.token)
    # The file is a PDF without a text, which the function of files finds out.
    assert facts.status == 422, facts

    exported = staged.call("POST", "/v1/account/export", None, ada.token)
    assert exported.status == 202, exported
    path = f"/v1/account/export/{exported.body['id']}"
    wait_for(
        lambda: staged.call("GET", path, token=ada.token).body.get("url"), lambda url: bool(url)
    )
    for key in ("applications/sweep", "mail/sweep", "api/heads", "api/exports"):
        assert "FunctionError" not in invoke(target, key, SCHEDULED), key
    invoke(target, "ops/run", json.dumps({"arguments": ["accounts", "rotate-keys"]}))
    invoke(target, "mail/feedback", json.dumps({"Records": []}))
    for kind in ("applications", "mail"):
        wake = {"drain_id": new_id(), "kind": kind, "shard": 0, "replacements": 0}
        failure = json.dumps({"requestPayload": wake})
        answer = invoke(target, f"{kind}/replacement", failure)
        assert "FunctionError" not in answer, answer["Payload"].read()
    invoke(target, "ops/run", json.dumps({"arguments": ["queue", "reconcile"]}))
    # What a killed function leaves: an upload that was neither completed nor aborted.
    s3.create_multipart_upload(Bucket=bucket, Key=f"exports/{ada.id}/{new_id()}")
    deletion = {"password": PASSWORD}
    assert staged.call("POST", "/v1/account/deletion", deletion, ada.token).status == 204
    invoke(target, "applications/sweep", SCHEDULED)


def register(staged: Deployment) -> Candidate:
    address = f"{new_id()}@example.com"
    account = {"email": address, "name": "Ada", "password": PASSWORD}
    assert staged.call("POST", "/v1/accounts", account).status == 202
    confirmation = {"token": staged.mailed_token(address), "password": PASSWORD}
    confirmed = staged.call("POST", "/v1/accounts/confirmation", confirmation)
    return Candidate(confirmed.body["id"], address, staged)


def recorded(staged: Deployment) -> dict[str, list[str]]:
    """Return the calls in the logs of each function."""
    return {
        key: sorted(
            {
                match[1]
                for line in staged.log_lines(function.name_at("staging"))
                if (match := re.match(r"RECORDED (\S+)", line))
            }
        )
        for key, function in sorted(all_functions().items())
    }
