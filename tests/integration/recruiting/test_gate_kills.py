"""Gates and documents of postings, while processes die or meet between any two writes.

``HIRELANE_SIMULATIONS=500`` plays 500 random plans.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import VersionConflict
from chalicelib.common.ids import new_id
from chalicelib.common.versions import ExpectedVersions
from chalicelib.queue import Gates
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.postings.deadlines import Deadline
from chalicelib.recruiting.postings.documents import fence_of, gate_of
from chalicelib.recruiting.postings.employer_models import (
    PostingChanges,
    PostingDraft,
    ReopeningRequest,
)
from chalicelib.recruiting.postings.errors import (
    PostingClosed,
    PostingIncomplete,
    PostingNotFound,
    WrongPostingState,
)
from chalicelib.recruiting.postings.gate_reconciler import GateReconciler
from chalicelib.recruiting.postings.models import PostingsQuery
from chalicelib.recruiting.postings.places import Place
from chalicelib.recruiting.postings.repository import postings_collection
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill
from tests.support.lanes import RecordingWaker

PLANS = int(os.environ.get("HIRELANE_SIMULATIONS", "12"))
ANY = ExpectedVersions(None)
REFUSALS = (VersionConflict, WrongPostingState, PostingIncomplete)
EARLY, LATE = Deadline("2098-01-01T12:00", "UTC"), Deadline("2099-01-01T12:00", "UTC")
# More than any action writes.
MANY = 30


class Board:
    """One posting, what members do with it, and the applications that it got."""

    def __init__(self, parts: Container, interrupter: WriteInterrupter) -> None:
        self.parts = parts
        self.interrupter = interrupter
        self.employer_id = parts.employers.employers.create("yard", "Yard", "", new_id()).id
        self.publications = parts.postings.publications
        draft = PostingDraft(
            title="Boat builder",
            description="Build boats.",
            workplace="on-site",
            employment="full-time",
            place=Place("NO", None, "Bergen"),
        )
        self.id = parts.postings.drafts.create(self.employer_id, draft).id
        self.actions: dict[str, Callable[[], Any]] = {
            "publish": lambda: self.publications.publish(self.employer_id, self.id),
            "close": lambda: self.publications.close(self.employer_id, self.id),
            "reopen": lambda: self.publications.reopen(
                self.employer_id, self.id, ReopeningRequest()
            ),
            "edit": lambda: self.change(title=new_id()),
            "earlier": lambda: self.change(closes=EARLY),
            "later": lambda: self.change(closes=LATE),
            "endless": lambda: self.change(closes=None),
            "apply": self.apply,
            "reconcile": self.reconcile,
        }
        # Whether an application may be accepted: not after an answered closing, until somebody
        # begins to open the posting again. Who opens it during the closing may come after it.
        self.may_accept = False
        self.opening, self.opened = 0, 0

    def change(self, **fields: Any) -> Any:
        changes = PostingChanges(**fields)
        return self.publications.change(self.employer_id, self.id, changes, ANY, new_id())

    def play(self, action: str, at: int | None = None, inside: Callable[[], None] = kill) -> bool:
        """Perform an action, with something inside of it. Return whether it was answered."""
        is_opening = action in ("publish", "reopen")
        self.opening += is_opening
        self.opened += is_opening
        opened = self.opened
        self.may_accept |= is_opening
        try:
            with self.interrupter.before(at, inside):
                self.actions[action]()
        except Killed:
            return False
        except REFUSALS:
            return True
        finally:
            self.opening -= is_opening
        if action == "close":
            self.may_accept = self.opening > 0 or self.opened > opened
        return True

    def apply(self) -> bool:
        """Apply for the posting. Return whether the application was accepted."""
        service = self.parts.recruiting.apply_service
        try:
            service.apply(new_id(), self.id, ApplicationDraft(), "-")
        except (PostingClosed, PostingNotFound):
            return False
        assert self.may_accept, "an application was accepted after an answered closing"
        return True

    def reconcile(self) -> int:
        recruiting = self.parts.recruiting
        reconciler = GateReconciler(
            postings_collection(self.parts.database),
            recruiting.postings.publisher,
            Gates(recruiting.lanes),
            sleep=lambda seconds: None,
        )
        return reconciler.run().repaired

    def document(self) -> dict[str, Any]:
        return self.parts.postings.employer_postings.find(self.employer_id, self.id)

    def check_gate_is_not_wider(self) -> None:
        """Check that no gate accepts applications which the document no longer allows."""
        wanted = gate_of(self.document())
        allowed = accepted_until(wanted.encode() if wanted else None)
        for gate in Gates(self.parts.recruiting.lanes).read([self.id])[self.id]:
            assert accepted_until(gate.state) <= allowed

    def check(self) -> None:
        """Check that gates, catalogue and answers are as the document says."""
        document = self.document()
        wanted = gate_of(document)
        for gate in Gates(self.parts.recruiting.lanes).read([self.id])[self.id]:
            if wanted is None:
                assert gate.state is None
            elif wanted.closed_at:
                assert gate.state is None or gate.state.startswith("-")
            else:
                assert (gate.state, gate.fence) == (wanted.encode(), fence_of(document))
        is_open = document["state"] == "published"
        listed = self.parts.recruiting.posting_search.page(PostingsQuery()).postings
        shown = [(one.id, one.title, one.closes_at) for one in listed]
        mine = (self.id, document["title"], document["closes_at"])
        assert shown == ([mine] if is_open else [])
        if document["state"] != "draft":
            assert self.parts.recruiting.catalogue.get(self.id).state == document["state"]
        assert self.apply() is is_open


def accepted_until(state: str | None) -> float:
    """Return until when a gate accepts applications, from its state in Redis."""
    if state is None or state.startswith("-"):
        return -inf
    return float(state) or inf


@pytest.fixture(autouse=True)
def two_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the container of the test have two shards."""
    monkeypatch.setenv("HIRELANE_SHARDS", "2")


