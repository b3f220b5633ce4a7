"""Chalice's own command line, for a deployment to LocalStack.

Run it in the directory of a project, with the arguments of Chalice. It differs from `chalice` in
four ways: the package is built from cached dependencies and has bytecode (see packages.py);
botocore polls every 0.05 s instead of 5 s whether a function is ready, because LocalStack is ready
at once; the API gets a fixed id, which LocalStack takes from a tag; and a schedule is connected to
its function once. It refuses to use a server that is not on this machine.
"""

import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.waiter
from chalice.awsclient import TypedAWSClient
from chalice.cli import main as chalice_main

from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.packages import CachingPackager
from infrastructure.local.deploy.projects import CACHE_VARIABLE
from infrastructure.local.stack.endpoints import API_ID

WAITER_SECONDS = 0.05
WAITER_ATTEMPTS = 1200


class QuickWaiterConfig(botocore.waiter.SingleWaiterConfig):
    """The settings of a waiter, with a short delay."""

    def __init__(self, single_waiter_config: dict[str, Any]) -> None:
        super().__init__(single_waiter_config)
        self.delay = WAITER_SECONDS  # type: ignore[assignment]  # passed only to sleep()
        self.max_attempts = WAITER_ATTEMPTS


def create_api_with_fixed_id(
    client: TypedAWSClient, swagger_document: dict[str, Any], endpoint_type: str
) -> str:
    """Create a REST API as `TypedAWSClient.import_rest_api` does, and return its fixed id."""
    gateway = client._client("apigateway")
    gateway.create_rest_api(
        name=swagger_document["info"]["title"],
        endpointConfiguration={"types": [endpoint_type]},
        tags={"_custom_id_": API_ID},
    )
    gateway.put_rest_api(restApiId=API_ID, mode="overwrite", body=json.dumps(swagger_document))
    return API_ID


_create_rule = TypedAWSClient.get_or_create_rule_arn
_connect_rule = TypedAWSClient.connect_rule_to_lambda


def keep_rule(
    client: TypedAWSClient,
    rule_name: str,
    schedule_expression: str | None = None,
    event_pattern: str | None = None,
    rule_description: str | None = None,
) -> str:
    """Create a rule, unless it exists with this schedule. Return its ARN.

    A rule with another schedule is deleted first, because LocalStack would keep its timer.
    """
    events = client._client("events")
    for rule in events.list_rules(NamePrefix=rule_name)["Rules"]:
        if rule["Name"] == rule_name:
            if rule.get("ScheduleExpression") == schedule_expression:
                return str(rule["Arn"])
            client.delete_rule(rule_name)
    return _create_rule(client, rule_name, schedule_expression, event_pattern, rule_description)


def connect_rule_once(client: TypedAWSClient, rule_name: str, function_arn: str) -> None:
    """Connect a rule to a function, unless it is connected.

    LocalStack adds a timer each time, so after a few deployments a schedule of each minute called
    its function several times a minute.
    """
    targets = client._client("events").list_targets_by_rule(Rule=rule_name)["Targets"]
    if function_arn not in [target["Arn"] for target in targets]:
        _connect_rule(client, rule_name, function_arn)


def is_loopback(url: str) -> bool:
    """Return whether the host of the URL is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> int:
    """Run Chalice's command line, and return the exit code."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not is_loopback(endpoint):
        print(f"AWS_ENDPOINT_URL={endpoint} is not on this machine.", file=sys.stderr)
        return 1
    setattr(botocore.waiter, "SingleWaiterConfig", QuickWaiterConfig)  # noqa: B010
    setattr(TypedAWSClient, "import_rest_api", create_api_with_fixed_id)  # noqa: B010
    setattr(TypedAWSClient, "get_or_create_rule_arn", keep_rule)  # noqa: B010
    setattr(TypedAWSClient, "connect_rule_to_lambda", connect_rule_once)  # noqa: B010
    if "deploy" in sys.argv[1:]:
        try:
            CachingPackager(Path(os.environ[CACHE_VARIABLE])).ensure_package(Path.cwd())
        except DeployError as error:
            print(error, file=sys.stderr)
            return 1
    return int(chalice_main() or 0)


if __name__ == "__main__":
    sys.exit(main())
