"""Steps that several end-to-end tests take."""

from __future__ import annotations

import json
import time
from datetime import datetime

from tests.support.deployment import Candidate, Deployment
from tests.support.lambda_context import SCHEDULED_EVENT
from tests.support.timing import PATIENCE_SECONDS


def follow(
    deployed: Deployment, candidate: Candidate, application_id: str, until: str = "mailed"
) -> dict[str, datetime]:
    """Wait for an event of an application. Return the time of each of its events."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        answer = deployed.call("GET", f"/v1/applications/{application_id}", token=candidate.token)
        assert answer.status == 200, answer
        timeline = answer.body["timeline"]
        if until in [step["event"] for step in timeline]:
            return {step["event"]: datetime.fromisoformat(step["at"]) for step in timeline}
        time.sleep(0.03)
    raise AssertionError(f"{application_id} is not {until} after {PATIENCE_SECONDS} s: {timeline}")


def sweep(deployed: Deployment, kind: str) -> None:
    """Invoke the function of the schedule, with the event that the schedule sends."""
    answer = deployed.aws("lambda").invoke(
        FunctionName=f"hirelane-{kind}-local-sweep", Payload=json.dumps(SCHEDULED_EVENT).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
