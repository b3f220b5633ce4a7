"""The policy of the role of each function, generated from functions.json.

A permission there is a verb and its objects, for instance `invoke mail/drain` or `put uploads
files`. What Lambda itself does in the name of a function is added here: its logs, its network
interfaces, its traces, and the destination of failed invocations.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infrastructure.aws.functions import ALIAS, Function, all_functions
from infrastructure.local.deploy.errors import DeployError

TABLE = Path(__file__).with_name("functions.json")
NETWORK_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)

Statement = dict[str, Any]


def function_table(path: Path = TABLE) -> dict[str, dict[str, Any]]:
    """Return the rows of functions.json by the key of the function."""
    table: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return table


def network_of(function: Function) -> str:
    """Return the kind of subnets of a function in a VPC: ``private`` or ``isolated``."""
    return str(function_table()[function.key].get("network", "private"))


@dataclass(frozen=True)
class Place:
    """Where functions are deployed, and how; all names and ARNs in policies follow from it.

    Args:
        stage: The name of the deployment stage.
        region: The AWS region.
        account: The id of the AWS account.
        bucket: The bucket with the files of candidates.
        sender: The address of the sender of e-mails.
        partition: The AWS partition, such as ``aws``.
        alias: Whether functions are invoked by their alias; `chalice deploy` makes none.
        vpc: Whether the functions are in a VPC.
        tracing: Whether X-Ray traces requests.
        store: The store as HIRELANE_STORE names it, such as ``elasticache/hirelane-prod``.
        boundary: The ARN of the boundary of all roles; empty if there is none.
    """

    stage: str
    region: str
    account: str
    bucket: str
    sender: str
    partition: str = "aws"
    alias: bool = True
    vpc: bool = True
    tracing: bool = False
    store: str = "valkey"
    boundary: str = ""

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def function(self, function: Function) -> str:
        """Return the name by which others invoke a function, with its alias."""
        name = function.name_at(self.stage)
        return f"{name}:{ALIAS}" if self.alias else name

    @property
    def failures(self) -> str:
        """The ARN of the queue of failed invocations."""
        return self.arn("sqs", f"hirelane-{self.stage}-failed-invocations")


def policy(function: Function, place: Place) -> dict[str, Any]:
    """Return the policy document of the role of a function.

    Raises:
        DeployError: functions.json has no row for the function, or an unknown permission.
    """
    try:
        permissions = function_table()[function.key]["permissions"]
    except KeyError:
        raise DeployError(
            f"{TABLE.name} has no permissions for the function {function.key}: add a row."
        ) from None
    statements = [*_platform(function, place), *(_statement(text, place) for text in permissions)]
    # A store of our own is asked by its own commands.
    if function.answers_requests and place.store != "valkey":
        statements.append(_describe_store(place))
    return {"Version": "2012-10-17", "Statement": statements}


def destination(function: Function, functions: dict[str, Function]) -> Function | None:
    """Return the function that gets the failed invocations of another one, if a function does.

    A drain that failed is replaced at once; all other failures wait in a queue for a person.
    """
    if function.name != "drain":
        return None
    return functions.get(f"{function.project.name}/replacement")


def _platform(function: Function, place: Place) -> list[Statement]:
    """Return the statements for what Lambda does in the name of the function."""
    name = function.name_at(place.stage)
    group = place.arn("logs", f"log-group:/aws/lambda/{name}:log-stream:*")
    statements = [_allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], group)]
    if place.vpc:
        # These actions know no resources, or Lambda refuses narrower ones. The code of the function
        # may not use them (Lambda Developer Guide, "Giving Lambda functions access to a VPC").
        statements.append(_allow("Network", list(NETWORK_ACTIONS), "*"))
        statements.append(
            {
                "Sid": "NetworkOnlyForLambda",
                "Effect": "Deny",
                "Action": list(NETWORK_ACTIONS),
                "Resource": "*",
                "Condition": {
                    "ArnEquals": {
                        "lambda:SourceFunctionArn": [place.arn("lambda", f"function:{name}")]
                    }
                },
            }
        )
    if place.tracing:
        traces = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        statements.append(_allow("Traces", traces, "*"))
    if place.alias and not function.answers_requests:
        replacement = destination(function, all_functions())
        if replacement is None:
            statements.append(_allow("FailedInvocations", ["sqs:SendMessage"], place.failures))
        else:
            target = place.arn("lambda", f"function:{place.function(replacement)}")
            statements.append(_allow("FailedInvocations", ["lambda:InvokeFunction"], target))
    return statements


def _statement(permission: str, place: Place) -> Statement:
    verb, *objects = permission.split()
    try:
        return _VERBS[verb](objects, place)
    except (KeyError, IndexError):
        raise DeployError(f"{TABLE.name} has an unknown permission: {permission!r}.") from None


def _describe_store(place: Place) -> Statement:
    """Return the statement for the readiness check (chalicelib.operations.durability)."""
    service, _, name = place.store.partition("/")
    action, kind = {
        "elasticache": ("elasticache:DescribeReplicationGroups", "replicationgroup:"),
        "memorydb": ("memorydb:DescribeClusters", "cluster/"),
    }[service]
    return _allow("DescribeStore", [action], place.arn(service, f"{kind}{name}"))


def _read_secret(names: list[str], place: Place) -> Statement:
    # Secrets Manager adds six random characters to the name.
    arn = place.arn("secretsmanager", f"secret:hirelane/{place.stage}/{names[0]}-??????")
    return _allow(f"Read{names[0].title()}", ["secretsmanager:GetSecretValue"], arn)


def _write_secret(names: list[str], place: Place) -> Statement:
    arn = place.arn("secretsmanager", f"secret:hirelane/{place.stage}/{names[0]}-??????")
    # A new value becomes the current one in two steps (chalicelib.commands.stage_secrets).
    actions = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
    return _allow(f"Write{names[0].title()}", actions, arn)


def _invoke(keys: list[str], place: Place) -> Statement:
    function = all_functions()[keys[0]]
    arn = place.arn("lambda", f"function:{place.function(function)}")
    words = keys[0].replace("_", "/").split("/")
    return _allow("Invoke" + "".join(map(str.title, words)), ["lambda:InvokeFunction"], arn)


def _objects(verb: str, *actions: str) -> Callable[[list[str], Place], Statement]:
    def statement(prefixes: list[str], place: Place) -> Statement:
        bucket = f"arn:{place.partition}:s3:::{place.bucket}"
        return _allow(verb, list(actions), [f"{bucket}/{prefix}/*" for prefix in prefixes])

    return statement


def _list(names: list[str], place: Place) -> Statement:
    actions = {"objects": "s3:ListBucket", "multipart-uploads": "s3:ListBucketMultipartUploads"}
    bucket = f"arn:{place.partition}:s3:::{place.bucket}"
    return _allow(
        f"List{names[0].replace('-', ' ').title().replace(' ', '')}", [actions[names[0]]], bucket
    )


def _send(_: list[str], place: Place) -> Statement:
    domain = place.sender.rpartition("@")[2]
    identities = [place.arn("ses", f"identity/{one}") for one in (domain, place.sender)]
    # The configuration set of templates/mail.yaml.
    identities.append(place.arn("ses", f"configuration-set/hirelane-{place.stage}"))
    statement = _allow("SendMail", ["ses:SendRawEmail"], identities)
    return {**statement, "Condition": {"StringEquals": {"ses:FromAddress": place.sender}}}


def _allow(sid: str, actions: list[str], resource: str | list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


_VERBS: dict[str, Callable[[list[str], Place], Statement]] = {
    "read": _read_secret,
    "invoke": _invoke,
    "get": _objects("GetObjects", "s3:GetObject"),
    "put": _objects("PutObjects", "s3:PutObject"),
    "delete": _objects("DeleteObjects", "s3:DeleteObject"),
    "abort": _objects("AbortUploads", "s3:AbortMultipartUpload"),
    "list": _list,
    "send": _send,
    "write": _write_secret,
}
