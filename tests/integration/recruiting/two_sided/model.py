"""The expected state of applications, which workers change in the order of the lanes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.recruiting.amendments.rules import MAX_AMENDMENTS
from chalicelib.recruiting.applications.jobs import withdrawal_job_id
from chalicelib.recruiting.pipeline.jobs import command_job_id

OPEN = ("new", "review", "interview")


@dataclass
class Expected:
    """An application as it must be after all jobs; a tombstone was withdrawn, but not stored."""

    id: str
    candidate: str
    posting: str
    stage: str = "new"
    kinds: list[str] = field(default_factory=lambda: ["accepted", "stored"])
    decided_in: str = ""
    texts: list[str] = field(default_factory=lambda: ["Hello"])
    amended_at: list[datetime] = field(default_factory=list)
    hides_rejection: bool = False
    assignments: list[str] = field(default_factory=list)

    @property
    def withdrawn(self) -> bool:
        return "withdrawn" in self.kinds

    @property
    def is_tombstone(self) -> bool:
        return "stored" not in self.kinds

    @property
    def can_amend(self) -> bool:
        """Whether a new amendment would be carried out."""
        return not self._is_final and not self._is_decided

    @property
    def _is_final(self) -> bool:
        count = sum(kind in ("amended", "not_amended") for kind in self.kinds)
        return self.withdrawn or count >= MAX_AMENDMENTS

    @property
    def _is_decided(self) -> bool:
        """Whether the candidate knows of a decision."""
        return self.stage not in OPEN and not self.hides_rejection

    def amend(self, text: str, accepted_at: datetime) -> bool:
        """Carry out an amendment, or record that it was not. Return whether there is an event."""
        if self._is_final:
            return False
        if self._is_decided or any(accepted_at < one for one in self.amended_at):
            self.kinds.append("not_amended")
        else:
            self.kinds.append("amended")
            self.texts.append(text)
            self.amended_at.append(accepted_at)
        return True

    def carry_out(self, kind: str, expected_stage: str, stage: str, *, hidden: bool = False) -> str:
        """Carry out a command. Return why not, or an empty text.

        Args:
            kind: what the command does.
            expected_stage: the stage in which the recruiter saw the application.
            stage: the stage to move to.
            hidden: the candidate learns of a rejection later.
        """
        if self.withdrawn:
            return "withdrawn"
        if expected_stage != self.stage:
            return "stage_changed"
        decided = self.stage not in OPEN
        if decided != (kind == "reinstate"):
            return "already_decided" if decided else "not_decided"
        if kind == "move" and stage == self.stage:
            return "same_stage"
        if kind == "move" and stage not in OPEN:
            return "unknown_stage"
        self.hides_rejection = kind == "reject" and hidden
        if kind == "reinstate":
            self._enter("reinstated", self.decided_in)
        elif kind == "move":
            self._enter("moved", stage)
        else:
            self.decided_in = self.stage
            self._enter(*(("rejected",) * 2 if kind == "reject" else ("hired",) * 2))
        return ""

    def _enter(self, kind: str, stage: str) -> None:
        self.kinds.append(kind)
        self.stage = stage


@dataclass
class Accepted:
    """An accepted application; ``number`` counts all jobs in the order of their acceptance."""

    candidate: str
    posting: str
    number: int


@dataclass
class Sent:
    """A job that was accepted: of an application (``store``), a change, a withdrawal, or a command.

    ``command`` is the id of the command, or of the job of a change (``amend``), whose letter is
    ``text``. ``hidden`` says that the candidate learns of a rejection later.
    """

    application: str
    kind: str
    command: str = ""
    expected_stage: str = ""
    stage: str = ""
    number: int = 0
    text: str = ""
    accepted_at: datetime = datetime.max
    hidden: bool = False

    @property
    def job(self) -> str:
        """The id of the job."""
        if self.kind == "store":
            return self.application
        if self.kind == "withdraw":
            return withdrawal_job_id(self.application)
        return self.command if self.kind == "amend" else command_job_id(self.command)


@dataclass
class Model:
    """All applications, the jobs that wait or are dead, and the answers to commands.

    Args:
        accepted: all accepted applications.
        applications: the stored applications and the tombstones.
        aliases: the accepted applications that repeat another one, each with that one.
        waiting: the jobs that are not carried out, in the order of their lanes.
        dead: the dead letters by job id.
        answers: why commands were not carried out, by command; empty for those that were.
        discarded: the jobs that were discarded.
        amended: the jobs of changes that have an event, carried out or not.
    """

    accepted: dict[str, Accepted] = field(default_factory=dict)
    applications: dict[str, Expected] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    waiting: deque[Sent] = field(default_factory=deque)
    dead: dict[str, Sent] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    discarded: set[str] = field(default_factory=set)
    amended: set[str] = field(default_factory=set)
    numbers: int = 0

    def accept(self, application: str, candidate: str, posting: str) -> None:
        """Note an accepted application."""
        self.send(Sent(application, "store"))
        self.accepted[application] = Accepted(candidate, posting, self.numbers)

    def send(self, sent: Sent) -> None:
        """Note an accepted job, which replaces a dead letter with its id."""
        self.numbers += 1
        sent.number = self.numbers
        self.dead.pop(sent.job, None)
        self.discarded.discard(sent.job)
        self.waiting.append(sent)

    def stored(self) -> list[Expected]:
        """Return the applications that members can see, the oldest first."""
        return [one for one in self.applications.values() if not one.is_tombstone]

    def predict(self, application: Expected) -> Expected:
        """Return an application as it will be after everything that waits."""
        future = deepcopy(self)
        future.carry_out_all()
        return future.applications[application.id]

    def carry_out_all(self, without: Collection[str] = ()) -> None:
        """Carry out everything that waits, except the jobs with these ids, which become dead."""
        while self.waiting:
            sent = self.waiting.popleft()
            if sent.job in without:
                self.dead[sent.job] = sent
            else:
                self.carry_out(sent)

    def carry_out(self, sent: Sent) -> None:
        """Carry out a job. Doing it again changes nothing."""
        if sent.kind == "store":
            self._store(sent.application)
        elif sent.kind == "withdraw":
            self._withdraw(sent)
        elif sent.kind == "amend":
            self._amend(sent)
        elif sent.command not in self.answers:
            self.answers[sent.command] = self.applications[sent.application].carry_out(
                sent.kind, sent.expected_stage, sent.stage, hidden=sent.hidden
            )

    def _store(self, one: str) -> None:
        if one in self.applications or one in self.aliases:
            return
        own = self.accepted[one]
        for other in self.applications.values():
            if not other.withdrawn and (other.candidate, other.posting) == (
                own.candidate,
                own.posting,
            ):
                self.aliases[one] = other.id
                return
        self.applications[one] = Expected(one, own.candidate, own.posting)

    def _withdraw(self, sent: Sent) -> None:
        target = self.aliases.get(sent.application, sent.application)
        if target not in self.applications:
            own = self.accepted[target]
            kinds = ["accepted", "withdrawn"]
            self.applications[target] = Expected(target, own.candidate, own.posting, "", kinds)
            return
        receipts = {target, *(one for one, of in self.aliases.items() if of == target)}
        receipts.discard(sent.application)
        # The candidate applied again after this withdrawal, so they want the application to stay.
        if any(self.accepted[one].number > sent.number for one in receipts):
            return
        application = self.applications[target]
        if not application.withdrawn:
            application.kinds.append("withdrawn")

    def can_amend(self, receipt: str) -> bool:
        """Return whether the application of a receipt can be changed, as far as it is stored."""
        application = self.applications.get(self.aliases.get(receipt, receipt))
        return application is None or application.can_amend

    def _amend(self, sent: Sent) -> None:
        target = self.aliases.get(sent.application, sent.application)
        if target not in self.applications:
            self.dead[sent.job] = sent
        elif sent.job not in self.amended and self.applications[target].amend(
            sent.text, sent.accepted_at
        ):
            self.amended.add(sent.job)

    def terms(self, posting: str) -> Counter[str]:
        """Return the terms of the equation of a posting."""
        terms: Counter[str] = Counter()
        for one, accepted in self.accepted.items():
            if accepted.posting == posting:
                terms[self.term(one)] += 1
        return terms

    def term(self, one: str) -> str:
        """Return the term of an accepted application."""
        if one in self.aliases:
            return "repeated"
        if one in self.applications:
            return "withdrawn" if self.applications[one].withdrawn else "pipeline"
        if one in self.discarded:
            return "discarded"
        return "dead_lettered" if one in self.dead else "waiting"
