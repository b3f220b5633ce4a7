"""The web client in its bucket: order, headers, invalidations, and earlier versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.http.responses import IMMUTABLE
from chalicelib.web_client.files import WebClient
from infrastructure.aws import web_bucket
from infrastructure.aws.documents import read_template
from infrastructure.aws.parts import TEMPLATES
from infrastructure.aws.stages import load_stage
from infrastructure.aws.target import Target
from infrastructure.aws.web_bucket import WebBucket, web_client_of
from infrastructure.local.deploy.errors import DeployError

BUCKET = "hirelane-web-staging-123456789012"
OUTPUTS = {"WebBucketName": BUCKET, "DistributionId": "EDFDVBD6EXAMPLE"}
HIDDEN = "pages/"


class RecordingTarget(Target):
    """An account with an S3 of moto, and a CloudFront that records invalidations."""

    paths: list[list[str]] = []  # noqa: RUF012 - emptied by the fixture

    def client(self, service: str) -> Any:
        return self if service == "cloudfront" else boto3.client("s3", region_name="us-east-1")

    def create_invalidation(self, **given: Any) -> None:
        assert given["DistributionId"] == OUTPUTS["DistributionId"]
        self.paths.append(given["InvalidationBatch"]["Paths"]["Items"])


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingTarget]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    RecordingTarget.paths.clear()
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        yield RecordingTarget(load_stage("staging"))


def a_client(folder: Path, script: str) -> WebClient:
    folder.mkdir()
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    (folder / "index.html").write_text(f'{policy}<script src="./core/main.js">')
    (folder / "core").mkdir()
    (folder / "core" / "main.js").write_text(script)
    return WebClient(folder)


def test_page_is_published_after_its_files_and_invalidated_alone(
    target: RecordingTarget, tmp_path: Path
) -> None:
    s3 = target.client("s3")
    first, second = a_client(tmp_path / "1", "1;"), a_client(tmp_path / "2", "2;")
    lines: list[str] = []
    bucket = WebBucket(target, OUTPUTS, lines.append)

    def objects() -> dict[str, Any]:
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
        return {key: s3.get_object(Bucket=BUCKET, Key=key) for key in keys}

    with pytest.raises(DeployError, match=first.version):
        bucket.publish(first.version)
    bucket.upload(first)
    assert "index.html" not in objects()
    bucket.publish(first.version)
    file, page = f"assets/{first.version}/core/main.js", f"pages/{first.version}.html"
    found = objects()
    assert found.keys() == {"index.html", file, page}
    assert found["index.html"]["CacheControl"] == "no-cache"
    assert found["index.html"]["ContentType"] == "text/html; charset=utf-8"
    assert found[file]["CacheControl"] == IMMUTABLE["Cache-Control"]
    assert found[file]["ContentType"] == "text/javascript; charset=utf-8"
    assert found["index.html"]["Body"].read().decode() == first.index.content

    bucket.publish(first.version)
    assert target.paths == [["/", "/index.html"]]
    bucket.upload(second)
    bucket.publish(second.version)
    # The file of the former page is still there, for who has loaded it, and for a rollback.
    assert file in objects()
    bucket.publish(first.version)
    assert objects()["index.html"]["Body"].read().decode() == first.index.content
    assert len(target.paths) == 3
    bucket.empty()
    assert objects() == {}


def test_old_versions_are_removed_but_never_the_published_one(
    target: RecordingTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_bucket, "KEPT_VERSIONS", 1)
    bucket = WebBucket(target, OUTPUTS, lambda line: None)
    clients = [a_client(tmp_path / str(n), f"{n};") for n in range(3)]
    for client in clients:
        bucket.upload(client)
    bucket.publish(clients[0].version)
    listed = target.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    versions = {one["Key"].split("/")[1] for one in listed if one["Key"].startswith("assets/")}
    assert clients[0].version in versions
    assert len(versions) <= 2


def test_without_an_edge_nothing_is_uploaded(target: RecordingTarget, tmp_path: Path) -> None:
    bucket = WebBucket(target, {}, lambda line: pytest.fail(line))
    bucket.upload(a_client(tmp_path / "1", "1;"))
    bucket.publish("unknown")
    bucket.empty()


def test_edge_sends_to_the_bucket_what_the_bucket_has() -> None:
    """Each other path leads to the API, also one that a later version adds."""
    distribution = read_template(TEMPLATES / "edge.yaml")["Resources"]["Distribution"]
    config = distribution["Properties"]["DistributionConfig"]
    behaviors = {one["PathPattern"]: one for one in config["CacheBehaviors"]}
    of_bucket = {path for path, one in behaviors.items() if one["TargetOriginId"] == "web"}
    assert of_bucket == {"/", "/index.html", "/assets/*"}
    assert not any(HIDDEN in path for path in of_bucket)
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "api"
    assert {one["ErrorCachingMinTTL"] for one in config["CustomErrorResponses"]} == {0}


def test_edge_adds_the_headers_that_the_api_sends() -> None:
    from chalicelib.http.responses import DATA_CSP, SECURITY_HEADERS

    resources = read_template(TEMPLATES / "edge.yaml")["Resources"]
    for name, policy in (
        ("PageHeaders", {"Ref": "ContentSecurityPolicy"}),
        ("FileHeaders", DATA_CSP),
    ):
        config = resources[name]["Properties"]["ResponseHeadersPolicyConfig"]
        security = config["SecurityHeadersConfig"]
        transport = security["StrictTransportSecurity"]
        age = transport["AccessControlMaxAgeSec"]
        assert transport["IncludeSubdomains"]
        sent = {
            "X-Content-Type-Options": "nosniff",
            "Strict-Transport-Security": f"max-age={age}; includeSubDomains",
            "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
            "X-Frame-Options": security["FrameOptions"]["FrameOption"],
            **{one["Header"]: one["Value"] for one in config["CustomHeadersConfig"]["Items"]},
        }
        assert sent == SECURITY_HEADERS
        assert security["ContentTypeOptions"] == {"Override": True}
        assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == policy


def test_edge_sends_what_the_api_reads_and_the_secret() -> None:
    from chalicelib.http.cdn import HEADER

    resources = read_template(TEMPLATES / "edge.yaml")["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    [api] = [origin for origin in config["Origins"] if origin["Id"] == "api"]
    [secret] = api["OriginCustomHeaders"]
    assert secret["HeaderName"] == HEADER
    assert "{{resolve:secretsmanager:hirelane/${Stage}/keys" in secret["HeaderValue"]["Fn::Sub"]
    cache = resources["ApiCache"]["Properties"]["CachePolicyConfig"]
    forwarded = cache["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"]
    assert {"Authorization", "CloudFront-Viewer-Address"} <= set(forwarded)


def test_page_of_a_stage_may_upload_to_its_bucket() -> None:
    client = web_client_of(Target(load_stage("staging")), "hirelane-files-staging-1")
    assert "https://hirelane-files-staging-1.s3.eu-central-1.amazonaws.com" in client.policy
    # A parameter of CloudFormation has at most 4,096 characters.
    assert len(client.policy) < 4096
