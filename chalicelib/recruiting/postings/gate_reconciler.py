"""Compares the gates of the queue with the documents of postings, and mends what differs.

A process may die between a document and its gate, or Redis may lose its memory. The schedule runs
the reconciler every minute. Each run begins with the postings that were changed since the last one,
and continues a pass over all postings and gates. It does a bounded part of the pass, which is all
of it up to 10,000 postings.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.common import times
from chalicelib.queue import GateState
from chalicelib.recruiting.postings.documents import (
    FIRST_VERSION,
    ONLY_PUBLISHED,
    PUBLISHED,
    Document,
    fence_of,
    form_version_of,
    gate_of,
    state_of,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pymongo import collection

    from chalicelib.queue import Gates, StoredGate
    from chalicelib.recruiting.postings.publisher import PostingPublisher

PAGE = 500
# A run compares about this many postings and gates.
MOST_COMPARED = 20_000
# The clocks of two processes differ by less, and no request takes longer.
OVERLAP = timedelta(seconds=60)
# A change that is under way looks like one that died. Most take less than this.
GRACE_SECONDS = 0.5
_FIELDS = dict.fromkeys(
    (
        *("state", "version", "closes_at", "closed_at", "form"),
        *("employer_id", "application_limit"),
    ),
    True,
)


class GateReport(NamedTuple):
    """The counts of one run: compared and repaired postings."""

    compared: int
    repaired: int


class _Progress(msgspec.Struct):
    """How far the reconciler is.

    Args:
        changed_since: the changes before this time were compared; None before the first run.
        after: the postings up to this id were compared in this pass.
        is_at_gates: whether all postings were compared in this pass.
        shard, cursor: the next gates of this pass.
    """

    changed_since: datetime | None = None
    after: str = ""
    is_at_gates: bool = False
    shard: int = 0
    cursor: int = 0


class GateReconciler:
    """Reconciles the gates of all postings.

    Args:
        postings: the collection of postings.
        publisher: writes the catalogue and the gate of a posting.
        gates: the gates.
        sleep: waits for changes that are under way.
    """

    def __init__(
        self,
        postings: collection.Collection[dict[str, Any]],
        publisher: PostingPublisher,
        gates: Gates,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._postings = postings
        self._publisher = publisher
        self._gates = gates
        self._sleep = sleep

    def run(self, seconds: float = 8.0) -> GateReport:
        """Compare what was changed, and continue the pass; mend what differs.

        Args:
            seconds: after about this time the run ends, but not before the first page.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        ends = time.monotonic() + seconds
        stored = self._gates.load_progress()
        progress = msgspec.json.decode(stored, type=_Progress) if stored else _Progress()
        changed = self._find_changed(progress)
        compared, suspects = set(changed), self._differing(changed)
        for documents in self._pages(progress, compared):
            suspects |= self._differing(documents)
            # In place, because the next pages leave out what was compared.
            compared.update(documents)
            if time.monotonic() > ends or len(compared) >= MOST_COMPARED:
                break
        if progress.shard == self._gates.shards:
            progress = _Progress(progress.changed_since)
        self._gates.save_progress(msgspec.json.encode(progress))
        return GateReport(len(compared), self._mend_all(suspects))

    def _find_changed(self, progress: _Progress) -> dict[str, Any]:
        """Return a page of the postings that were changed since the last run, and note the time."""
        until = times.now() - OVERLAP
        wanted = {"changed_at": {"$gt": progress.changed_since or until}}
        found = self._postings.find(wanted, {**_FIELDS, "changed_at": True})
        changed = list(found.sort("changed_at", 1).limit(PAGE))
        # More are compared by the next run.
        progress.changed_since = changed[-1]["changed_at"] if len(changed) == PAGE else until
        return {document["_id"]: document for document in changed}

    def _pages(self, progress: _Progress, known: set[str]) -> Iterator[Mapping[str, Any]]:
        """Yield pages of documents by posting id, and note the progress.

        The published postings come first, because some may lack a gate. Then come all gates, with
        None for those without a posting, except those of the known postings.
        """
        if not progress.is_at_gates:
            wanted = {**ONLY_PUBLISHED, "_id": {"$gt": progress.after}}
            found = self._postings.find(wanted, _FIELDS).sort("_id", 1).batch_size(PAGE)
            for documents in batched(found, PAGE):
                progress.after = documents[-1]["_id"]
                yield {document["_id"]: document for document in documents}
            progress.is_at_gates = True
        while progress.shard < self._gates.shards:
            progress.cursor, gates = self._gates.scan(progress.shard, progress.cursor)
            progress.shard += progress.cursor == 0
            ids = set(gates) - known
            yield dict.fromkeys(ids) | self._find(ids)

    def _differing(self, documents: Mapping[str, Document | None]) -> set[str]:
        """Return those of these postings whose gates are not as their documents say."""
        gates = self._gates.read(sorted(documents))
        now = times.now()
        differing = {one for one in gates if not _agree(documents[one], gates[one], now)}
        return differing | self._gates.find_lacking_rules(_form_versions(documents))

    def _find(self, ids: Collection[str]) -> dict[str, Any]:
        if not ids:
            return {}
        found = self._postings.find({"_id": {"$in": sorted(ids)}}, _FIELDS)
        return {document["_id"]: document for document in found}

    def _mend_all(self, suspects: set[str]) -> int:
        if suspects:
            self._sleep(GRACE_SECONDS)
        differing = self._differing(dict.fromkeys(suspects) | self._find(suspects))
        for posting_id in sorted(differing):
            self._mend(posting_id)
        return len(differing)

    def _mend(self, posting_id: str) -> None:
        document = self._find([posting_id]).get(posting_id)
        if document is None or gate_of(document) is None:
            # Nothing may be accepted for it. A posting is stored before its gate is opened.
            closed = GateState(closed_at=times.now())
            self._gates.narrow(posting_id, closed, FIRST_VERSION)
            return
        newest = max(gate.fence for gate in self._gates.read([posting_id])[posting_id])
        if newest > fence_of(document):
            # A change announced itself and did not write the document. If it still lives, it can
            # no longer write this version, so its announcement has no effect.
            self._postings.update_one(
                _same_version(document), {"$set": {"version": -(-newest // 2)}}
            )
        self._publisher.follow(posting_id)


def _agree(document: Document | None, gates: Sequence[StoredGate], now: datetime) -> bool:
    """Return whether the gate of a posting is as its document says, in all shards."""
    state = gate_of(document) if document else None
    if document is None or state is None:
        return not any(gate.accepts_at(now) for gate in gates)
    if state_of(document) == PUBLISHED:
        wanted = state.encode(), state.version, state.encode_rate()
        return all(
            (gate.state, gate.version, gate.rate) == wanted and _is_newest(gate, document)
            for gate in gates
        )
    return all(
        gate.state is None or (_is_newest(gate, document) and not gate.accepts_at(now))
        for gate in gates
    )


def _form_versions(documents: Mapping[str, Document | None]) -> dict[str, str]:
    """Return the versions of the forms of published postings, by posting id."""
    return {
        posting_id: str(form_version_of(document))
        for posting_id, document in documents.items()
        if document and state_of(document) == PUBLISHED and form_version_of(document)
    }


def _is_newest(gate: StoredGate, document: Document) -> bool:
    # Earlier versions of the code kept no fences, and changed no published posting.
    return gate.fence == fence_of(document) or (
        gate.fence == 0 and version_of(document) == FIRST_VERSION
    )


def _same_version(document: Document) -> dict[str, Any]:
    return {"_id": document["_id"], "version": document.get("version")}
