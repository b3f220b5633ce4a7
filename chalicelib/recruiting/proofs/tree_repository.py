"""Tree repository (MongoDB): the published heads of accepted logs, and which logs have changed.

A head has the root of the Merkle tree of the first ``size`` entries of a log. Its document also has
what the next head needs: the frontier of the tree. And it has the hashes of the entries since the
head before it, so that a changed entry of the log can be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bson import Binary

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.proofs.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Iterator
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database

HASH_BYTES = 32
_INTERVAL = timedelta(hours=1)


class LogName(NamedTuple):
    """The accepted log of a posting in one shard.

    Args:
        posting_id: the posting.
        log: the number of the shard as text.
    """

    posting_id: str
    log: str

    @property
    def prefix(self) -> str:
        """The beginning of the ids of its heads."""
        return f"{self.posting_id}:{self.log}:"


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A published head.

    Args:
        name: the log.
        size: the number of entries.
        root: the root of their tree.
        at: when it was signed last.
        signed: the head as a signed text.
        frontier: the roots of the complete subtrees of the tree.
        leaves: the hashes of the entries since the head before it.
    """

    name: LogName
    size: int
    root: bytes
    at: datetime
    signed: str
    frontier: tuple[bytes, ...]
    leaves: bytes

    def restore_tree(self) -> Frontier:
        """Return the tree of the head.

        Raises:
            ValueError: the stored frontier does not lead to the stored root.
        """
        tree = Frontier(self.size, self.frontier)
        if tree.root() != self.root:
            raise ValueError("the frontier of the head does not have its root")
        return tree

    def leaf_hashes(self) -> list[bytes]:
        """Return the hashes of the entries since the head before it."""
        starts = range(0, len(self.leaves), HASH_BYTES)
        return [self.leaves[start : start + HASH_BYTES] for start in starts]


class TreeRepository:
    """Reads and writes heads, and the schedule of logs."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._heads: Collection[dict[str, Any]] = database["tree_heads"]
        self._schedule: Collection[dict[str, Any]] = database["tree_schedule"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._schedule.create_index([("changed", 1), ("due_at", 1)], name="next_head")

    def mark_changed(self, logs: Many[LogName]) -> None:
        """Note that logs have new entries, after these were stored."""
        if not logs:
            return
        ids = [f"{one.posting_id}:{one.log}" for one in sorted(set(logs))]
        new = {"changed": True, "due_at": times.now()}
        if insert_missing(self._schedule, [{"_id": one, **new} for one in ids]):
            self._schedule.update_many({"_id": {"$in": ids}}, {"$set": new})

    def schedule_all(self, logs: Many[LogName]) -> None:
        """Schedule logs that have no schedule, because they are of earlier versions."""
        new = {"changed": True, "due_at": times.now()}
        insert_missing(
            self._schedule, [{"_id": f"{one.posting_id}:{one.log}", **new} for one in logs]
        )

    def find_next(self, count: int) -> list[LogName]:
        """Return the logs whose heads are due, at most ``count``: those with new entries first."""
        now = times.now()
        found: list[LogName] = []
        for changed in (True, False):
            if len(found) < count:
                query = {"changed": changed, "due_at": {"$lte": now}}
                page = self._schedule.find(query).sort("due_at", 1).limit(count - len(found))
                found += [LogName(*one["_id"].split(":")) for one in page]
        return found

    def begin(self, name: LogName) -> bool:
        """Note that a head is being published. Return whether the whole log is due to be checked.

        Entries from now on are for the next head. If the process dies, the log stays due.
        """
        query, now = {"_id": f"{name.posting_id}:{name.log}"}, times.now()
        self._schedule.update_one(query, {"$set": {"changed": False, "due_at": now}})
        found = self._schedule.find_one(query) or {}
        return bool(found.get("check_at", now) <= now)

    def finish(self, name: LogName, *, due: timedelta = _INTERVAL, checked: bool = False) -> None:
        """Note that a head was published, or confirmed.

        Args:
            name: the log.
            due: when it is due again, unless it has new entries.
            checked: whether the whole log was checked.
        """
        now = times.now()
        new = {"due_at": now + due, **({"check_at": now + _INTERVAL} if checked else {})}
        # New entries since ``begin`` stay due.
        query = {"_id": f"{name.posting_id}:{name.log}", "changed": False}
        self._schedule.update_one(query, {"$set": new})

    def add(self, head: StoredHead) -> bool:
        """Store a head. Return False if there is one with another root at this size."""
        document = {
            "_id": f"{head.name.prefix}{head.size:012}",
            "size": head.size,
            "root": Binary(head.root),
            "at": head.at,
            "signed": head.signed,
            "frontier": [Binary(root) for root in head.frontier],
            "leaves": Binary(head.leaves),
        }
        if not insert_missing(self._heads, [document]):
            return True
        found = self._heads.find_one({"_id": document["_id"]}) or {}
        return bytes(found["root"]) == head.root

    def confirm(self, name: LogName, size: int, at: datetime, signed: str) -> None:
        """Replace the signature of a head by a newer one."""
        query = {"_id": f"{name.prefix}{size:012}"}
        self._heads.update_one(query, {"$set": {"at": at, "signed": signed}})

    def find_newest(self, name: LogName) -> StoredHead | None:
        """Return the newest head of a log, or None."""
        return next(self.find(name, count=1), None)

    def find(self, name: LogName, *, before: int = 0, count: int) -> Iterator[StoredHead]:
        """Yield heads of a log, the largest first.

        Args:
            name: the log.
            before: return only smaller heads; 0 for no bound.
            count: the maximum of heads.
        """
        end = f"{name.prefix}{before:012}" if before else f"{name.prefix[:-1]};"
        query = {"_id": {"$gte": name.prefix, "$lt": end}}
        for document in self._heads.find(query).sort("_id", -1).limit(count):
            yield _head(document)

    def find_at(self, name: LogName, sizes: Many[int]) -> dict[int, bytes]:
        """Return the roots of those of these sizes that were published."""
        ids = [f"{name.prefix}{size:012}" for size in sizes]
        found = self._heads.find({"_id": {"$in": ids}}, {"size": 1, "root": 1})
        return {one["size"]: bytes(one["root"]) for one in found}

    def find_all(self, posting_id: str) -> Iterator[StoredHead]:
        """Yield all heads of a posting: by log, the smallest first."""
        query = {"_id": {"$gte": f"{posting_id}:", "$lt": f"{posting_id};"}}
        for document in self._heads.find(query).sort("_id", 1):
            yield _head(document)


def _head(document: dict[str, Any]) -> StoredHead:
    posting_id, log, _ = document["_id"].split(":")
    return StoredHead(
        LogName(posting_id, log),
        document["size"],
        bytes(document["root"]),
        document["at"],
        document["signed"],
        tuple(bytes(root) for root in document["frontier"]),
        bytes(document["leaves"]),
    )
