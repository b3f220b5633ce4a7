"""Settings of the asynchronous invocations of worker functions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def disable_retries(client: "LambdaClient", app_name: str) -> None:
    """Let Lambda never repeat a failed invocation of the functions of a project.

    By default it repeats an invocation twice, with the same event. The queue does not count these
    drains, so more of them would run than ``Limits.max_drains`` allows. Nobody needs them: the
    leases of a failed drain expire, and another drain gets its lanes.
    """
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if name.startswith(f"{app_name}-"):
                client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
