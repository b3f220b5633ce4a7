"""Candidates who apply over HTTP at the same time, and what became of their applications."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pymongo.database import Database
from redis.exceptions import RedisError

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys
from chalicelib.bootstrap.settings import ApiSecrets
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from infrastructure.local.mailbox import mails_to
from tests.support.deployment import Deployment

# One request at a time of a candidate, so that the answers come in the order of acceptance.
CONNECTIONS = 8
TOKEN_SECONDS = 300
RETRY_SECONDS = 1.0
PLACES = ("ring", "leases", "delayed")
KINDS = ("applications", "mail")


@dataclass(frozen=True)
class LoadReport:
    """What became of the applications and their e-mails.

    ``sent_again`` is the metric of that name. ``timeouts`` counts those of the workers.
    ``email_seconds`` is the time from the last store to the last e-mail.
    """

    lost: int
    out_of_order: list[str]
    missing_emails: int
    doubled_emails: int
    sent_again: int
    timeouts: int
    email_seconds: float


@dataclass
class _LoadCandidate:
    id: str
    email: str
    waiting: deque[str]
    """The postings to apply for, in this order."""
    receipts: list[str] = field(default_factory=list)
    token: str = ""
    renew_at: float = 0.0


class HttpLoad:
    """Lets each of some candidates apply for each of some postings.

    Args:
        deployed: the deployed system.
        database: its database.
        lanes: the lanes of applications.
        candidates: how many candidates apply; they get an account.
        postings: the ids of the postings, whose titles must differ.
    """

    def __init__(
        self,
        deployed: Deployment,
        database: Database[dict[str, Any]],
        lanes: Shards,
        *,
        candidates: int,
        postings: list[str],
    ) -> None:
        self._deployed = deployed
        self._database = database
        self._lanes = lanes[0]
        self.total = candidates * len(postings)
        accounts = AccountRepository(database)
        created = (
            accounts.create(f"{new_id()}@example.com", "Ada Example", "no password")
            for _ in range(candidates)
        )
        self._candidates = [
            _LoadCandidate(account["_id"], account["email"], deque(postings)) for account in created
        ]
        secrets = msgspec.json.decode(deployed.stack.layout.keys_file.read_bytes(), type=ApiSecrets)
        self._tokens = AccessTokens(SigningKeys(lambda: secrets.signing_keys))
        self._idle = deque(self._candidates)
        self._changed = threading.Condition()
        self._failed = False
        self._began = datetime.now(UTC)

    @property
    def accepted(self) -> int:
        """How many applications were accepted."""
        return sum(len(candidate.receipts) for candidate in self._candidates)

    def run(self) -> None:
        """Send all applications, each again until it is accepted."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for client in [pool.submit(self._send_all) for _ in range(CONNECTIONS)]:
                client.result()

    def wait_until_served(self, seconds: float) -> None:
        """Wait until no lane has a job."""
        ends = time.monotonic() + seconds
        while not self._is_served():
            assert time.monotonic() < ends, "jobs are left in the lanes"
            time.sleep(0.5)

    def report(self) -> LoadReport:
        """Compare what was stored, mailed and logged with what was accepted."""
        stored: dict[str, list[str]] = {}
        stored_at: dict[str, datetime] = {}
        # All documents, because a selection would come in the order of an index.
        for document in self._database["applications"].find().sort("$natural", 1):
            stored.setdefault(document["candidate_id"], []).append(document["_id"])
            stored_at[document["_id"]] = document["stored_at"]
        receipts = [receipt for one in self._candidates for receipt in one.receipts]
        mails = self._count_mails()
        sent = self._database["mail_ledger"].find({"sent_at": {"$gte": self._began}})
        last_sent: datetime = max(mail["sent_at"] for mail in sent)
        last_stored = max(stored_at[one] for one in receipts if one in stored_at)
        return LoadReport(
            lost=len(set(receipts) - stored_at.keys()),
            out_of_order=[one.id for one in self._candidates if stored.get(one.id) != one.receipts],
            missing_emails=self.total - len(mails),
            doubled_emails=mails.total() - len(mails),
            sent_again=self._count_metric("hirelane-mail-local-drain", "sent_again")
            + self._count_metric("hirelane-mail-local-sweep", "sent_again"),
            timeouts=sum(
                "Task timed out" in line
                for kind in KINDS
                for function in ("drain", "sweep")
                for line in self._log_lines(f"hirelane-{kind}-local-{function}")
            ),
            email_seconds=(last_sent - last_stored).total_seconds(),
        )

    def _send_all(self) -> None:
        """Send applications over one connection until none is left."""
        api = urlsplit(self._deployed.api)
        with closing(http.client.HTTPConnection(api.netloc, timeout=30)) as connection:
            while (candidate := self._next_candidate()) is not None:
                try:
                    receipt = self._apply(connection, candidate, api.path)
                except BaseException:
                    self._failed = True
                    raise
                candidate.receipts.append(receipt)
                candidate.waiting.popleft()
                with self._changed:
                    self._idle.append(candidate)
                    self._changed.notify()

    def _apply(
        self, connection: http.client.HTTPConnection, candidate: _LoadCandidate, path: str
    ) -> str:
        """Apply for the next posting until it is accepted. Return the id of the application."""
        url = f"{path}/v1/postings/{candidate.waiting[0]}/applications"
        key = new_id()
        while True:
            try:
                headers = self._headers(candidate) | {"Idempotency-Key": key}
                connection.request("POST", url, b"{}", headers)
                answer = connection.getresponse()
                body = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
            else:
                if answer.status == 202:
                    return str(body["id"])
                assert answer.status >= 429, body
            time.sleep(RETRY_SECONDS)

    def _next_candidate(self) -> _LoadCandidate | None:
        """Wait for a candidate without a request in flight. Return None to stop."""
        with self._changed:
            while True:
                while self._idle:
                    candidate = self._idle.popleft()
                    if candidate.waiting:
                        return candidate
                if self._failed or not any(one.waiting for one in self._candidates):
                    self._changed.notify_all()
                    return None
                self._changed.wait(RETRY_SECONDS)

    def _headers(self, candidate: _LoadCandidate) -> dict[str, str]:
        if time.monotonic() >= candidate.renew_at:
            candidate.token = self._tokens.issue(
                Caller(candidate.id, Role.CANDIDATE, session_id=new_id())
            )
            candidate.renew_at = time.monotonic() + TOKEN_SECONDS
        return {"Authorization": f"Bearer {candidate.token}", "Content-Type": "application/json"}

    def _is_served(self) -> bool:
        try:
            with self._lanes.redis.pipeline() as step:
                for kind in KINDS:
                    for place in PLACES:
                        step.zcard(getattr(self._lanes.keys, place)(kind))
                return not any(step.execute())
        except RedisError:
            return False

    def _count_mails(self) -> Counter[tuple[str, str]]:
        """Return how often each e-mail was sent, by recipient and subject."""
        found = mails_to(self._deployed.endpoints, [one.email for one in self._candidates])
        return Counter(
            (address, str(mail["Subject"])) for address, mails in found.items() for mail in mails
        )

    def _log_lines(self, function: str) -> list[str]:
        """Return what a function logged since the load began, or nothing if it never ran."""
        logs = self._deployed.aws("logs")
        try:
            return [
                event["message"]
                for page in logs.get_paginator("filter_log_events").paginate(
                    logGroupName=f"/aws/lambda/{function}",
                    startTime=int(self._began.timestamp() * 1000),
                )
                for event in page["events"]
            ]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def _count_metric(self, function: str, name: str) -> int:
        lines = [line for line in self._log_lines(function) if f'"{name}":[' in line]
        return sum(int(value) for line in lines for value in json.loads(line)[name])
