"""Applications from the request to the confirmation: what is left of them in Redis.

The API accepts them, and the handlers of the workers store them and compose the e-mails. Only SES
is missing.
"""

from __future__ import annotations

import tempfile
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchmarks.contest import ContestError, Task
from benchmarks.contestants.environment import LambdaContext, api_event, make_container
from benchmarks.contestants.ours import StrictObserver

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container

# Applications before the measurement, because servers keep scripts and buffers of their own.
WARM_UP_OWNERS = 20
ROUTE = "/v1/postings/{posting_id}/applications"


class _Ses:
    """Takes every e-mail."""

    def send_raw_email(self, **mail: object) -> dict[str, str]:
        """Return a message id as long as that of SES."""
        return {"MessageId": f"0102018f{uuid4()}-000000"}


def finish(task: Task) -> dict[str, Any]:
    """Accept, store and confirm the applications of each owner.

    The result has the bytes that Redis keeps of each (``bytes``).
    """
    container = make_container(task)
    container.notifications.override(ses=_Ses())
    postings = [_publish(container) for _ in range(task.jobs_each)]
    with tempfile.TemporaryFile("w+") as log, redirect_stdout(log):
        _finish(container, range(WARM_UP_OWNERS), postings)
        before = _memory(container)
        _finish(container, range(WARM_UP_OWNERS, WARM_UP_OWNERS + task.owners), postings)
    return {"jobs": task.jobs, "bytes": (_memory(container) - before) / task.jobs}


def _memory(container: Container) -> int:
    """Return the bytes that Redis has allocated."""
    info: Any = container.redis.info("memory")
    return int(info["used_memory"])


def _finish(container: Container, owners: range, postings: list[str]) -> None:
    for number in owners:
        _apply(container, number, postings)
    done = [_drain(container, kind) for kind in ("applications", "mail")]
    expected = len(owners) * len(postings)
    if done != [expected, expected]:
        raise ContestError(f"of {expected} applications, {done} jobs were done")


def _publish(container: Container) -> str:
    # Imported here, because the environment must be there first.
    from chalicelib.common.ids import new_id
    from chalicelib.recruiting.postings.documents import PUBLISHED, to_document
    from chalicelib.recruiting.postings.models import Posting

    posting = Posting(
        id=new_id(),
        title="Boat builder",
        employer="A yard",
        location="A harbour",
        description="Builds boats.",
        published_at=datetime.now(UTC),
    )
    document = to_document(posting)
    container.database["postings"].insert_one(
        {"_id": document.pop("id"), **document, "state": PUBLISHED}
    )
    container.recruiting.lanes.open_gate(posting.id)
    return posting.id


def _apply(container: Container, number: int, postings: list[str]) -> None:
    import app
    from chalicelib.auth.models import Caller, Role
    from chalicelib.common.ids import new_id

    account = container.auth.accounts.create(f"ada-{number}@example.com", "Ada Example", None)
    token = container.auth.access_tokens.issue(Caller(account["_id"], Role.CANDIDATE, new_id()))
    for posting in postings:
        event = api_event(
            "POST",
            ROUTE,
            token,
            path={"posting_id": posting},
            body={"cover_letter": "x" * 300, "links": []},
            Idempotency_Key=str(uuid4()),
        )
        status = app.app(event, LambdaContext())["statusCode"]
        if status != 202:
            raise ContestError(f"an application was answered with {status}")


def _drain(container: Container, kind: str) -> int:
    from chalicelib.queue.worker import Leases, drain

    domain = container.recruiting if kind == "applications" else container.notifications
    result = drain(
        Leases(container.lanes(kind)[0]),
        domain.job_handler,
        drain_id="drain",
        remaining=lambda: 600.0,
        waker=container.waker,
        observer=StrictObserver(),
        # Follow-up jobs are drained next, so this drain need not stay for them.
        patience=0.0,
    )
    return result.applied
