"""ApplicantIndex: finds and counts applications in blocks and among those that still wait."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.applicant_index.blocks import is_listed, state_of
from chalicelib.recruiting.applicant_index.indexer import texts_of
from chalicelib.recruiting.postings.search_text import contains_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.applicant_index.block_repository import BlockRepository, Directory
    from chalicelib.recruiting.applicant_index.waiting_repository import WaitingRepository

# The most that one search reads. Its page may then be short, and still has ``before``.
MAX_WAITING = 200
MAX_BLOCKS = 60
_ATTEMPTS = 3


class SearchQuery(NamedTuple):
    """What to search for in the applications for a posting.

    Args:
        employer_id: the employer.
        posting_id: the posting.
        terms: the terms of ``search_terms``.
        stage: find only applications in this stage; None for all.
        withdrawn: find the withdrawn applications instead of the others.
        before: find only applications with smaller ids; empty for no bound.
        most: find at most this many.
    """

    employer_id: str
    posting_id: str
    terms: Sequence[str]
    stage: str | None
    withdrawn: bool
    before: str
    most: int


class Matches(NamedTuple):
    """The ids of found applications, newest first, and ``before`` for the next search, or None."""

    ids: list[str]
    before: str | None


class ApplicantIndex:
    """Reads blocks, and the documents of waiting applications."""

    def __init__(
        self, waiting: WaitingRepository, blocks: BlockRepository, accounts: AccountRepository
    ) -> None:
        self._waiting = waiting
        self._blocks = blocks
        self._accounts = accounts

    def search(self, query: SearchQuery) -> Matches:
        """Return the newest applications whose names and cover letters have all terms.

        An application may have left its stage or be deleted when the caller reads it.
        """
        found, amended, floor = self._search_waiting(query)
        directory = self._blocks.directory(query.posting_id)
        numbers = sorted(
            (
                number
                for number, entry in directory.items()
                if (not query.before or entry.first < query.before)
                and any(_is_listed(query, state) for state in entry.counts)
            ),
            key=lambda number: directory[number].last,
            reverse=True,
        )
        for position, number in enumerate(numbers):
            last = directory[number].last
            if last < floor or sum(one > last for one in found) > query.most:
                break
            if position == MAX_BLOCKS:
                floor = max(floor, _following(last))
                break
            block = self._blocks.load(query.posting_id, [number])[number].block
            matches = block.find(query.terms, partial(_is_listed, query))
            # The block may have earlier words of amended applications.
            found |= {
                one
                for one in matches
                if one not in amended and (not query.before or one < query.before)
            }
        ids = sorted((one for one in found if one >= floor), reverse=True)
        if len(ids) > query.most:
            return Matches(ids[: query.most], ids[query.most - 1])
        return Matches(ids, floor or None)

    def edges(self, posting_id: str) -> list[str]:
        """Return the least id of each block, as the ``edges`` of ``find_newest``."""
        return [entry.first for entry in self._blocks.directory(posting_id).values() if entry.first]

    def count(self, employer_id: str, posting_id: str) -> dict[str, int]:
        """Return the numbers of applications for a posting by state (``state_of``).

        They are exact: a waiting application is counted in its present state, not in the state that
        its block has.
        """
        for _ in range(_ATTEMPTS):
            directory = self._blocks.directory(posting_id)
            waiting = self._waiting.find_all(employer_id, posting_id)
            counts = self._count(posting_id, directory, waiting)
            # An indexer may have moved applications into blocks between the reads.
            if self._blocks.directory(posting_id) == directory:
                break
        return dict(+counts)

    def _count(
        self, posting_id: str, directory: Directory, waiting: Sequence[dict[str, Any]]
    ) -> Counter[str]:
        counts = Counter(map(state_of, waiting))
        stored = self._blocks.load(posting_id, {one["block"] for one in waiting if "block" in one})
        for number, entry in directory.items():
            if number not in stored:
                counts.update(entry.counts)
        ids = {one["_id"] for one in waiting}
        for block, _, _ in stored.values():
            counts.update(state for one, state in block.states().items() if one not in ids)
        return counts

    def _search_waiting(self, query: SearchQuery) -> tuple[set[str], set[str], str]:
        """Return matches among waiting applications, amended ones, and the least id searched."""
        waiting = self._waiting.find_newest(
            query.employer_id, query.posting_id, before=query.before, count=MAX_WAITING, text=True
        )
        listed = [one for one in waiting if _is_listed(query, state_of(one))]
        texts = texts_of(listed, self._accounts)
        found = {one for one, text in texts.items() if contains_terms(text, query.terms)}
        amended = {one["_id"] for one in waiting if "text_changed" in one}
        return found, amended, waiting[-1]["_id"] if len(waiting) == MAX_WAITING else ""


def _is_listed(query: SearchQuery, state: str) -> bool:
    return is_listed(state, stage=query.stage, withdrawn=query.withdrawn)


def _following(application_id: str) -> str:
    """Return the next greater id."""
    digits = f"{int(application_id.replace('-', ''), 16) + 1:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
