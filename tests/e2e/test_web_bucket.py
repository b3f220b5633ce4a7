"""The part `edge` on LocalStack: the bucket of the web client, without CloudFront."""

from __future__ import annotations

import urllib.request

import msgspec

from infrastructure.aws.deployment import Deployment as StageDeployment
from infrastructure.aws.removal import Removal
from infrastructure.aws.stages import DeploymentStage, load_stage
from infrastructure.aws.target import Target
from infrastructure.aws.values import Values
from tests.support.deployment import Deployment


def test_web_client_is_uploaded_and_published(deployed: Deployment) -> None:
    lines: list[str] = []
    staging = load_stage("staging")
    parameters = {**staging.file.parameters, "edge": {"RestAPIId": "of-another-part"}}
    file = msgspec.structs.replace(staging.file, parameters=parameters)
    # A stage of its own, because another test deploys and removes staging.
    target = Target.localstack(DeploymentStage("edge", file), deployed.endpoints)
    try:
        StageDeployment(target, lines.append).run(["edge"])
        assert [line for line in lines if "has no CloudFront" in line]
        bucket = Values(target).all()["WebBucketName"]
        url = f"{deployed.endpoints.aws_endpoint_url}/{bucket}"
        with urllib.request.urlopen(f"{url}/index.html", timeout=30) as answer:
            page = answer.read().decode()
            assert answer.headers["Cache-Control"] == "no-cache"
        start = page.index("assets/")
        script = page[start : page.index('"', start)]
        with urllib.request.urlopen(f"{url}/{script}", timeout=30) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
        uploaded = [line for line in lines if "files uploaded" in line]
        StageDeployment(target, lines.append).run(["edge"])
        again = [line for line in lines if "files uploaded" in line][len(uploaded) :]
        assert all(": 0 files uploaded" in line for line in again)
    finally:
        Removal(target, with_data=True).run(lines.append)
    assert bucket not in [one["Name"] for one in target.client("s3").list_buckets()["Buckets"]]
