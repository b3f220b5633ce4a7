"""Our API function in one execution environment: requests as API Gateway sends them, one by one.

Each request has an access token, an idempotency key and a body to validate. It is answered with a
signed receipt, and logged. The log goes to a file, because a program that reads it at the same time
would run on the processors that are measured.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import redirect_stdout
from typing import Any
from uuid import uuid4

from benchmarks.contest import ContestError, Task, rate
from benchmarks.contestants.environment import LambdaContext, api_event, make_container

CANDIDATES = 100
ROUTE = "/v1/postings/{posting_id}/applications"


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


def prepare(task: Task) -> tuple[Any, list[dict[str, Any]]]:
    """Return the API, and the events of the requests of a task and of ``CANDIDATES`` more."""
    container = make_container(task)
    # Imported here, because the environment must be there first.
    import app
    from chalicelib.auth.models import Caller, Role
    from chalicelib.common.ids import new_id

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
    return app.app, events


def _accept(task: Task) -> dict[str, Any]:
    app, events = prepare(task)
    context = LambdaContext()
    for event in events[:CANDIDATES]:
        app(event, context)
    began, cpu_began = time.perf_counter(), time.process_time()
    statuses = [app(event, context)["statusCode"] for event in events[CANDIDATES:]]
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    if set(statuses) != {202}:
        raise ContestError(f"answers: {sorted(set(statuses))}")
    return {
        **rate(len(statuses), task.jobs, seconds),
        "cpu_us": cpu_seconds / task.jobs * 1_000_000,
    }


def _event(posting: str, token: str) -> dict[str, Any]:
    return api_event(
        "POST",
        ROUTE,
        token,
        path={"posting_id": posting},
        body={"cover_letter": "x" * 300, "links": []},
        Idempotency_Key=str(uuid4()),
    )
