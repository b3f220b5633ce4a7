"""Deleting what was deployed. Last, since nothing works after it."""

from __future__ import annotations

from infrastructure.local.deploy.deployment import delete
from tests.support.deployment import Deployment


def test_deleting_leaves_nothing(deployed: Deployment) -> None:
    def left() -> dict[str, list[str]]:
        aws = deployed.aws
        groups = aws("logs").describe_log_groups()["logGroups"]
        return {
            "functions": [f["FunctionName"] for f in aws("lambda").list_functions()["Functions"]],
            "rules": [rule["Name"] for rule in aws("events").list_rules()["Rules"]],
            "roles": [role["RoleName"] for role in aws("iam").list_roles()["Roles"]],
            "apis": [api["name"] for api in aws("apigateway").get_rest_apis()["items"]],
            "logs": [group["logGroupName"] for group in groups],
        }

    before = left()
    assert len(before["functions"]) == 6
    assert len(before["rules"]) == 2
    assert len(before["apis"]) == 1
    assert before["roles"]
    delete(deployed.stack)
    assert left() == {"functions": [], "rules": [], "roles": [], "apis": [], "logs": []}
