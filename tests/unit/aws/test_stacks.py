"""Change sets, canaries, releases and parameters, without a stack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infrastructure.aws.canary import Canary, weighted
from infrastructure.aws.changes import Change
from infrastructure.aws.documents import without_missing
from infrastructure.aws.releases import Release, Releases
from infrastructure.aws.stacks import Stacks
from infrastructure.aws.stages import DeploymentStage, StageFile
from infrastructure.aws.values import stack_parameters
from infrastructure.local.deploy.errors import DeployError

STAGE = DeploymentStage("prod", StageFile("us-east-1", parameters={"store": {"Shards": "2"}}))


class FakeTarget:
    """A target whose services are those of a fake or of moto."""

    is_localstack = True
    caller = "arn:aws:iam::123456789012:user/ada"
    stage = STAGE

    def __init__(self, cloudformation: Any = None) -> None:
        self._cloudformation = cloudformation

    def client(self, service: str) -> Any:
        if service == "cloudformation" and self._cloudformation:
            return self._cloudformation
        source: Any = boto3
        return source.client(service, region_name="us-east-1")


class FakeCloudFormation:
    """CloudFormation with one stack, whose change sets end as a test wants."""

    def __init__(self, *, status: str, reason: str = "", after: str = "UPDATE_COMPLETE") -> None:
        self.status, self.reason, self.after = status, reason, after
        self.stack = "CREATE_COMPLETE"
        self.events: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.change = {
            "Action": "Add",
            "LogicalResourceId": "Drain",
            "ResourceType": "AWS::Lambda::Alias",
        }

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> dict[str, Any]:
            self.calls.append(name)
            return {}

        return call

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if not self.stack:
            error: Any = {"Error": {"Code": "ValidationError", "Message": "x does not exist"}}
            raise ClientError(error, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.stack, "StackId": "id"}]}

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        changes = [{"ResourceChange": self.change}] if self.status == "CREATE_COMPLETE" else []
        return {"Status": self.status, "StatusReason": self.reason, "Changes": changes}

    def execute_change_set(self, **_: Any) -> None:
        self.calls.append("execute_change_set")
        self.stack = self.after

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        return {"StackEvents": self.events}


def apply(fake: FakeCloudFormation, *, replaces_data: bool = False) -> list[Change]:
    target: Any = FakeTarget(fake)
    stacks = Stacks(target, lambda _: None, {}, replaces_data=replaces_data)
    return stacks.apply("hirelane-prod-api", {"TemplateBody": "{}"}, {})


def test_change_set_without_changes_is_deleted() -> None:
    reason = "The submitted information didn't contain changes."
    fake = FakeCloudFormation(status="FAILED", reason=reason)
    assert apply(fake) == []
    assert fake.calls == ["create_change_set", "delete_change_set"]


def test_refused_change_set_names_the_reason() -> None:
    fake = FakeCloudFormation(status="FAILED", reason="Template error: no resource X")
    with pytest.raises(DeployError, match="no resource X"):
        apply(fake)


@pytest.mark.parametrize(
    ("action", "replacement"), [("Remove", "False"), ("Modify", "True"), ("Modify", "Conditional")]
)
def test_store_is_replaced_only_if_that_is_asked_for(action: str, replacement: str) -> None:
    """Jobs that were accepted may be in it, and its successor is empty."""
    fake = FakeCloudFormation(status="CREATE_COMPLETE")
    fake.change = {
        "Action": action,
        "LogicalResourceId": "Cache",
        "ResourceType": "AWS::ElastiCache::ReplicationGroup",
        "Replacement": replacement,
    }
    # CloudFormation says Conditional of what it usually only updates.
    if replacement != "Conditional":
        with pytest.raises(DeployError, match=r"would remove or replace Cache.*--replace-data"):
            apply(fake)
        assert fake.calls == ["create_change_set", "delete_change_set"]
    apply(fake, replaces_data=True)
    assert fake.calls[-1] == "execute_change_set"


def test_failed_change_is_explained_by_its_first_failure() -> None:
    fake = FakeCloudFormation(status="CREATE_COMPLETE", after="UPDATE_ROLLBACK_COMPLETE")
    began = datetime.now(UTC)
    # Newest first, as CloudFormation returns them.
    fake.events = [
        {
            "Timestamp": began + timedelta(seconds=seconds),
            "ResourceStatus": "CREATE_FAILED",
            "ResourceType": "AWS::Lambda::Function",
            "LogicalResourceId": name,
            "ResourceStatusReason": reason,
        }
        for seconds, name, reason in [
            (3, "Sweep", "Resource creation cancelled"),
            (2, "Drain", "Memory is too large"),
            (1, "Replacement", "Resource creation cancelled"),
        ]
    ]
    with pytest.raises(DeployError, match=r"Drain \(Lambda::Function\): Memory is too large"):
        apply(fake)


def test_stack_that_was_never_created_is_deleted_first() -> None:
    fake = FakeCloudFormation(status="CREATE_COMPLETE")
    fake.stack = "ROLLBACK_COMPLETE"
    fake.delete_stack = lambda **_: setattr(fake, "stack", "")  # type: ignore[attr-defined]
    assert [change.logical_id for change in apply(fake)] == ["Drain"]


def test_change_fits_into_80_columns() -> None:
    change = Change("Modify", "A" * 60, "AWS::ApiGateway::SomethingVeryLongIndeedAndMore", True)
    assert len(change.line()) <= 80
    assert change.line().endswith("REPLACED")


def alias(version: str) -> dict[str, Any]:
    properties = {"FunctionVersion": {"Fn::GetAtt": [version, "Version"]}}
    return {"Type": "AWS::Lambda::Alias", "Properties": properties}


def test_canary_gives_only_new_versions_a_share() -> None:
    template = {"Resources": {"A": alias("AVersion2"), "B": alias("BVersion1"), "C": alias("C1")}}
    present = {"A": "7", "AVersion1": "7", "B": "3", "BVersion1": "3"}
    changed = weighted(template, present, 0.1)["Resources"]
    assert changed["A"]["Properties"]["FunctionVersion"] == "7"
    [share] = changed["A"]["Properties"]["RoutingConfig"]["AdditionalVersionWeights"]
    assert share == {
        "FunctionVersion": {"Fn::GetAtt": ["AVersion2", "Version"]},
        "FunctionWeight": 0.1,
    }
    # B did not change, and C is a new function, which has no earlier version.
    assert changed["B"] == template["Resources"]["B"]
    assert changed["C"] == template["Resources"]["C"]
    assert "RoutingConfig" not in weighted(template, present, 0)["Resources"]["A"]["Properties"]


def test_stopped_canary_begins_again() -> None:
    """The stack has the new version already, but the alias does not point to it."""
    template = {"Resources": {"A": alias("AVersion2")}}
    present = {"A": "7", "AVersion2": "8"}
    properties = weighted(template, present, 0.1)["Resources"]["A"]["Properties"]
    assert properties["FunctionVersion"] == "7"
    [share] = properties["RoutingConfig"]["AdditionalVersionWeights"]
    assert share["FunctionVersion"] == {"Fn::GetAtt": ["AVersion2", "Version"]}
    assert weighted(template, present | {"A": "8"}, 0.1) == template


@pytest.mark.parametrize(("text", "canary"), [("10%/5m", (0.1, 300)), ("50%/30s", (0.5, 30))])
def test_canary_is_read(text: str, canary: tuple[float, float]) -> None:
    read = Canary.parse(text)
    assert (read.weight, read.seconds) == canary


@pytest.mark.parametrize("text", ["0%/5m", "10/5m", "100%/5m", "10%", ""])
def test_invalid_canary_is_rejected(text: str) -> None:
    with pytest.raises(DeployError, match="not a canary"):
        Canary.parse(text)


def test_resource_that_refers_to_a_missing_one_is_left_out() -> None:
    template = {
        "Resources": {
            "Cache": {"Type": "AWS::ElastiCache::ReplicationGroup"},
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Name": {"Ref": "Cache"}}},
            "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Alarm"},
            "Queue": {"Type": "AWS::SQS::Queue"},
        },
        "Outputs": {
            "Host": {"Value": {"Fn::GetAtt": ["Cache", "Address"]}},
            "Name": {"Value": "q"},
        },
    }
    kept, reasons = without_missing(template)
    assert list(kept["Resources"]) == ["Queue"]
    assert list(kept["Outputs"]) == ["Name"]
    assert reasons.keys() == {"Cache", "Alarm", "Topic"}


def test_parameter_of_the_stage_wins_over_an_output() -> None:
    template = {"Parameters": {"Stage": {}, "Shards": {}, "VpcId": {}, "Days": {"Default": 7}}}
    known = {"Shards": "9", "VpcId": "vpc-1"}
    assert stack_parameters("store", template, STAGE, known) == {
        "Stage": "prod",
        "Shards": "2",
        "VpcId": "vpc-1",
    }
    with pytest.raises(DeployError, match="needs VpcId"):
        stack_parameters("store", template, STAGE, {})
    with pytest.raises(DeployError, match="has no parameter Shards"):
        stack_parameters("store", {"Parameters": {}}, STAGE, {})


@mock_aws
def test_rollback_needs_an_earlier_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    target: Any = FakeTarget()
    releases = Releases(target)
    with pytest.raises(DeployError, match="is not deployed"):
        releases.roll_back()
    monkeypatch.setattr(Releases, "live", lambda _: {"mail/drain": "1"})
    releases.record()
    releases.record()
    assert len(releases.all()) == 1
    assert releases.roll_back() is None
    assert len(releases.all()) == 1
    monkeypatch.setattr(Releases, "live", lambda _: {"mail/drain": "2"})
    releases.record()
    assert [one.versions for one in releases.all()] == [{"mail/drain": "1"}, {"mail/drain": "2"}]
    releases.forget()
    assert releases.all() == []


def test_records_of_deployments_fit_into_one_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    target: Any = FakeTarget()
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        releases = Releases(target)
        many = [Release("2026-11-29T15:00:00Z", {f"mail/{n}": str(n) for n in range(9)})] * 90
        releases._write(many)
        written = [one.at for one in releases.all()]
    assert 2 <= len(written) < len(many)
