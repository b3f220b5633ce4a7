"""Candidates who apply, and the check that each application had its effects once and in order."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import msgspec
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from pymongo.database import Database
from redis import Redis
from redis.exceptions import RedisError

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.models import SigningKey
from chalicelib.auth.sessions.signed_claims import ClaimsSigner, MacClaimsSigner
from chalicelib.auth.sessions.signing_keys import SigningKeys, generate_signing_key
from chalicelib.bootstrap.clients import connect_redis
from chalicelib.common.ids import new_id
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.models import KIND as MAIL
from chalicelib.notifications.sender import MailSender
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.queue import Gates, Lanes, Shards
from chalicelib.queue.worker import Leases, drain
from chalicelib.recruiting.addresses import Addresses
from chalicelib.recruiting.applications.apply_service import ApplyService
from chalicelib.recruiting.applications.confirmation_email import ConfirmationComposer
from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
from chalicelib.recruiting.applications.jobs import KIND
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE, ReceiptService
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
from chalicelib.recruiting.files.tokens import FileTokenService
from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
from chalicelib.recruiting.forms.repository import FormRepository
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.repository import PostingRepository
from tests.chaos.workers.fleet import WorkerFleet
from tests.chaos.workers.messages import Claimed
from tests.support.lanes import RecordingObserver, RecordingWaker

SENDER = "no-reply@hirelane.example"


@dataclass(frozen=True)
class EffectErrors:
    """The errors in the effects of the applications; all fields are empty if there are none.

    ``out_of_order`` has the candidates whose applications were inserted in another order than Redis
    accepted them, ``wrongly_dated`` those whose ``stored_at`` values are in another order.
    ``wrongly_active`` has the applications that are wrongly withdrawn or wrongly not withdrawn.
    """

    lost: list[str]
    duplicated: list[str]
    out_of_order: list[str]
    wrongly_dated: list[str]
    unexpected: list[str]
    wrongly_active: list[str]
    attempts_used: list[str]
    wrong_mails: dict[str, int]


class LoadGenerator:
    """Lets candidates apply, each for every posting, and checks what was stored and mailed.

    ``receipts`` has the ids of the applications that were certainly accepted, by candidate in the
    order of the answers; ``withdrawn`` the ids that were certainly withdrawn. ``unanswered`` has
    the calls that raised, as (candidate, posting). After an application a candidate withdraws one
    with the probability ``withdrawal_rate``, and mostly applies for that posting again.
    """

    def __init__(
        self,
        fleet: WorkerFleet,
        redis: Redis,
        database: Database[dict[str, Any]],
        *,
        candidates: int,
        postings: int,
        redis_url: str,
        withdrawal_rate: float = 0.0,
    ) -> None:
        self._fickle = withdrawal_rate
        self._chance = random.Random(21)  # noqa: S311
        self._redis = redis
        self._database = database
        shards = Shards(connect_redis(redis_url), KIND, limits=fleet.limits)
        self._lanes = shards[0]
        known_postings = PostingRepository(database, shards)
        accepting = ApplicationJobQueue(shards, fleet)
        applications = ApplicationRepository(database)
        keys = [msgspec.convert(generate_signing_key(), SigningKey)]
        signer = ClaimsSigner(SigningKeys(lambda: keys), RECEIPT_TYPE)
        key = DerivedKey("secret", "receipt")
        interim_signer = MacClaimsSigner(key, RECEIPT_TYPE)
        receipts = ReceiptService(signer, interim_signer, key, shards, str)
        file_tokens = FileTokenService(DerivedKey("secret", "file"))
        rules = ApplyRulesReader(Gates(shards), lambda: FormRepository(database))
        self._applying = ApplyService(
            accepting, lambda: known_postings, receipts, rules, file_tokens
        )
        self._withdrawing = WithdrawalService(accepting, shards, applications)
        applications.create_indexes()
        self.postings = []
        for n in range(postings):
            posting = Posting(new_id(), f"Post {n}", "Yard", "Bergen", "Work.", datetime.now(UTC))
            known_postings.publish(posting)
            self.postings.append(posting.id)
        self.candidates = [new_id() for _ in range(candidates)]
        database["accounts"].insert_many(
            {"_id": candidate, "email": f"candidate-{n}@example.com", "name": f"Candidate {n}"}
            for n, candidate in enumerate(self.candidates)
        )
        self.receipts: defaultdict[str, list[str]] = defaultdict(list)
        self.withdrawn: set[str] = set()
        self._active: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.unanswered: list[tuple[str, str]] = []

    @property
    def accepted(self) -> int:
        """How many applications were certainly accepted."""
        return sum(map(len, self.receipts.values()))

    def apply(self, candidate: str, posting: str) -> bool:
        """Apply. Return whether an answer came."""
        try:
            receipt, _ = self._applying.apply(candidate, posting, ApplicationDraft(), "correlation")
        except RedisError:
            self.unanswered.append((candidate, posting))
            return False
        self.receipts[candidate].append(receipt.id)
        self._active[candidate][receipt.id] = posting
        if self._chance.random() < self._fickle:
            self._withdraw_one(candidate)
        return True

    def _withdraw_one(self, candidate: str) -> None:
        active = self._active[candidate]
        application = self._chance.choice(list(active))
        self._withdrawing.withdraw(candidate, application, "correlation")
        self.withdrawn.add(application)
        posting = active.pop(application)
        if self._chance.random() < 0.7:
            assert self.apply(candidate, posting)
            assert self.receipts[candidate].count(application) == 1, "it is another application"

    def repeat_unanswered(self) -> int:
        """Repeat the calls that raised.

        Return how many of them had been accepted by the first call.
        """
        calls, self.unanswered = self.unanswered, []
        repeats = 0
        for candidate, posting in calls:
            receipt, repeat = self._applying.apply(
                candidate, posting, ApplicationDraft(), "correlation"
            )
            self.receipts[candidate].append(receipt.id)
            repeats += repeat
        return repeats

    def drained(self) -> bool:
        """Return whether no lane has a job.

        The three places are read in one step, because a lane that goes from one to another
        meanwhile would be in none of them.
        """
        keys = self._lanes.keys
        with self._redis.pipeline() as step:
            for place in (keys.ring(KIND), keys.leases(KIND), keys.delayed(KIND)):
                step.zcard(place)
            return not any(step.execute())

    def fences(self) -> dict[str, int]:
        """Return the newest fencing token of each leased lane.

        The ping comes first: when it is answered, Redis has carried out what a worker sent before
        it was killed.
        """
        self._redis.ping()
        fences: Any = self._redis.hgetall(f"{self._lanes.keys.prefix}:fences:{KIND}")
        return {lane.decode(): int(token) for lane, token in fences.items()}

    def is_held(self, claim: Claimed) -> bool:
        """Return whether all lanes of a claim are still leased with its token."""
        members: Any = self._redis.zrange(self._lanes.keys.leases(KIND), 0, -1)
        leased, fences = {lane.decode() for lane in members}, self.fences()
        return all(lane in leased and fences[lane] == claim.token for lane in claim.lanes)

    def find_errors(self) -> EffectErrors:
        """Send all mail, and compare everything that was stored and sent with what was accepted."""
        in_order_of_insertion = list(self._database["applications"].find().sort("$natural", 1))
        stored: defaultdict[str, list[str]] = defaultdict(list)
        stored_at = {}
        for document in in_order_of_insertion:
            stored[document["candidate_id"]].append(document["_id"])
            stored_at[document["_id"]] = document["stored_at"]
        expected = {application for ids in self.receipts.values() for application in ids}
        out_of_order, wrongly_dated = [], []
        for candidate, ids in stored.items():
            in_order = sorted(self.receipts[candidate], key=self._created_at)
            times = [stored_at[application] for application in ids]
            if ids != in_order:
                out_of_order.append(candidate)
            if times != sorted(times):
                wrongly_dated.append(candidate)
        mails = Counter(self._send_all_mail())
        for n, candidate in enumerate(self.candidates):
            address, sent = f"candidate-{n}@example.com", self.receipts[candidate]
            withdrawn = len(self.withdrawn.intersection(sent))
            mails[address] -= len(sent) - withdrawn
            # An application that was withdrawn in time is not confirmed.
            if 0 <= mails[address] <= withdrawn:
                del mails[address]
        active = {d["_id"] for d in in_order_of_insertion if d["active"]}
        pairs = Counter(
            (d["candidate_id"], d["posting_id"]) for d in in_order_of_insertion if d["active"]
        )
        return EffectErrors(
            lost=sorted(expected - stored_at.keys()),
            duplicated=[candidate for (candidate, _), times in pairs.items() if times > 1],
            out_of_order=out_of_order,
            wrongly_dated=wrongly_dated,
            unexpected=sorted(stored_at.keys() - expected),
            wrongly_active=sorted(active ^ (expected - self.withdrawn)),
            attempts_used=[application for application in expected if self._attempts(application)],
            wrong_mails={address: off for address, off in mails.items() if off},
        )

    def _created_at(self, application: str) -> bytes:
        """Return when Redis accepted it, in microseconds: that is the order of its lane."""
        created_at: Any = self._redis.hget(self._lanes.keys.job(application), "created_at")
        assert created_at
        return bytes(created_at)

    def _attempts(self, application: str) -> int:
        attempts: Any = self._redis.hget(self._lanes.keys.job(application), "attempts")
        return int(attempts or 0)

    def _send_all_mail(self) -> list[str]:
        """Drain the lanes of mail. Return the recipient of each mail that SES accepted."""
        with mock_aws():
            ses = boto3.client("ses", region_name="us-east-1")
            ses.verify_email_identity(EmailAddress=SENDER)
            drain(
                Leases(Lanes(self._redis, MAIL)),
                MailJobHandler(
                    MailLedger(self._database),
                    MailSender(lambda: ses, SENDER),
                    SuppressionRepository(self._database, str),
                    [ConfirmationComposer(Addresses("https://hirelane.example"))],
                ),
                drain_id="mailer",
                remaining=lambda: 600.0,
                waker=RecordingWaker(),
                observer=RecordingObserver(),
            )
            backend = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
            return [message.destinations[0] for message in backend.sent_messages]


NO_ERRORS = EffectErrors([], [], [], [], [], [], [], {})
