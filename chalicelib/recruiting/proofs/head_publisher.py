"""Publishes the heads of accepted logs.

A new head grows from the frontier of the head before it, so it costs as much as there are new
entries. Once an hour the whole log is compared with its newest head. Nothing is signed that
contradicts what was signed before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.queue.admin import Logs
from chalicelib.recruiting.applications.models import TreeHead
from chalicelib.recruiting.applications.receipt_claims import decode_head, encode_head
from chalicelib.recruiting.proofs.merkle import Frontier, leaf_hash, root_of
from chalicelib.recruiting.proofs.signed_heads import head_claims, is_claimed
from chalicelib.recruiting.proofs.tree_repository import LogName, StoredHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.receipts import ClaimsSigner
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.proofs.tree_repository import TreeRepository

# A head has the hashes of its new entries, 32 bytes each.
MOST_ENTRIES = 50_000
_PAGE = 100
# How soon a log is looked at again whose entries contradict its head.
_ALARM_INTERVAL = timedelta(minutes=10)


@dataclass(slots=True)
class HeadReport:
    """The counts of one run, and the logs that contradict their heads, each with the reason."""

    published: int
    rewritten: list[tuple[LogName, str]]


class RewrittenLogError(Exception):
    """An accepted log contradicts a head that was published; the message says how."""


class HeadPublisher:
    """Publishes heads.

    Args:
        lanes: the lanes of candidates; accept returns the newest heads.
        accepted_log: the logs.
        trees: the heads.
        signer: signs the heads.
        issuer: returns the public URL of this installation.
    """

    def __init__(
        self,
        lanes: Shards,
        accepted_log: AcceptedLogRepository,
        trees: TreeRepository,
        signer: ClaimsSigner,
        issuer: Callable[[], str],
    ) -> None:
        self._lanes = lanes
        self._accepted_log = accepted_log
        self._trees = trees
        self._signer = signer
        self._issuer = issuer

    def run(self, seconds: float = 10.0) -> HeadReport:
        """Publish the heads that are due, for at most about this long.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: some heads are published.
        """
        ends = time.monotonic() + seconds
        report = HeadReport(0, [])
        while time.monotonic() < ends and (names := self._trees.find_next(_PAGE)):
            for name in names:
                try:
                    report.published += self.publish(name)
                except RewrittenLogError as error:
                    report.rewritten.append((name, str(error)))
                    self._trees.finish(name, due=_ALARM_INTERVAL)
                if time.monotonic() > ends:
                    break
        return report

    def publish(self, name: LogName) -> bool:
        """Publish the head of a log, or confirm the newest one. Return whether it is a new one.

        Raises:
            RewrittenLogError: the log contradicts a head. Nothing was signed.
        """
        must_check = self._trees.begin(name)
        newest = self._trees.find_newest(name)
        tree = self._restore(name, newest)
        entries = self._read_after(name, newest)
        if newest and must_check:
            self._check_whole(name, newest)
        leaves = [leaf_hash(entry) for entry in entries]
        tree.extend(leaves)
        now = times.now()
        if tree.size:
            signed = self._signer.sign(
                head_claims(self._issuer(), name, tree.size, tree.root(), now)
            )
            if entries:
                head = StoredHead(
                    name, tree.size, tree.root(), now, signed, tuple(tree.roots), b"".join(leaves)
                )
                if not self._trees.add(head):
                    raise RewrittenLogError("a head of this size has another root")
            else:
                self._trees.confirm(name, tree.size, now, signed)
            self._announce(name, TreeHead(tree.size, tree.root().hex()))
        if len(entries) == MOST_ENTRIES:
            self._trees.mark_changed([name])
        self._trees.finish(name, checked=must_check)
        return bool(entries)

    def _restore(self, name: LogName, newest: StoredHead | None) -> Frontier:
        """Return the tree of the newest head, after a check of the head."""
        announced = self._read_announced(name)
        if newest is None:
            if announced:
                raise RewrittenLogError(f"the head of size {announced.size} is missing")
            return Frontier()
        if not is_claimed(newest, self._signer.read(newest.signed)):
            raise RewrittenLogError(f"the head of size {newest.size} is not the signed one")
        if announced and announced.size > newest.size:
            raise RewrittenLogError(f"the head of size {announced.size} is missing")
        if announced and announced.size == newest.size and announced.root != newest.root.hex():
            raise RewrittenLogError(f"the head of size {newest.size} was replaced")
        try:
            return newest.restore_tree()
        except ValueError as error:
            raise RewrittenLogError(str(error)) from error

    def _read_after(self, name: LogName, newest: StoredHead | None) -> list[str]:
        """Return the entries after a head, after a check of the last entry of the head."""
        size = newest.size if newest else 0
        # The last entry of the head is read too.
        start = max(size - 1, 0)
        entries = self._accepted_log.read_from(*name, start, size - start + MOST_ENTRIES)
        if newest is None:
            return entries
        if not entries:
            raise RewrittenLogError(f"the log has fewer entries than its head, {size}")
        if leaf_hash(entries[0]) != newest.leaf_hashes()[-1]:
            raise RewrittenLogError(f"entry {size} has changed")
        return entries[1:]

    def _check_whole(self, name: LogName, newest: StoredHead) -> None:
        entries = self._accepted_log.read_from(*name, 0, newest.size)
        if len(entries) < newest.size or root_of(map(leaf_hash, entries)) != newest.root:
            raise RewrittenLogError(f"the first {newest.size} entries have changed")

    def _read_announced(self, name: LogName) -> TreeHead | None:
        return decode_head(Logs(self._lanes[int(name.log)]).read_head(name.posting_id))

    def _announce(self, name: LogName, head: TreeHead) -> None:
        Logs(self._lanes[int(name.log)]).publish_head(name.posting_id, encode_head(head))
