"""The functions and the API that are deployed to a stack."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.local.stack.aws import PREFIX, QUICK, session
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.stack import Stack


def function_names(endpoint_url: str) -> list[str]:
    """Return the names of the deployed functions."""
    client = session().client("lambda", endpoint_url=endpoint_url, config=QUICK)
    try:
        pages = client.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    except (BotoCoreError, ClientError):
        return []
    return sorted(name for name in names if name.startswith(PREFIX))


def api_url(stack: Stack) -> str:
    """Return the base URL of the deployed API, without a slash at its end.

    Raises:
        StackError: LocalStack does not run, or the API is not deployed to it.
    """
    endpoint = stack.endpoint("localstack")
    try:
        resources = json.loads(stack.layout.deployed("api").read_text())["resources"]
    except (OSError, ValueError, KeyError):
        resources = []
    client = session().client("apigateway", endpoint_url=endpoint, config=QUICK)
    for resource in resources:
        if resource.get("resource_type") == "rest_api":
            identity = resource["rest_api_id"]
            try:
                # The record is still there after LocalStack has lost the API.
                client.get_rest_api(restApiId=identity)
            except (BotoCoreError, ClientError):
                break
            return f"{endpoint}/_aws/execute-api/{identity}/api"
    raise StackError("The API is not deployed: run `make deploy`.")