@pytest.fixture
def board(parts: Container, monkeypatch: pytest.MonkeyPatch) -> Board:
    parts.override(waker=RecordingWaker())
    assert len(parts.recruiting.lanes) == 2
    return Board(parts, WriteInterrupter(monkeypatch))


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ((), "publish"),
        (("publish",), "close"),
        (("publish", "close"), "reopen"),
        (("publish",), "edit"),
        (("publish", "later"), "earlier"),
        (("publish", "earlier"), "later"),
        (("publish", "close"), "edit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_killed_action_is_undone_or_completed_by_one_reconcile(
    board: Board, before: tuple[str, ...], action: str
) -> None:
    for done in before:
        board.play(done)
    first = board.document()
    for write in range(MANY):
        is_answered = board.play(action, write)
        board.check_gate_is_not_wider()
        board.apply()
        if is_answered:
            board.check()
            assert board.reconcile() == 0
            break
        board.reconcile()
        board.check()
        assert board.reconcile() == 0
        # Again from the beginning, but never with an earlier version.
        version = board.document()["version"] + 1
        postings_collection(board.parts.database).update_one(
            {"_id": board.id},
            {"$set": {name: first[name] for name in ("state", "closed_at", "published_at")}},
        )
        again = {"closes_at": first["closes_at"], "title": first["title"], "version": version}
        postings_collection(board.parts.database).update_one({"_id": board.id}, {"$set": again})
        board.may_accept = first["state"] == "published"
        board.parts.recruiting.postings.publisher.follow(board.id)
    assert 2 < write < MANY


@pytest.mark.parametrize("late", ["reopen", "edit", "later", "reconcile", "apply", "publish"])
def test_closing_inside_a_slow_action_holds(board: Board, late: str) -> None:
    """Whatever a slow process writes after an answered closing, it does not open the gate."""
    for write in range(MANY):
        board.play("publish")
        board.play("reopen")
        if late == "apply":
            for lanes in board.parts.recruiting.lanes:  # Redis lost its memory.
                lanes.redis.delete(lanes.keys.gates(), lanes.keys.gate_fences())
        reached: list[None] = []

        def close(reached: list[None] = reached) -> None:
            reached.append(None)
            board.play("close")
            assert not board.apply()

        board.play(late, write, close)
        if not reached:
            break
        board.check_gate_is_not_wider()
        board.apply()
        board.reconcile()
        board.check()
    assert write < MANY


def test_promises_hold_in_random_plans(board: Board) -> None:
    for seed in range(PLANS):
        chosen = random.Random(seed)  # noqa: S311
        for _ in range(8):
            play_random(board, chosen, depth=2)
            board.check_gate_is_not_wider()
            board.apply()
        board.reconcile()
        board.check()
        assert board.reconcile() == 0


def play_random(board: Board, chosen: random.Random, depth: int) -> None:
    """Perform a random action that dies, or is slow while others work, or does neither."""
    action = chosen.choice([*board.actions, "close", "reopen"])
    at = chosen.randrange(12)
    match chosen.randrange(3):
        case 0:
            board.play(action)
        case 1:
            board.play(action, at)
        case _ if depth:
            board.play(action, at, lambda: play_random(board, chosen, depth - 1))
