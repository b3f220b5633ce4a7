"""Our API function in one execution environment: requests as API Gateway sends them, one by one.

Each request has an access token, an idempotency key and a body to validate. It is answered with a
signed receipt, and logged. The log goes to a file, because a program that reads it at the same time
would run on the processors that are measured.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import redirect_stdout
from typing import Any
from uuid import uuid4

from benchmarks.contest import ContestError, Task, rate

CANDIDATES = 100
ROUTE = "/v1/postings/{posting_id}/applications"
ENVIRONMENT = {
    "HIRELANE_STAGE": "bench",
    "HIRELANE_SETTINGS_SECRET": "settings",
    "HIRELANE_KEYS_SECRET": "keys",
    "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
    "HIRELANE_APPLY_LIMITS": "100000 per 10 minutes",
    "AWS_DEFAULT_REGION": "us-east-1",
    "RQ_KEY_PREFIX": "{bench}",
}


class _SilentWaker:
    """A waker that starts nothing, because only the API is measured."""

    def wake(self, wake: object) -> None:
        """Ignore the request for a drain."""


class _Context:
    """What Lambda passes to a function besides the event."""

    aws_request_id = "bench"
    function_name = "bench"


def accept(task: Task) -> dict[str, Any]:
    """Accept applications of 100 candidates, each with one access token.

    The result also has the processor time of a request in microseconds (``cpu_us``).
    """
    with tempfile.TemporaryFile("w+") as log:
        with redirect_stdout(log):
            measured = _accept(task)
        log.seek(0)
        lines = sum('"message":"request"' in line for line in log)
    if lines != task.jobs + CANDIDATES:
        raise ContestError(f"{lines} of {task.jobs + CANDIDATES} requests were logged")
    return measured


def _accept(task: Task) -> dict[str, Any]:
    os.environ.update(ENVIRONMENT)
    # Imported here, because the environment must be there first.
    from chalicelib.auth.credentials.derived_keys import new_secret
    from chalicelib.auth.models import Caller, Role
    from chalicelib.auth.sessions.signing_keys import generate_signing_key
    from chalicelib.bootstrap.container import Container
    from chalicelib.bootstrap.process import use_container
    from chalicelib.common.ids import new_id

    secrets: dict[str, dict[str, Any]] = {
        "settings": {
            "redis_url": task.redis_url,
            "mongodb_uri": task.mongodb_uri,
            "link_secret": new_secret(),
        },
        "keys": {"signing_keys": [generate_signing_key()], "purpose_secret": new_secret()},
    }
    container = Container("api", read_secret=lambda name: json.dumps(secrets[name]))
    container.override(waker=_SilentWaker())
    use_container(container)
    import app

    postings = [new_id() for _ in range(task.jobs // CANDIDATES + 2)]
    for posting in postings:
        container.recruiting.lanes.open_gate(posting)
    tokens = [
        container.auth.access_tokens.issue(Caller(new_id(), Role.CANDIDATE, new_id()))
        for _ in range(CANDIDATES)
    ]
    events = [
        _event(postings[number // CANDIDATES], tokens[number % CANDIDATES])
        for number in range(task.jobs + CANDIDATES)
    ]
    context = _Context()
    for event in events[:CANDIDATES]:
        app.app(event, context)
    began, cpu_began = time.perf_counter(), time.process_time()
    statuses = [app.app(event, context)["statusCode"] for event in events[CANDIDATES:]]
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    if set(statuses) != {202}:
        raise ContestError(f"answers: {sorted(set(statuses))}")
    return {
        **rate(len(statuses), task.jobs, seconds),
        "cpu_us": cpu_seconds / task.jobs * 1_000_000,
    }


def _event(posting: str, token: str) -> dict[str, Any]:
    """Return the event of a request, as API Gateway sends it."""
    return {
        "resource": ROUTE,
        "path": f"/v1/postings/{posting}/applications",
        "httpMethod": "POST",
        "headers": {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        },
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"posting_id": posting},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": ROUTE,
            "httpMethod": "POST",
            "requestId": str(uuid4()),
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps({"cover_letter": "x" * 300, "links": []}),
        "isBase64Encoded": False,
    }
