"""The public URL of a deployment stage."""

import json
from collections.abc import Mapping
from typing import Any

from infrastructure.aws.projects import COPIES, local_api_id
from infrastructure.aws.target import Target
from infrastructure.local.stack.layout import Layout


def public_url(target: Target, known: Mapping[str, str]) -> str:
    """Return the URL of the web client, without a slash at its end; empty if it is unknown.

    Args:
        target: The account or the LocalStack, and the stage.
        known: The outputs of the stacks of the stage.
    """
    stage = target.stage
    if target.endpoints is not None:
        api = _api_of_chalice(target).get("rest_api_id") or local_api_id(stage)
        return f"{target.endpoints.aws_endpoint_url}/_aws/execute-api/{api}/api"
    url = stage.file.public_url or known.get("PublicUrl") or known.get("EndpointURL", "")
    return (url or _api_of_chalice(target).get("rest_api_url", "")).rstrip("/")


def _api_of_chalice(target: Target) -> dict[str, str]:
    """Return what `chalice deploy` recorded about the API of a stage, if the API exists."""
    stage = target.stage.name
    folder = Layout(COPIES / stage).project("api")
    try:
        text = (folder / ".chalice" / "deployed" / f"{stage}.json").read_text()
        resources: list[dict[str, str]] = json.loads(text)["resources"]
    except (OSError, ValueError, KeyError):
        return {}
    gateway: Any = target.client("apigateway")
    for resource in resources:
        if resource.get("resource_type") == "rest_api":
            try:
                # The record is still there after LocalStack has lost the API.
                gateway.get_rest_api(restApiId=resource["rest_api_id"])
            except gateway.exceptions.NotFoundException:
                continue
            return resource
    return {}
