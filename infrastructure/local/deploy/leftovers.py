"""Keep Chalice's records consistent with the resources in LocalStack."""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.local.deploy.clients import Clients
from infrastructure.local.stack.endpoints import API_ID


def drop_stale_record(clients: Clients, record: Path) -> None:
    """Delete the record of a deployment whose resources are gone, because LocalStack restarted.

    Otherwise Chalice would try to update the resources instead of creating them. An API with
    another id than the present one, from an older deployment, counts as gone.
    """
    try:
        resources: list[dict[str, Any]] = json.loads(record.read_text())["resources"]
    except FileNotFoundError:
        return
    except (ValueError, KeyError):
        resources = []
    if not resources or not all(_exists(clients, resource) for resource in resources):
        record.unlink()


def _exists(clients: Clients, resource: dict[str, Any]) -> bool:
    kind = resource.get("resource_type")
    try:
        if kind == "lambda_function":
            clients.lambda_.get_function_configuration(FunctionName=resource["lambda_arn"])
        elif kind == "rest_api":
            if resource["rest_api_id"] != API_ID:
                return False
            clients.apigateway.get_rest_api(restApiId=resource["rest_api_id"])
    except (
        clients.lambda_.exceptions.ResourceNotFoundException,
        clients.apigateway.exceptions.NotFoundException,
    ):
        return False
    return True


def remove_leftovers(clients: Clients, app_name: str) -> list[str]:
    """Delete the log groups of a project, and resources that no record names.

    Returns:
        The names of functions that LocalStack cannot delete, because creating them had failed.
    """
    start = f"{app_name}-"
    remaining = _remove_functions(clients.lambda_, start)
    for api in clients.apigateway.get_rest_apis(limit=500)["items"]:
        if api["name"] == app_name:
            clients.apigateway.delete_rest_api(restApiId=api["id"])
    _remove_rules(clients.events, start)
    _remove_roles(clients.iam, start)
    groups = clients.logs.get_paginator("describe_log_groups")
    for page in groups.paginate(logGroupNamePrefix=f"/aws/lambda/{start}"):
        for group in page["logGroups"]:
            clients.logs.delete_log_group(logGroupName=group["logGroupName"])
    return remaining


def _remove_functions(lambda_: Any, start: str) -> list[str]:
    """Delete functions. Return the names of those that LocalStack cannot delete.

    It answers 500 if the creation of a function had failed, as the tests of the executor show.
    """
    remaining = []
    for page in lambda_.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if name.startswith(start):
                try:
                    lambda_.delete_function(FunctionName=name)
                except ClientError as error:
                    if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                        raise
                    remaining.append(name)
    return sorted(remaining)


def _remove_rules(events: Any, start: str) -> None:
    for rule in events.list_rules(NamePrefix=start)["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if targets:
            events.remove_targets(Rule=rule["Name"], Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule["Name"])


def _remove_roles(iam: Any, start: str) -> None:
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if role["RoleName"].startswith(start):
                for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName=policy)
                iam.delete_role(RoleName=role["RoleName"])
