"""Block repository (MongoDB): the blocks of postings, and a directory of them for each posting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.applicant_index.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database


class StoredBlock(NamedTuple):
    """A block as it was read.

    Args:
        block: the block, which may be changed.
        version: its version; 0 for a new one.
        pending: added applications that may have been deleted meanwhile; see ``confirm``.
    """

    block: Block
    version: int
    pending: list[str]


class BlockEntry(msgspec.Struct, frozen=True):
    """An entry of the directory: a summary of a block.

    ``length`` is its size in bytes; ``first`` and ``last`` are the least and the greatest id of its
    applications; ``counts`` are the numbers of applications by state.
    """

    version: int
    size: int
    length: int
    first: str
    last: str
    counts: dict[str, int]


Directory = dict[int, BlockEntry]

_PENDING = {"is_pending": True}


class BlockRepository:
    """Reads and writes blocks.

    A block is replaced only in the version that was read. The directory is written after the block.
    So it may describe an earlier version, until the block is written again if the process died.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._blocks: Collection[dict[str, Any]] = database["applicant_blocks"]
        self._directories: Collection[dict[str, Any]] = database["applicant_directories"]

    def create_indexes(self) -> None:
        """Create the index, and mark the blocks of earlier versions. It can be repeated."""
        self._blocks.create_index(
            [("is_pending", 1)], partialFilterExpression=_PENDING, name="with_pending_additions"
        )
        unmarked = {"pending.0": {"$exists": True}, "is_pending": None}
        self._blocks.update_many(unmarked, {"$set": _PENDING})

    def directory(self, posting_id: str) -> Directory:
        """Return the directory of a posting."""
        found = self._directories.find_one({"_id": posting_id}) or {}
        return {
            int(number): msgspec.convert(entry, BlockEntry)
            for number, entry in found.get("blocks", {}).items()
        }

    def load(self, posting_id: str, numbers: Iterable[int]) -> dict[int, StoredBlock]:
        """Return blocks of a posting by number. A block that is not stored is empty."""
        wanted = {_block_id(posting_id, number): number for number in numbers}
        blocks = {number: StoredBlock(Block(), 0, []) for number in wanted.values()}
        for one in self._blocks.find({"_id": {"$in": sorted(wanted)}}):
            stored = StoredBlock(Block(one["content"]), one["version"], one["pending"])
            blocks[wanted[one["_id"]]] = stored
        return blocks

    def save(
        self, posting_id: str, number: int, changed: StoredBlock, added: Sequence[str] = ()
    ) -> bool:
        """Replace a block in the version that was read, and write it into the directory.

        Args:
            posting_id: the posting.
            number: the number of the block.
            changed: the changed block.
            added: the ids of the added applications.

        Returns:
            Whether it was replaced. Otherwise another process has done so.
        """
        block_id, version = _block_id(posting_id, number), changed.version + 1
        content = changed.block.encode()
        pending = [*changed.pending, *added]
        document = {
            "_id": block_id,
            "posting_id": posting_id,
            "number": number,
            "version": version,
            "content": content,
            "pending": pending,
            **(_PENDING if pending else {}),
        }
        if changed.version == 0:
            # First: a process that dies between them leaves no block without a directory.
            insert_missing(self._directories, [{"_id": posting_id, "blocks": {}}])
            if insert_missing(self._blocks, [document]):
                return False
        else:
            seen = {"_id": block_id, "version": changed.version}
            if not self._blocks.replace_one(seen, document).matched_count:
                return False
        self._enter(posting_id, number, version, changed.block, len(content))
        return True

    def repair_entry(self, posting_id: str, number: int, stored: StoredBlock) -> None:
        """Write a block into the directory again: a process may have died before it did so."""
        if stored.version:
            length = len(stored.block.encode())
            self._enter(posting_id, number, stored.version, stored.block, length)

    def _enter(self, posting_id: str, number: int, version: int, block: Block, length: int) -> None:
        """Write a block into the directory, unless a later version is there."""
        ids = block.ids()
        entry = BlockEntry(
            version,
            len(ids),
            length,
            min(ids, default=""),
            max(ids, default=""),
            block.counts(),
        )
        field = f"blocks.{number}"
        self._directories.update_one(
            {"_id": posting_id, f"{field}.version": {"$not": {"$gte": version}}},
            {"$set": {field: msgspec.to_builtins(entry)}},
        )

    def confirm(self, posting_id: str, number: int, application_ids: Sequence[str]) -> None:
        """Record that it was checked whether added applications were deleted meanwhile."""
        block, ids = {"_id": _block_id(posting_id, number)}, list(application_ids)
        nothing = {"$set": {"pending": []}, "$unset": {"is_pending": ""}}
        # Usually these are all, and one write of a large document suffices.
        if self._blocks.update_one({**block, "pending": ids}, nothing).matched_count:
            return
        self._blocks.update_one(block, {"$pull": {"pending": {"$in": ids}}})
        self._blocks.update_one({**block, "pending": {"$size": 0}}, nothing)

    def find_pending(self) -> list[tuple[str, int, list[str]]]:
        """Return the postings, block numbers and applications that are not confirmed yet."""
        found = self._blocks.find(_PENDING, {"posting_id": 1, "number": 1, "pending": 1})
        return [(one["posting_id"], one["number"], one["pending"]) for one in found]


def _block_id(posting_id: str, number: int) -> str:
    return f"{posting_id}:{number}"
