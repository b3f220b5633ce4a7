"""The API function in one execution environment, on the servers of a run."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from benchmarks.contest import Task
    from chalicelib.bootstrap.container import Container

ENVIRONMENT = {
    "HIRELANE_STAGE": "bench",
    "HIRELANE_SETTINGS_SECRET": "settings",
    "HIRELANE_KEYS_SECRET": "keys",
    "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
    "HIRELANE_APPLY_LIMITS": "100000 per 10 minutes",
    "AWS_DEFAULT_REGION": "us-east-1",
    "RQ_KEY_PREFIX": "{bench}",
}


class LambdaContext:
    """What Lambda passes to a function besides the event."""

    aws_request_id = "bench"
    function_name = "bench"


class _SilentWaker:
    """A waker that starts nothing, because only the API is measured."""

    def wake(self, wake: object) -> None:
        """Ignore the request for a drain."""


def make_container(task: Task) -> Container:
    """Return the container of the API function, which ``app`` then uses."""
    os.environ.update(ENVIRONMENT)
    # Imported here, because the environment must be there first.
    from chalicelib.auth.credentials.derived_keys import new_secret
    from chalicelib.auth.sessions.signing_keys import generate_signing_key
    from chalicelib.bootstrap.container import Container
    from chalicelib.bootstrap.process import use_container

    secrets: dict[str, dict[str, Any]] = {
        "settings": {
            "redis_url": task.redis_url,
            "mongodb_uri": task.mongodb_uri,
            "link_secret": new_secret(),
        },
        "keys": {
            "signing_keys": [generate_signing_key()],
            "receipt_keys": [generate_signing_key()],
            "purpose_secret": new_secret(),
        },
    }
    container = Container("api", read_secret=lambda name: json.dumps(secrets[name]))
    container.override(waker=_SilentWaker())
    use_container(container)
    return container


def api_event(
    method: str,
    resource: str,
    token: str,
    *,
    path: dict[str, str],
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
    **headers: str,
) -> dict[str, Any]:
    """Return the event of a request, as API Gateway sends it.

    Args:
        method: the method.
        resource: the route, with parameters in braces.
        token: the access token.
        path: the parameters of the path.
        query: the parameters of the query.
        body: the JSON object in the body.
        headers: more headers, with underscores in place of hyphens.
    """
    json_type = {"Content-Type": "application/json"} if body else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "resource": resource,
        "path": resource.format_map(path),
        "httpMethod": method,
        "headers": {"Authorization": f"Bearer {token}", **json_type, **named},
        "multiValueHeaders": {name: [value] for name, value in json_type.items()},
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()}
        if query
        else None,
        "pathParameters": path,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "requestId": str(uuid4()),
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
    }
