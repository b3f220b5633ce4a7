"""A deployment stage whose functions print their calls of AWS services, and one candidate in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.repository import PostingRepository
from infrastructure.aws.functions import ALIAS, all_functions
from infrastructure.aws.target import Target
from tests.support.assertions import wait_for
from tests.support.deployment import PASSWORD, Candidate, Deployment


@dataclass(frozen=True)
class RecordedStage:
    """The stage, access to its parts, and the candidate.

    Args:
        staged: its API and logs.
        target: its AWS services.
        database: its database.
        redis: a client of its queue.
        candidate: who applies.
    """

    staged: Deployment
    target: Target
    database: Database[dict[str, Any]]
    redis: Any
    candidate: Candidate

    @property
    def bucket(self) -> str:
        """The bucket with the files of candidates."""
        return f"hirelane-files-{self.target.stage.name}-000000000000"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request of the candidate to the API. Return the body of the answer."""
        answer = self.staged.call(method, path, body, self.candidate.token)
        assert answer.status < 300, answer
        return answer.body

    def apply(self, **draft: Any) -> str:
        """Apply to a new posting. Return the id of the application."""
        about: dict[str, Any] = {"employer": "B", "location": "L", "description": "D"}
        posting = Posting(id=new_id(), title="Baker", published_at=datetime.now(UTC), **about)
        PostingRepository(self.database, self.shards("applications")).publish(posting)
        applied = self.staged.apply(self.candidate, posting.id, **draft)
        assert applied.status == 202, applied
        return str(applied.body["id"])

    def shards(self, kind: str) -> Shards:
        """Return the lanes of a kind."""
        count = int(self.target.stage.file.environment["*"].get("HIRELANE_SHARDS", "1"))
        return Shards(self.redis, kind, count=count)

    def invoke(self, key: str, event: Any) -> Any:
        """Invoke a function and return its answer."""
        name = f"{self.name(key)}:{ALIAS}"
        payload = json.dumps(event)
        answer = self.target.client("lambda").invoke(FunctionName=name, Payload=payload)
        content = answer["Payload"].read()
        assert "FunctionError" not in answer, (key, content)
        return json.loads(content)

    def start(self, key: str, event: Any) -> None:
        """Invoke a function and wait for no answer."""
        name = f"{self.name(key)}:{ALIAS}"
        self.target.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps(event), InvocationType="Event"
        )

    def operate(self, *arguments: str) -> None:
        """Run a command of an operator."""
        answer = self.invoke("ops/run", {"arguments": list(arguments)})
        assert answer["code"] == 0, answer

    def calls(self, key: str) -> set[str]:
        """Return the calls in the log of a function."""
        lines = self.staged.log_lines(self.name(key))
        return {match[1] for line in lines if (match := re.match(r"RECORDED (\S+)", line))}

    def until_recorded(self, key: str, call: str, produce: Callable[[], object]) -> None:
        """Produce an occasion until a function was recorded making a call.

        Another function, which a schedule invokes each minute, may be quicker at the same work.
        """
        wait_for(lambda: self.calls(key), lambda calls: call in calls, produce)

    def name(self, key: str) -> str:
        """Return the name of a function."""
        return all_functions()[key].name_at(self.target.stage.name)


@contextmanager
def recorded_stage(staged: Deployment, target: Target) -> Iterator[RecordedStage]:
    """Connect to the parts of a stage, and register the candidate."""
    with (
        connect_mongodb(staged.endpoints.mongodb_uri, seconds=10) as client,
        connect_redis(staged.endpoints.redis_url, answer_seconds=5) as redis,
    ):
        database = client.get_default_database()
        yield RecordedStage(staged, target, database, redis, _register(staged))


def _register(staged: Deployment) -> Candidate:
    address = f"{new_id()}@example.com"
    account = {"email": address, "name": "Ada", "password": PASSWORD}
    assert staged.call("POST", "/v1/accounts", account).status == 202
    confirmation = {"token": staged.mailed_token(address), "password": PASSWORD}
    confirmed = staged.call("POST", "/v1/accounts/confirmation", confirmation)
    return Candidate(confirmed.body["id"], address, staged)
