"""Keeps the catalogue and the gates of the queue in accordance with the documents of postings.

The document is the truth. A change that makes a posting accept less announces itself at the gate
before it is written (``narrow``). Each change ends by ``follow``, which writes the catalogue and
then the gate. So a gate whose fence is not that of the document shows that a change did not end,
and the gate reconciler repeats ``follow``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue import GateState
from chalicelib.recruiting.postings.documents import (
    PUBLISHED,
    Document,
    fence_of,
    gate_of,
    state_of,
    version_of,
)
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pymongo.collection import Collection

    from chalicelib.queue import Gates
    from chalicelib.recruiting.forms.repository import FormRepository
    from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository

# Of rules that no application needs any more. A request with them may still be under way.
FORMER_RULES_SECONDS = 24 * 60 * 60


class PostingPublisher:
    """Writes the catalogue and the gates of postings.

    Args:
        postings: the collection of postings.
        catalogue: the catalogue that the public pages read.
        gates: the gates of the lanes of candidates.
        forms: the forms of postings.
        restore_log: restores the offset of the accepted log of a posting, if Redis forgot it.
    """

    def __init__(
        self,
        postings: Collection[dict[str, Any]],
        catalogue: CatalogueRepository,
        gates: Gates,
        forms: FormRepository,
        restore_log: Callable[[str], None] = lambda posting_id: None,
    ) -> None:
        self._postings = postings
        self._catalogue = catalogue
        self._gates = gates
        self._forms = forms
        self._restore_log = restore_log

    def require_queue(self, posting_id: str) -> None:
        """Check that the queue answers, so that no change begins that cannot be completed.

        Raises:
            redis.exceptions.RedisError: it does not.
        """
        self._gates.read([posting_id])

    def narrow(self, document: Document, state: GateState) -> None:
        """Let the gate of a posting accept less, before the document says so.

        Args:
            document: the present document. Only the next version of it may accept more again.
            state: the future state of the gate.

        Raises:
            redis.exceptions.RedisError: the gate may or may not be changed.
        """
        self._gates.narrow(document["_id"], state, fence_of(document) + 1)

    def follow(self, posting_id: str) -> None:
        """Write the catalogue and the gate of a posting as its document says.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: not all of that was done; call
                it again.
        """
        document = self._postings.find_one({"_id": posting_id})
        while document is not None:
            self._list(document)
            # Another process may have changed the posting, and written the catalogue before this
            # one did.
            written = version_of(document)
            document = self._postings.find_one({"_id": posting_id})
            if document is not None and version_of(document) == written:
                self._write_gate(document, fence_of(document))
                return

    def follow_rates(self, documents: Mapping[str, Document]) -> None:
        """Write the gates of postings whose rates are not those of their documents.

        The rate changes without the version of the posting. If a document has changed meanwhile,
        the fence of its gate refuses this write, or the reconciler of gates repeats the other one.

        Raises:
            redis.exceptions.RedisError: not all of that was done; call it again.
        """
        for posting_id, stored in self._gates.read(sorted(documents)).items():
            gate = gate_of(documents[posting_id])
            if gate and any(one.rate != gate.encode_rate() for one in stored):
                self._gates.follow(posting_id, gate, fence_of(documents[posting_id]))

    def open_gate(self, posting_id: str) -> None:
        """Write the gate of a posting that has none, for example after Redis lost its memory.

        The gate may also lack because a publication did not end, and did not list the posting. So
        its fence is not that of the document, and the reconciler repeats ``follow``.

        Raises:
            PostingNotFound: no posting has this id, or it was never published.
        """
        document = self._postings.find_one({"_id": posting_id})
        if document is None or gate_of(document) is None:
            raise PostingNotFound
        self._write_gate(document, fence_of(document) - 1)

    def expire_rules(self, posting_id: str, form_version: int) -> None:
        """Let the queue forget a former version of the form of a posting after a day."""
        self._gates.expire_rules(posting_id, str(form_version), FORMER_RULES_SECONDS)

    def _list(self, document: Document) -> None:
        state = state_of(document)
        if state == PUBLISHED:
            self._catalogue.put(document["_id"], document)
        elif gate_of(document) is not None:
            self._catalogue.remove(document["_id"])

    def _write_gate(self, document: Document, fence: int) -> None:
        gate = gate_of(document)
        if gate is None:
            return
        if gate.version:
            # Before the gate: who learns of a version there finds its questions.
            self._keep_rules(document["_id"], gate)
        # Before the gate opens, because receipts have the numbers of entries.
        self._restore_log(document["_id"])
        self._gates.follow(document["_id"], gate, fence)

    def _keep_rules(self, posting_id: str, gate: GateState) -> None:
        form = self._forms.find(posting_id, int(gate.version))
        if form is not None:
            seconds = FORMER_RULES_SECONDS if gate.closed_at else None
            rules = msgspec.json.encode(form.to_rules())
            self._gates.keep_rules(posting_id, gate.version, rules, seconds)
