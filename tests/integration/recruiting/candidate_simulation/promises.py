"""The promises that must hold after all jobs have finished.

* Each draft that got a 202 with ``repeat: false`` has a document. It is an alias only of an
  application that the queue could not know: Redis lost its memory, or the application's withdrawal
  was dead-lettered.
* The last request counts for an application and its aliases: it is active if a draft came last, and
  inactive if a withdrawal came last. Requests that overlapped may end either way; so may requests
  whose jobs an operator discarded, or whose jobs waited when Redis lost its memory.
* The candidate can apply for a posting if no application for it is active. Otherwise the answer is
  a repeat.
* An active application was confirmed once. An alias, or an application that was withdrawn before
  its job was done, was never confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.integration.recruiting.candidate_simulation.state import (
    BrokenPromise,
    SentApplication,
    SentWithdrawal,
    SimulationState,
)
from tests.integration.recruiting.candidates import stored_documents


@dataclass(frozen=True)
class PromiseChecker:
    """Compares the stores with the answers that the candidate got."""

    run: SimulationState

    def check(self) -> None:
        """Check all promises.

        Raises:
            BrokenPromise: one does not hold.
        """
        documents = {
            one: document
            for one, document in stored_documents(self.run.parts.database).items()
            if document["candidate_id"] == self.run.candidate
        }
        groups: dict[str, list[SentApplication]] = {}
        for application in self.run.applications.values():
            document = documents.get(application.id)
            if document:
                target = document.get("duplicate_of", application.id)
                groups.setdefault(target, []).append(application)
            if application.gone:
                continue
            if document is None:
                raise BrokenPromise("an accepted application is not stored")
            own = "duplicate_of" not in document and "stored_at" in document
            if own and document["cover_letter"] != application.text:
                raise BrokenPromise("another cover letter is stored")
        for target, applications in groups.items():
            self._check_aliases(target, applications)
            self._check_last_request(documents[target], applications)
            self._check_confirmations(documents[target], applications)
        for posting in self.run.postings:
            self._check_deduplication_key(posting, documents, groups)

    def _withdrawals_of(self, applications: list[SentApplication]) -> list[SentWithdrawal]:
        ids = {application.id for application in applications}
        return [one for one in self.run.withdrawals if one.requested in ids]

    def _check_aliases(self, target: str, applications: list[SentApplication]) -> None:
        """Check that each alias has a reason."""
        withdrawals = self._withdrawals_of(applications)
        for alias in applications:
            if alias.id == target or alias.gone:
                continue
            first, second = sorted((alias.sent, self.run.applications[target].sent))
            has_reason = (
                any(first < at < second for at in self.run.memory_losses)
                # The deduplication key expired while this one was a dead letter.
                or (alias.dead_lettered and any(at < second for at in self.run.memory_losses))
                or any(
                    (one.dead_lettered or one.gone) and one.begun < second for one in withdrawals
                )
                or any(one.requested == alias.id for one in withdrawals)
            )
            if not has_reason:
                raise BrokenPromise("(a) an alias of an application that the queue knew")

    def _check_last_request(
        self, document: dict[str, Any], applications: list[SentApplication]
    ) -> None:
        """Check that the last request decided whether the application is active."""
        withdrawals = self._withdrawals_of(applications)
        newest = max(applications, key=lambda application: application.sent)
        last_known = max((one.sent for one in applications if not one.gone), default=0)
        effective = max(
            (
                one.begun
                for one in withdrawals
                if newest.id in one.leads_to_same and not one.gone and not one.repeats_redriven
            ),
            default=0,
        )
        last_possible = max((one.ended for one in withdrawals), default=0)
        if document["active"] and effective > newest.sent:
            raise BrokenPromise("(c) a withdrawal had no effect")
        if not document["active"] and last_known > last_possible:
            raise BrokenPromise("(d) withdrawn although no withdrawal came last")

    def _check_confirmations(
        self, document: dict[str, Any], applications: list[SentApplication]
    ) -> None:
        target = document["_id"]
        count = self.run.confirmations[target]
        if document["active"] and count != 1 and not self.run.applications[target].gone:
            raise BrokenPromise(f"(e) an active application was confirmed {count} times")
        if count > 1:
            raise BrokenPromise("an application was confirmed more than once")
        if any(self.run.confirmations[one.id] for one in applications if one.id != target):
            raise BrokenPromise("an alias was confirmed")

    def _check_deduplication_key(
        self,
        posting: str,
        documents: dict[str, dict[str, Any]],
        groups: dict[str, list[SentApplication]],
    ) -> None:
        """Check that the active application holds the posting, and no other one."""
        active = [
            one["_id"]
            for one in documents.values()
            if one.get("posting_id") == posting and one["active"]
        ]
        assert len(active) < 2
        # Read the key in Redis, because applying would change it.
        value = self.run.redis.hget(
            "{hl0}:once:" + self.run.lanes.lane_name(self.run.candidate), posting
        )
        if value and not active:
            raise BrokenPromise("(b) the posting is held without an active application")
        if active and value:
            holder = value.split()[0].decode()
            if documents.get(holder, {}).get("duplicate_of", holder) != active[0]:
                raise BrokenPromise("(b) the posting is held by an inactive application")
        if active and not value:
            applications = groups.get(active[0], [])
            first = min((one.sent for one in applications), default=0)
            has_reason = (
                any(one.gone for one in applications)
                or any(at > first for at in self.run.memory_losses)
                or any(one.dead_lettered or one.gone for one in self._withdrawals_of(applications))
            )
            if applications and not has_reason:
                raise BrokenPromise("(a) the posting is released although one is active")
