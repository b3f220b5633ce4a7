"""Checks the equations of postings, those with changes first.

The schedule runs the checker every minute for a short time. A posting whose check takes long rests
longer, so that large postings use a small part of the time only.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.recruiting.applications.removed_applications import (
    RemovalKind,
    RemovedApplication,
)
from chalicelib.recruiting.equation.terms import Term
from chalicelib.recruiting.review.models import Equation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.equation.examiner import Examination, PostingExaminer
    from chalicelib.recruiting.equation.log_mover import LogMover
    from chalicelib.recruiting.equation.repository import EquationRepository
    from chalicelib.recruiting.equation.stored_applications import StoredApplications

MAX_IDS = 200
# Each posting is checked this often, also if nothing of it changed.
_INTERVAL = timedelta(hours=1)
# The sweep is every minute. Less than that, so that none is left out.
_SOON = timedelta(seconds=30)
_DEAD_LETTERS = timedelta(minutes=10)
# A check that takes a second is repeated after half a minute at the earliest.
_REST = 30
_RECENT = timedelta(minutes=5)
_PAGE = 20
_MAX_SUSPECTS = 50
# Work in flight takes less than this.
GRACE_SECONDS = 2.0
_MOVE_SECONDS = 5.0


class EquationChecker:
    """Checks equations and stores them.

    Args:
        examiner: examines postings.
        mover: moves the logs of the queue, before they are read.
        accepted_log: knows when the logs began.
        removed: knows the postings with removed applications.
        stored: knows the postings with withdrawn applications.
        equations: gets the results.
        sleep: waits for work in flight.
    """

    def __init__(
        self,
        examiner: PostingExaminer,
        mover: LogMover,
        accepted_log: AcceptedLogRepository,
        removed: RemovedApplicationRepository,
        stored: StoredApplications,
        equations: EquationRepository,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._examiner = examiner
        self._mover = mover
        self._accepted_log = accepted_log
        self._removed = removed
        self._stored = stored
        self._equations = equations
        self._sleep = sleep

    def begin(self) -> None:
        """Note that logs begin now, unless they have begun; called by each deployment.

        Requests in flight may still be accepted by the version before, for less than a minute.
        """
        if self._accepted_log.find_beginning():
            return
        grace = timedelta()
        if self._stored.has_any():
            self._equations.mark_changed(self._stored.find_postings())
            grace = timedelta(minutes=1)
        self._accepted_log.begin(times.now() + grace)

    def run(self, seconds: float = 3.0) -> list[Equation]:
        """Move the logs, then check postings for about this long. Return unbalanced equations.

        Raises:
            RuntimeError: ``begin`` was not called.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        self._mover.move(_MOVE_SECONDS)
        beginning = self._beginning()
        if times.now() < beginning:
            return []
        recent = times.now() - _RECENT
        self._equations.mark_changed(
            self._stored.find_postings_withdrawn_since(recent)
            | self._removed.find_postings_since(recent)
        )
        return self._confirm(self._find_suspects(beginning, seconds), beginning)

    def check(self, posting_id: str) -> Equation:
        """Check one posting now, id by id. Return its equation.

        Raises:
            RuntimeError: ``begin`` was not called.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        self._mover.move(_MOVE_SECONDS)
        beginning = self._beginning()
        self._equations.mark_changed({posting_id})
        suspicious = self._examine(posting_id, beginning, by_id=True)
        if suspicious:
            self._confirm({posting_id: suspicious}, beginning)
        return self._equations.find(posting_id) or Equation(posting_id)

    def acknowledge(self, posting_id: str) -> Equation:
        """Accept what a check of a posting finds, because an operator has dealt with it.

        Missing applications count as discarded from now on, unexpected ones as accepted earlier;
        at most 200 of each. Returns the equation afterwards.

        Raises:
            RuntimeError: ``begin`` was not called.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        found = self.check(posting_id)
        now = times.now()
        self._removed.add(
            RemovedApplication(one, posting_id, RemovalKind.DISCARDED, now)
            for one in found.missing_ids
        )
        self._accepted_log.append_earlier(posting_id, found.unexpected_ids)
        return self.check(posting_id)

    def _beginning(self) -> datetime:
        beginning = self._accepted_log.find_beginning()
        if beginning is None:
            raise RuntimeError("the logs have not begun: no deployment has prepared the database")
        return beginning

    def _find_suspects(self, beginning: datetime, seconds: float) -> dict[str, Examination]:
        """Check postings. Return those in which something is missing or unexpected."""
        ends = time.monotonic() + seconds
        suspects: dict[str, Examination] = {}
        checked: set[str] = set()
        while len(suspects) < _MAX_SUSPECTS:
            found = self._equations.find_next(_PAGE + len(suspects))
            page = [(one, changed) for one, changed in found if one not in checked]
            if not page:
                break
            for posting_id, changed in page:
                checked.add(posting_id)
                suspicious = self._examine(posting_id, beginning, by_id=not changed)
                if suspicious:
                    suspects[posting_id] = suspicious
                if time.monotonic() > ends:
                    return suspects
        return suspects

    def _examine(self, posting_id: str, beginning: datetime, *, by_id: bool) -> Examination | None:
        """Examine a posting. Save its equation if it balances; otherwise return what was found."""
        began = time.monotonic()
        self._equations.begin_check(posting_id)
        found = self._examiner.examine(posting_id, beginning, by_id=by_id)
        if found.missing or found.unexpected:
            return found
        self._save(posting_id, found, time.monotonic() - began)
        return None

    def _confirm(self, suspects: Mapping[str, Examination], beginning: datetime) -> list[Equation]:
        """Examine suspicious postings once more, because work may have been in flight."""
        if not suspects:
            return []
        self._sleep(GRACE_SECONDS)
        self._mover.move(_MOVE_SECONDS)
        unbalanced = []
        for posting_id, first in suspects.items():
            began = time.monotonic()
            found = self._examiner.examine(posting_id, beginning, by_id=True)
            # What is missing only now is in flight, so it counts as waiting.
            in_flight = found.missing - first.missing
            found.terms[Term.WAITING] += len(in_flight)
            found.missing -= in_flight
            found.unexpected &= first.unexpected
            equation = self._save(posting_id, found, time.monotonic() - began)
            if not equation.balanced:
                unbalanced.append(equation)
        return unbalanced

    def _save(self, posting_id: str, found: Examination, seconds: float) -> Equation:
        now = times.now()
        equation = Equation(
            posting_id,
            accepted=found.accepted,
            **{term.value: found.terms[term] for term in Term},
            balanced=not found.missing and not found.unexpected,
            missing=len(found.missing),
            missing_ids=sorted(found.missing)[:MAX_IDS],
            unexpected=len(found.unexpected),
            unexpected_ids=sorted(found.unexpected)[:MAX_IDS],
            earlier=found.earlier,
            checked_at=now,
        )
        interval = _INTERVAL
        if equation.waiting or not equation.balanced:
            interval = _SOON
        elif equation.dead_lettered:
            interval = _DEAD_LETTERS
        rests_until = now + timedelta(seconds=seconds * _REST)
        self._equations.save(equation, max(now + interval, rests_until), rests_until)
        return equation
