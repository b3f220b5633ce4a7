"""Deploying one project again, and deleting everything."""

from __future__ import annotations

from typing import Any

from infrastructure.local.deploy.deployment import delete, deploy
from tests.support.deployment import Deployment


def functions(deployed: Deployment) -> dict[str, dict[str, Any]]:
    listed = deployed.aws("lambda").list_functions()["Functions"]
    return {function["FunctionName"]: function for function in listed}


def test_deploying_one_project_leaves_others_unchanged(deployed: Deployment) -> None:
    before = functions(deployed)
    deploy(deployed.stack, ["mail"])
    after = functions(deployed)
    assert set(after) == set(before)
    for name, function in after.items():
        same = function["RevisionId"] == before[name]["RevisionId"]
        assert same is not name.startswith("hirelane-mail-"), name


def test_deletion_leaves_nothing(deployed: Deployment) -> None:
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
    assert len(before["functions"]) == 14
    assert len(before["rules"]) == 4
    assert len(before["apis"]) == 1
    assert before["roles"]
    delete(deployed.stack)
    assert left() == {"functions": [], "rules": [], "roles": [], "apis": [], "logs": []}
