"""A state machine: candidates and recruiters act, workers die, stall and overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.ids import new_id
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.queue.worker import Claim, Leases
from chalicelib.recruiting.applications.errors import AmendmentRefused
from chalicelib.recruiting.applications.events import CANDIDATE, STAGE_EVENTS
from chalicelib.recruiting.applications.jobs import read_application
from chalicelib.recruiting.applications.models import ApplicationDraft, Receipt
from chalicelib.recruiting.applications.stage_timeline import stage_timeline
from chalicelib.recruiting.due.repository import DueRepository
from chalicelib.recruiting.due.sweeper import DueSweeper
from chalicelib.recruiting.equation.terms import Term
from chalicelib.recruiting.pipeline.errors import NoEmailToCancel
from chalicelib.recruiting.pipeline.jobs import CommandKind, command_job_id
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.equations import COLLECTIONS, make_checker
from tests.integration.recruiting.killer import Killed, interrupted_database, killer_database
from tests.integration.recruiting.pipelines import EMAIL, RECRUITER, send
from tests.integration.recruiting.two_sided.exports import check_export
from tests.integration.recruiting.two_sided.mail import CheckedLedger, SilentSender
from tests.integration.recruiting.two_sided.model import OPEN, Expected, Model, Sent
from tests.support.job_handler import make_job_handler
from tests.support.lanes import RecordingWaker

STAGES = (*OPEN, "rejected", "hired")
WRITES = st.integers(0, 5)
CANDIDATES = st.integers(0, 1)
WHICH = st.integers(0, 3)
ASSIGNMENTS = ("assigned", "unassigned")
Action = tuple[int, str, str, str, bool]
# The application, what to do, the expected stage, the stage to move to, whether with an e-mail.
ACTIONS = st.tuples(
    WHICH,
    st.sampled_from((*("move", "reject", "reinstate") * 4, *("amend",) * 4, "hire", "withdraw")),
    st.sampled_from(("right",) * 8 + STAGES),
    st.sampled_from((*OPEN, *OPEN, "rejected", "unknown")),
    st.booleans(),
)


def last_decision(events: list[Any]) -> Any:
    """Return the last event that changed the stage or withdrew the application, or None."""
    kinds = STAGE_EVENTS | {"withdrawn"}
    return next((event for event in reversed(events) if event["kind"] in kinds), None)


class TwoSided(RuleBasedStateMachine):
    """Candidates apply and withdraw, recruiters decide; ``parts`` and ``postings`` are given."""

    parts: Container
    postings: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        database = self.parts.database
        for name in (
            "applications",
            "revisions",
            "command_refusals",
            "due",
            "mail_ledger",
            "accounts",
            *COLLECTIONS,
        ):
            database[name].delete_many({})
        for key in self.parts.redis.scan_iter("{hl0}:*"):
            if not key.startswith((b"{hl0}:gate", b"{hl0}:rules")):
                self.parts.redis.delete(key)
        self.model = Model()
        self.cancelled: set[str] = set()
        self.letters = 0
        self.candidates = [new_id(), new_id()]
        database["accounts"].insert_many(
            [{"_id": one, "name": "Ada", "email": f"{one}@example.com"} for one in self.candidates]
        )
        self.ledger = CheckedLedger(self.parts)
        self.parts.equation.checker.begin()

    def pick(self, which: int) -> Expected:
        applications = self.model.stored()
        return applications[-1 - which % len(applications)]

    # Candidates and recruiters

    @initialize()
    def apply_everywhere(self) -> None:
        for candidate, posting in product(range(2), repeat=2):
            self.apply(candidate, posting)

    @rule(candidate=CANDIDATES, posting=st.integers(0, 1))
    def apply(self, candidate: int, posting: int) -> None:
        self.apply_once(candidate, posting)
        if self.model.waiting and self.model.waiting[-1].kind == "store":
            # Recruiters see stored applications only.
            self.work()

    def apply_once(self, candidate: int, posting: int) -> str:
        """Apply, and return the id of the receipt; empty if the candidate applied too often."""
        owner, target = self.candidates[candidate], self.postings[posting]
        try:
            receipt = self.send_application(owner, target, self.draft_for(owner, target))
        except TooManyRequests:
            return ""
        if receipt.repeat:
            assert self.model.term(receipt.id) != "discarded", "a receipt of nothing"
        else:
            self.model.accept(receipt.id, owner, target)
        return receipt.id

    def send_application(self, owner: str, posting: str, draft: ApplicationDraft) -> Receipt:
        receipt, _ = self.parts.recruiting.apply_service.apply(owner, posting, draft, "-")
        return receipt

    def draft_for(self, candidate: str, posting: str) -> ApplicationDraft:
        """Return what a candidate sends for a posting."""
        return ApplicationDraft("Hello")

    @rule(
        actions=st.lists(ACTIONS, min_size=2, max_size=5),
        worker=st.sampled_from(("overlap", "kill", "overlap", "kill", "work", "none")),
        writes=WRITES,
    )
    def act(self, actions: list[Action], worker: str, writes: int) -> None:
        """Send commands, withdrawals and amendments; a worker carries them out, well or badly."""
        for which, kind, expected, stage, has_email in actions:
            application = self.pick(which)
            if kind == "withdraw":
                self.withdraw(application.candidate, application.id)
                continue
            if kind == "amend":
                self.amend(application.candidate, application.id)
                continue
            present = self.model.predict(application).stage
            expected_stage = present if expected == "right" else expected
            command = send(
                self.parts,
                application.id,
                CommandKind(kind),
                expected_stage,
                stage=stage,
                email=EMAIL if has_email else None,
            )
            sent = Sent(application.id, kind, command, expected_stage, stage, hidden=has_email)
            self.model.send(sent)
        if worker == "work":
            self.work()
        elif worker == "kill":
            self.kill(writes)
        elif worker == "overlap":
            self.overlap(writes)

    def withdraw(self, candidate: str, receipt: str) -> None:
        accepted, repeated = self.parts.recruiting.withdrawal_service.withdraw(
            candidate, receipt, "-"
        )
        if not repeated:
            self.model.send(Sent(accepted.id, "withdraw"))

    def changed_draft(self, candidate: str, receipt: str, text: str) -> ApplicationDraft:
        """Return what was sent with a receipt, stored or waiting, with another letter."""
        stored = self.parts.recruiting.applications.find(candidate, receipt)
        if stored:
            answered = stored.get("form_version", 0), stored.get("answers", {})
        else:
            job = self.parts.recruiting.lanes.of(candidate).find(receipt)
            sent = read_application(job) if job else None
            answered = (sent.draft.form_version, sent.draft.answers) if sent else (0, {})
        return ApplicationDraft(text, form_version=answered[0], answers=answered[1])

    def amend(self, candidate: str, receipt: str) -> None:
        self.letters += 1
        text = f"Letter {self.letters}"
        # While jobs wait, the store may have less than the model, or more after a killed worker.
        can_amend = None if self.model.waiting else self.model.can_amend(receipt)
        try:
            accepted, _ = self.parts.amendments.service.amend(
                candidate, receipt, self.changed_draft(candidate, receipt, text), "-"
            )
        except AmendmentRefused:
            assert not can_amend
            return
        assert can_amend is not False
        lanes = self.parts.recruiting.lanes.of(candidate)
        newest = lanes.contents(candidate).waiting[-1]
        self.model.send(Sent(receipt, "amend", newest, text=text, accepted_at=accepted.accepted_at))

    @rule(which=WHICH)
    def cancel_email(self, which: int) -> None:
        application_id = self.pick(which).id
        pipeline = self.parts.recruiting.pipeline
        with suppress(NoEmailToCancel):
            pipeline.rejection_service.cancel(RECRUITER, application_id)
            events = pipeline.rejection_service.events(RECRUITER, application_id).events
            [*_, rejected] = (event for event in events if event.kind == "rejected")
            self.cancelled.add(f"rejection-email-{application_id}-{rejected.n}")

    # Workers

    def work(self) -> None:
        drain_applications(self.parts)
        self.model.carry_out_all()
        self.compare()

    def kill(self, writes: int) -> None:
        """A worker dies before one of its writes, or before it settles."""
        held = self.claim()
        with suppress(Killed, RuntimeError):
            make_job_handler(killer_database(self.parts.database, writes)).handle(held.jobs)
        self.expire_leases()

    def overlap(self, writes: int) -> None:
        """A worker stalls before one of its writes; another one does everything meanwhile."""
        held = self.claim()
        meanwhile = self.once(self.expire_leases, self.work, self.act_meanwhile)
        database = interrupted_database(self.parts.database, writes, meanwhile)
        with suppress(RuntimeError):
            make_job_handler(database).handle(held.jobs)
        meanwhile()
        self.compare()

    def act_meanwhile(self) -> None:
        """Do what others do while a worker stalls."""

    @rule(is_killed=st.booleans(), sends=st.booleans())
    def mail(self, is_killed: bool, sends: bool) -> None:
        self.sweep_due(is_killed)
        if sends:
            self.send_emails()

    def sweep_due(self, is_killed: bool) -> None:
        pipeline = self.parts.recruiting.pipeline
        self.parts.database["due"].update_many({}, {"$set": {"at": times.now()}})
        database = killer_database(self.parts.database, 0 if is_killed else 99)
        queues = pipeline.due_sweeper._queues
        with suppress(Killed):
            DueSweeper(DueRepository(database), queues, RecordingWaker()).sweep(5)

    def send_emails(self) -> None:
        leases = Leases(self.parts.notifications.lanes[0])
        notifications = self.parts.notifications
        handler = MailJobHandler(
            self.ledger, SilentSender(), notifications.suppressions, notifications.composers
        )
        while (held := leases.claim("mailer")).lanes:
            outcomes = iter(handler.handle(held.jobs))
            leases.settle(held, [[next(outcomes) for _ in lane.jobs] for lane in held.lanes])

    def teardown(self) -> None:
        self.work()
        self.sweep_due(False)
        self.send_emails()
        self.check_emails()
        assert len(set(self.ledger.begun)) == len(self.ledger.begun), "an e-mail was sent twice"
        assert self.parts.database["due"].count_documents({}) == 0
        for posting in self.postings:
            self.check_equation(posting)
        for candidate in self.candidates:
            check_export(self.parts, self.model, candidate)

    def check_equation(self, posting: str) -> None:
        equation = make_checker(self.parts).check(posting)
        assert equation.balanced, (equation.missing_ids, equation.unexpected_ids)
        expected = self.model.terms(posting)
        assert equation.accepted == expected.total()
        if not self.model.waiting:
            # Otherwise a worker that died may have carried out some of what waits.
            found = Counter({term.value: getattr(equation, term.value) for term in Term})
            assert +found == expected

    def check_emails(self) -> None:
        """Check that the last change of each application was announced, if an e-mail follows."""
        for application in self.parts.database["applications"].find({"active": True}):
            event = last_decision(application["events"])
            if event is None or "email" not in event["data"]:
                continue
            kind = "rejection" if event["kind"] == "rejected" else "stage"
            mail_id = f"{kind}-email-{application['_id']}-{event['n']}"
            if command_job_id(event["command"]) in self.model.discarded:
                # A worker died after the event, and the rest was discarded.
                continue
            assert (mail_id in self.ledger.begun) is not (mail_id in self.cancelled)

    def check_timeline(self, events: list[Any]) -> None:
        """Check that the candidate sees a rejection when its e-mail is planned, not before."""
        rejections = [event for event in events if event["kind"] == "rejected"]
        announced = [event["at"] for event in rejections if "email" not in event["data"]]
        seen = stage_timeline(events, times.now())
        assert [one.at for one in seen if one.event == "rejected"] == announced
        last = last_decision(events)
        if last and last["kind"] == "rejected":
            seen = stage_timeline(events, times.now() + timedelta(minutes=EMAIL.delay_minutes))
            assert seen[-1].event == "rejected"

    def check_revisions(self, document: dict[str, Any], expected: Expected) -> None:
        """Check that the newest revision is shown, and that every one is kept as it was sent."""
        if expected.is_tombstone:
            return
        assert document["cover_letter"] == expected.texts[-1]
        assert document.get("revision", 1) == len(expected.texts)
        reader = self.parts.amendments.reader
        numbers = range(1, len(expected.texts) + 1)
        assert [one.revision for one in reader.list(document).revisions] == list(numbers)
        kept = [reader.get(document, str(n)).cover_letter for n in numbers]
        assert kept == expected.texts
        stored = self.parts.database["revisions"].find({"_id": {"$regex": f"^{expected.id}:"}})
        texts = {one["_id"].split(":")[1]: one["cover_letter"] for one in stored}
        # The newest one is there only if a worker died before it replaced the content.
        texts.setdefault(str(numbers[-1]), kept[-1])
        assert texts == {str(n): text for n, text in zip(numbers, kept, strict=True)}

    # Help

    def claim(self) -> Claim:
        return Leases(self.parts.recruiting.lanes[0]).claim("drain")

    def expire_leases(self) -> None:
        redis: Any = self.parts.redis
        for lane in redis.zrange("{hl0}:leases:applications", 0, -1):
            redis.zadd("{hl0}:leases:applications", {lane: 1})
        redis.delete("{hl0}:crashes:applications")

    def once(self, *actions: Callable[[], None]) -> Callable[[], None]:
        rest = list(actions)

        def act() -> None:
            while rest:
                rest.pop(0)()

        return act

    def compare(self) -> None:
        """Compare the stored applications and the answers to commands with the model."""
        documents = {one["_id"]: one for one in self.parts.database["applications"].find()}
        aliases = {
            one: document["duplicate_of"]
            for one, document in documents.items()
            if "duplicate_of" in document
        }
        assert aliases == self.model.aliases
        stored = {one: documents[one] for one in documents.keys() - aliases.keys()}
        assert stored.keys() == self.model.applications.keys()
        for one, expected in self.model.applications.items():
            events = stored[one]["events"]
            assert [event["n"] for event in events] == list(range(1, len(events) + 1))
            kinds = [event["kind"] for event in events]
            assert [kind for kind in kinds if kind not in ASSIGNMENTS] == expected.kinds
            assert [kind for kind in kinds if kind in ASSIGNMENTS] == expected.assignments
            assert stored[one].get("stage", "") == expected.stage
            assert stored[one]["version"] == len(events)
            assert stored[one]["active"] is not expected.withdrawn
            self.check_timeline(events)
            self.check_revisions(stored[one], expected)
            commands = [
                event["command"]
                for event in events
                if "command" in event and event["actor"] != CANDIDATE
            ]
            done = {sent for sent in commands if self.model.answers[sent] == ""}
            assert len(commands) == len(done)
        refused = {
            one["_id"]: one["reason"] for one in self.parts.database["command_refusals"].find()
        }
        assert refused == {one: reason for one, reason in self.model.answers.items() if reason}
