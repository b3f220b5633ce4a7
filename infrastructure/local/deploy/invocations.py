"""Settings of the asynchronous invocations of worker functions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import DestinationConfigTypeDef


def configure_failures(client: "LambdaClient", app_name: str) -> None:
    """Let Lambda never repeat a failed invocation of a project, but replace a failed drain.

    By default it repeats an invocation twice, with the same event. The queue does not count these
    drains, so more of them would run than ``Limits.max_drains`` allows. Instead, it invokes the
    replacement function with the record of the failure. Where CloudFormation deploys,
    infrastructure/aws/merge.py says the same.
    """
    arns = {
        function["FunctionName"]: function["FunctionArn"]
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
        if function["FunctionName"].startswith(f"{app_name}-")
    }
    for name in arns:
        project, _, function = name.rpartition("-")
        destinations: DestinationConfigTypeDef = {}
        # A report about an e-mail can be handled again. It would be lost otherwise.
        repeats = 2 if function == "feedback" else 0
        if function == "drain":
            destinations["OnFailure"] = {"Destination": arns[f"{project}-replacement"]}
        client.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=repeats, DestinationConfig=destinations
        )
