"""ApplicantIndexer: puts waiting applications into blocks, and removes erased applications."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from chalicelib.common.observability import count
from chalicelib.recruiting.applicant_index.blocks import BLOCK_BYTES, BLOCK_SIZE, state_of
from chalicelib.recruiting.applications.contents import FILE_WORDS
from chalicelib.recruiting.postings.search_text import searchable_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.applicant_index.block_repository import BlockRepository, StoredBlock
    from chalicelib.recruiting.applicant_index.waiting_repository import WaitingRepository

    Document = dict[str, Any]

# If fewer applications for a posting wait, each request reads their documents instead.
LEAST_WAITING = 40
_ATTEMPTS = 5
# Words of files are added to a block later, so it may become larger than BLOCK_BYTES. A document of
# MongoDB has at most 16 MB.
MOST_BYTES = 12_000_000
# How many applications are read and folded at once.
_BATCH = 500
# How many waiting applications one sweep reads at least, if there are as many, to find postings.
_PAGE = 5000


class BlockConflict(RuntimeError):
    """Other processes changed the block during each attempt."""


class ApplicantIndexer:
    """Maintains the blocks. Every step can be repeated.

    An application is in one block at most, because its block is assigned before it is written. It
    waits until the block has its present state; each request reads its document until then. So a
    killed indexer leaves applications that wait, and the next one continues.
    """

    def __init__(
        self, waiting: WaitingRepository, blocks: BlockRepository, accounts: AccountRepository
    ) -> None:
        self._waiting = waiting
        self._blocks = blocks
        self._accounts = accounts
        # The next sweep of this process begins with older employers; empty for the newest one.
        self._before = ""

    def sweep(self, seconds: float) -> int:
        """Index the postings with many waiting applications, for some seconds.

        A sweep indexes at least one batch, if there is one, so that it makes progress even if it
        has read for longer than that.

        Returns:
            The number of indexed applications.

        Raises:
            BlockConflict: other processes changed a block during each attempt.
        """
        end, done, read = time.monotonic() + seconds, 0, 0
        for posting_id, number, application_ids in self._blocks.find_pending():
            self._confirm(posting_id, number, application_ids)
        # A sweep that begins behind some employers returns to them if it reaches the oldest one.
        has_wrapped = not self._before
        while read < _PAGE and (not done or time.monotonic() < end):
            page = self._waiting.find_postings(LEAST_WAITING, before=self._before, count=_PAGE)
            # Before the work, so that an employer whose postings fail does not block the others.
            self._before, read = page.before, read + page.read
            # Random, so that a posting that fails does not always block the same other postings.
            random.shuffle(page.postings)
            for employer_id, posting_id in page.postings:
                if not done or time.monotonic() < end:
                    done += self._index_posting(employer_id, posting_id, end)
            if not page.before:
                if has_wrapped:
                    break
                has_wrapped = True
        return done

    def _index_posting(self, employer_id: str, posting_id: str, end: float) -> int:
        """Index the waiting applications of a posting, one batch at least. Return how many."""
        indexed = self._index(employer_id, posting_id, "")
        done = len(indexed)
        while len(indexed) == _BATCH and time.monotonic() < end:
            # The next batch begins where the last one ended, to skip the windows before it.
            indexed = self._index(employer_id, posting_id, indexed[-1])
            done += len(indexed)
        return done

    def _index(self, employer_id: str, posting_id: str, before: str) -> list[str]:
        """Put the newest waiting applications before an id into blocks. Return their ids."""
        waiting = self._waiting.find_newest(employer_id, posting_id, before=before, count=_BATCH)
        texts = self._texts([one["_id"] for one in waiting if "block" not in one])
        self._assign(posting_id, texts)
        by_block: dict[int, list[Document]] = defaultdict(list)
        for document in self._waiting.read([one["_id"] for one in waiting]):
            if "block" in document:
                by_block[document["block"]].append(document)
        for number, documents in by_block.items():
            added = self._write(posting_id, number, documents, texts)
            self._waiting.set_indexed(documents)
            self._confirm(posting_id, number, added)
        return [one["_id"] for one in waiting]

    def erase(self, candidate_id: str, application_ids: Collection[str]) -> None:
        """Remove the words and states of applications of a candidate from all blocks.

        The applications lose their employer first, so no indexer adds them again. An indexer that
        has read them before removes them when it confirms the applications that it added.

        Raises:
            BlockConflict: other processes changed a block during each attempt.
        """
        places: dict[tuple[str, int], list[str]] = defaultdict(list)
        for place in self._waiting.withdraw_from_employers(candidate_id, application_ids):
            places[place.posting_id, place.block].append(place.application_id)
        for (posting_id, number), application_ids in places.items():
            self._change(posting_id, number, {}, {}, removed=application_ids)

    def _assign(self, posting_id: str, texts: Mapping[str, str]) -> None:
        """Assign blocks to applications: the last one, and new ones when it is full."""
        directory = self._blocks.directory(posting_id)
        number = max(directory, default=0)
        last = directory.get(number)
        size, length = (last.size, last.length) if last else (0, 0)
        assigned: dict[int, list[str]] = defaultdict(list)
        for one, text in texts.items():
            # An upper bound, because the block stores each word once.
            added = len(text.encode())
            if size and (size == BLOCK_SIZE or length + added > BLOCK_BYTES):
                number, size, length = number + 1, 0, 0
            assigned[number].append(one)
            size, length = size + 1, length + added
        for block, application_ids in assigned.items():
            self._waiting.assign(application_ids, block)

    def _write(
        self,
        posting_id: str,
        number: int,
        documents: Sequence[Document],
        texts: Mapping[str, str],
    ) -> list[str]:
        """Write the present states and words into a block. Return the ids of what was added.

        ``texts`` were read before the documents, so those of files may be missing.
        """
        states = {one["_id"]: state_of(one) for one in documents}
        amended = {one["_id"] for one in documents if "text_changed" in one}
        more = {one["_id"] for one in documents if has_new_words(one)} - amended
        # Their texts may have changed since they were read, so they are read again.
        texts = {**texts, **self._texts(amended | more)}
        return self._change(posting_id, number, states, texts, more=more, amended=amended)

    def _change(
        self,
        posting_id: str,
        number: int,
        states: Mapping[str, str],
        texts: Mapping[str, str],
        removed: Collection[str] = (),
        more: Collection[str] = (),
        amended: Collection[str] = (),
    ) -> list[str]:
        """Change a block. Return the ids of the added applications.

        Args:
            posting_id: the posting.
            number: the number of the block.
            states: states by application id.
            texts: searchable texts that the caller has read before.
            removed: the ids of the applications to remove.
            more: the ids of the applications that get more words, if the block has them already.
            amended: the ids of the applications whose words are replaced.

        Raises:
            BlockConflict: other processes changed the block during each attempt.
        """
        for _ in range(_ATTEMPTS):
            stored = self._blocks.load(posting_id, [number])[number]
            known = stored.block.states()
            if replaced := known.keys() & amended:
                stored.block.change({}, {}, replaced)
                known = stored.block.states()
            unread = [one for one in states if one not in known and one not in texts]
            texts = {**texts, **self._texts(unread)}
            added = {one: text for one, text in texts.items() if one in states and one not in known}
            extended = self._extended(stored, {one: texts[one] for one in more if one in known})
            if removed and not known.keys() & removed:
                self._blocks.repair_entry(posting_id, number, stored)
                return []
            stored.block.change(states, added | extended, removed)
            if self._blocks.save(posting_id, number, stored, list(added)):
                return list(added)
        raise BlockConflict(f"block {number} of posting {posting_id}")

    def _confirm(self, posting_id: str, number: int, application_ids: Sequence[str]) -> None:
        """Remove those of the added applications that were deleted while they were added."""
        if not application_ids:
            return
        kept = {one["_id"] for one in self._waiting.read(application_ids)}
        if gone := [one for one in application_ids if one not in kept]:
            self._change(posting_id, number, {}, {}, removed=gone)
        self._blocks.confirm(posting_id, number, application_ids)

    def _extended(self, stored: StoredBlock, texts: dict[str, str]) -> dict[str, str]:
        """Return the texts, if the block has room for their words."""
        # A word takes a few bytes more than its letters.
        if not texts or len(stored.block.encode()) + 3 * sum(map(len, texts.values())) < MOST_BYTES:
            return texts
        count("applicant_words_dropped", len(texts))
        return {}

    def _texts(self, application_ids: Collection[str]) -> dict[str, str]:
        """Return the searchable texts of applications by id."""
        if not application_ids:
            return {}
        return texts_of(self._waiting.read(application_ids, text=True), self._accounts)


def texts_of(documents: Sequence[Document], accounts: AccountRepository) -> dict[str, str]:
    """Return the words of names, cover letters and files of applications, by application id."""
    people = accounts.find_recipients({one["candidate_id"] for one in documents})
    texts = {}
    for one in documents:
        person = people.get(one["candidate_id"])
        words = searchable_text(person.name if person else "", one["cover_letter"])
        of_files = one.get(FILE_WORDS, {})
        own = [of_files.get(file["id"], "") for file in one.get("files", ())]
        # Each word once, because the files may repeat those of the cover letter.
        distinct = dict.fromkeys(f"{words}{''.join(own)}".split(" ")[1:]) if own else ()
        texts[one["_id"]] = "".join(f" {word}" for word in distinct) if own else words
    return texts


def has_new_words(document: Document) -> bool:
    """Return whether a waiting application has words of files that its block lacks."""
    return bool(document.get("words_version", 0) > document.get("indexed_words", 0))
