"""What GitHub Actions and the roles of a deployment stage may do (templates/ci.yaml)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from infrastructure.aws.functions import all_functions
from infrastructure.aws.parts import DATA, TEMPLATES
from infrastructure.aws.roles import Place, policy

PLACE = Place(
    stage="prod",
    region="eu-central-1",
    account="123456789012",
    bucket="hirelane-files-prod-123456789012",
    sender="no-reply@hirelane.example",
    tracing=True,
)
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": PLACE.region,
    "AWS::AccountId": PLACE.account,
    "Stage": PLACE.stage,
    "Repository": "owner/name",
    "Boundary": f"arn:aws:iam::{PLACE.account}:policy/hirelane-prod-boundary",
    "CloudFormationRole": f"arn:aws:iam::{PLACE.account}:role/hirelane-prod-ci-cloudformation",
}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Replaces intrinsic functions by their values in the stage `prod`."""


def _value(loader: yaml.SafeLoader, function: str, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return function
    text = str(loader.construct_scalar(node))
    if function == "Sub":
        return re.sub(r"\$\{([^}]+)\}", lambda match: VALUES[match[1]], text)
    return VALUES.get(text.removesuffix(".Arn"), text)


_Loader.add_multi_constructor("!", _value)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    text = Path(TEMPLATES / "ci.yaml").read_text()
    resources: dict[str, Any] = yaml.load(text, Loader=_Loader)["Resources"]  # noqa: S506 - safe
    return resources


def statements(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all statements of the policies of a resource."""
    properties = resource["Properties"]
    documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for document in documents for statement in document["Statement"]]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def matches(patterns: list[str], texts: list[str]) -> bool:
    return all(any(fnmatchcase(text, pattern) for pattern in patterns) for text in texts)


def test_boundary_allows_what_each_function_needs(resources: dict[str, Any]) -> None:
    boundary = statements(resources["Boundary"])
    for function in all_functions().values():
        for wanted in policy(function, PLACE)["Statement"]:
            if wanted["Effect"] == "Deny":
                continue
            for action in listed(wanted["Action"]):
                assert any(
                    matches(listed(one["Action"]), [action])
                    and matches(listed(one["Resource"]), listed(wanted["Resource"]))
                    for one in boundary
                ), (function.key, action, wanted["Resource"])


def test_ci_roles_touch_only_their_stage(resources: dict[str, Any]) -> None:
    # Actions on these resources read only, or know no resources, or the resources have no names.
    without_names = re.compile(r"arn:aws:(apigateway|cloudfront):|\*$")
    reads = re.compile(r"(ec2|logs|cloudwatch|xray):(Describe|Get)")
    for role in ("DeployRole", "CloudFormationRole"):
        for statement in statements(resources[role]):
            if statement["Effect"] == "Deny":
                continue
            assert not any(action.endswith("*") for action in listed(statement["Action"]))
            for resource in listed(statement["Resource"]):
                is_named = "prod" in resource or "hirelane-artifacts" in resource
                is_service_role = "role/aws-service-role/" in resource
                if resource == "*":
                    assert all(map(reads.match, listed(statement["Action"]))), statement
                else:
                    assert is_named or is_service_role or without_names.match(resource), resource


def test_only_the_environment_of_the_stage_gets_the_deploy_role(resources: dict[str, Any]) -> None:
    [trust] = resources["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert trust["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:owner/name:environment:prod",
        }
    }


def test_workflow_cannot_delete_the_stacks_that_hold_data(resources: dict[str, Any]) -> None:
    """They were made with the rights of a person, and CloudFormation may use those again."""
    denied = [one for one in statements(resources["DeployRole"]) if one["Effect"] == "Deny"]
    stacks = f"arn:aws:cloudformation:{PLACE.region}:{PLACE.account}:stack/hirelane-prod"
    for part in (*DATA, "ci"):
        assert any(
            "cloudformation:DeleteStack" in listed(one["Action"])
            and matches(listed(one["Resource"]), [f"{stacks}-{part}/id"])
            for one in denied
        ), part


def test_roles_are_created_only_within_the_boundary(resources: dict[str, Any]) -> None:
    found = {one["Sid"]: one for one in statements(resources["CloudFormationRole"])}
    within = found["RolesWithinTheBoundary"]
    assert within["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": VALUES["Boundary"]}}
    gives_rights = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"}
    assert gives_rights <= set(within["Action"])
    for statement in found.values():
        if statement is not within and statement["Effect"] == "Allow":
            assert not gives_rights & set(listed(statement["Action"]))
    assert found["NotItsOwnRights"]["Effect"] == "Deny"
    assert VALUES["Boundary"] in found["NotItsOwnRights"]["Resource"]


def test_ci_may_change_each_service_of_the_parts_with_code(resources: dict[str, Any]) -> None:
    allowed = {
        action.partition(":")[0]
        for statement in statements(resources["CloudFormationRole"])
        for action in listed(statement["Action"])
        if statement["Effect"] == "Allow"
    }
    for part in ("failures", "watch"):
        template = (TEMPLATES / f"{part}.yaml").read_text()
        services = {name.lower() for name in re.findall(r"Type: AWS::(\w+)::\w+$", template, re.M)}
        assert services <= allowed, part
