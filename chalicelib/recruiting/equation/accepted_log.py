"""Accepted log repository (MongoDB): the ids of all applications accepted for a posting.

A posting has one log for each shard of the queue, in the order in which the shard accepted. The
chunks of a log have up to 500 ids each, and are numbered from 0. No id ever changes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from chalicelib.common.mongo import is_duplicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database

CHUNK = 500
# The log of applications that were stored before the logs began. It belongs to no shard.
EARLIER = "earlier"
_BEGINNING = "beginning"


class LogPlace(NamedTuple):
    """A place in the log of a posting.

    Args:
        posting_id: the posting.
        shard: the number of the shard as text, or ``EARLIER``.
        offset: how many entries are before this place.
    """

    posting_id: str
    shard: str
    offset: int

    @property
    def chunk_id(self) -> str:
        """The id of the chunk with this place. The ids of a log have the order of its chunks."""
        return f"{self.posting_id}:{self.shard}:{self.offset // CHUNK:08}"


class AcceptedLogRepository:
    """Reads the logs and appends to them."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._chunks: Collection[dict[str, Any]] = database["accepted_log"]

    def begin(self, at: datetime) -> None:
        """Note when the logs began, unless that is noted already."""
        update = {"$setOnInsert": {"at": at}}
        self._chunks.update_one({"_id": _BEGINNING}, update, upsert=True)

    def find_beginning(self) -> datetime | None:
        """Return when the logs began. Applications accepted before that may be in none."""
        found = self._chunks.find_one({"_id": _BEGINNING})
        return found["at"] if found else None

    def append(self, entries: Mapping[LogPlace, Sequence[str]]) -> dict[LogPlace, int]:
        """Append ids to logs, each log's in one write that can be repeated.

        Args:
            entries: ids by the place of the first one. Each log may occur once.

        Returns:
            How many of the first ids are in the log at their places now. It may be fewer than all,
            because a write ends with its chunk, or 0, because the log ends at another place.

        Raises:
            pymongo.errors.PyMongoError: some ids may have been appended.
        """
        if not entries:
            return {}
        fitting = {place: ids[: CHUNK - place.offset % CHUNK] for place, ids in entries.items()}
        writes: list[InsertOne[dict[str, Any]] | UpdateOne] = []
        for place, ids in fitting.items():
            at = place.offset % CHUNK
            new = {"count": at + len(ids), "last": ids[-1]}
            if at:
                update = {"$push": {"ids": {"$each": list(ids)}}, "$set": new}
                writes.append(UpdateOne({"_id": place.chunk_id, "count": at}, update))
            else:
                writes.append(InsertOne({"_id": place.chunk_id, "ids": list(ids), **new}))
        try:
            self._chunks.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            if not is_duplicate(error):
                raise
        chunk_ids = [place.chunk_id for place in fitting]
        found = self._chunks.find({"_id": {"$in": chunk_ids}}, {"count": 1, "last": 1})
        ends = {chunk["_id"]: (chunk["count"], chunk["last"]) for chunk in found}
        return {
            place: len(ids)
            if ends.get(place.chunk_id) == (place.offset % CHUNK + len(ids), ids[-1])
            else 0
            for place, ids in fitting.items()
        }

    def append_earlier(self, posting_id: str, ids: Sequence[str]) -> None:
        """Append ids to the log of earlier applications, unless another process does so."""
        offset, _ = self.find_end(posting_id, EARLIER) if ids else (0, [])
        rest = list(ids)
        while rest:
            place = LogPlace(posting_id, EARLIER, offset)
            appended = self.append({place: rest})[place]
            if not appended:
                return
            offset += appended
            rest = rest[appended:]

    def find_end(self, posting_id: str, shard: str) -> tuple[int, list[str]]:
        """Return the length of a log, and its newest ids: at least 500, if it has as many."""
        query = _range(f"{posting_id}:{shard}:")
        newest = list(self._chunks.find(query).sort("_id", -1).limit(2))
        if not newest:
            return 0, []
        number = int(newest[0]["_id"].rpartition(":")[2])
        ids = [one for chunk in reversed(newest) for one in chunk["ids"]]
        return number * CHUNK + newest[0]["count"], ids

    def count(self, posting_id: str) -> tuple[int, int]:
        """Return how many ids the logs of a posting have: all, and those of ``EARLIER``."""
        found = self._chunks.find(_range(f"{posting_id}:"), {"count": 1})
        counts = [(chunk["count"], chunk["_id"].split(":")[1]) for chunk in found]
        return (
            sum(count for count, _ in counts),
            sum(count for count, shard in counts if shard == EARLIER),
        )

    def read_from(self, posting_id: str, shard: str, offset: int, count: int) -> list[str]:
        """Return up to ``count`` ids of a log, after the first ``offset``."""
        if count < 1:
            return []
        place = LogPlace(posting_id, shard, offset)
        last = LogPlace(posting_id, shard, offset + count - 1)
        query = {"_id": {"$gte": place.chunk_id, "$lte": last.chunk_id}}
        ids = [
            one
            for chunk in self._chunks.find(query, {"ids": 1}).sort("_id", 1)
            for one in chunk["ids"]
        ]
        skipped = offset % CHUNK
        return ids[skipped : skipped + count]

    def find_number(self, posting_id: str, shard: str, application_id: str) -> int:
        """Return the number of an id in a log, from 1; 0 if the log does not have it."""
        query = {**_range(f"{posting_id}:{shard}:"), "ids": application_id}
        chunk = self._chunks.find_one(query, {"ids": 1})
        if chunk is None:
            return 0
        number = int(chunk["_id"].rpartition(":")[2])
        place: int = chunk["ids"].index(application_id)
        return number * CHUNK + place + 1

    def count_in(self, posting_id: str, shard: str) -> int:
        """Return how many ids a log has."""
        query = _range(f"{posting_id}:{shard}:")
        newest = next(self._chunks.find(query, {"count": 1}).sort("_id", -1).limit(1), None)
        if newest is None:
            return 0
        number = int(newest["_id"].rpartition(":")[2])
        count: int = newest["count"]
        return number * CHUNK + count

    def find_logs(self) -> set[tuple[str, str]]:
        """Return all logs with entries, each as posting and shard, except those of ``EARLIER``."""
        found = (one["_id"].split(":") for one in self._chunks.find({}, {"_id": 1}))
        return {(one[0], one[1]) for one in found if len(one) == 3 and one[1] != EARLIER}

    def read(self, posting_id: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the chunks of the logs of a posting, in order: the shard, and the ids."""
        for chunk in self._chunks.find(_range(f"{posting_id}:")).sort("_id", 1):
            yield chunk["_id"].split(":")[1], chunk["ids"]


def _range(prefix: str) -> dict[str, Any]:
    # ";" follows ":", with which each prefix ends.
    return {"_id": {"$gte": prefix, "$lt": f"{prefix[:-1]};"}}
