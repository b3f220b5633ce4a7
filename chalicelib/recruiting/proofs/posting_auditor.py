"""Audits a posting: the accepted logs against their heads, the applications against the logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.recruiting.applications.content_hashes import hash_document
from chalicelib.recruiting.equation.accepted_log import EARLIER
from chalicelib.recruiting.proofs.log_audit import audit_log
from chalicelib.recruiting.proofs.merkle import leaf_hash, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.equation.checker import EquationChecker
    from chalicelib.recruiting.equation.stored_applications import StoredApplications
    from chalicelib.recruiting.proofs.tree_repository import StoredHead, TreeRepository

    ReadClaims = Callable[[str], Mapping[str, Any] | None]


@dataclass(slots=True)
class PostingAudit:
    """What was found about a posting.

    Args:
        accepted: how many applications the logs have.
        heads: how many published heads were compared.
        receipts: how many receipts were compared.
        findings: what is wrong, in sentences. Nothing is wrong if there are none.
        names: the ids of the applications that the findings name.
    """

    accepted: int = 0
    heads: int = 0
    receipts: int = 0
    findings: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class PostingAuditor:
    """Audits postings.

    Args:
        accepted_log: the logs.
        trees: their published heads.
        checker: compares the logs with the applications.
        stored: the stored applications.
        applications: their documents.
        removed: the applications that were erased or discarded.
        read_head, read_receipt: return the claims of signed texts; None if a signature is wrong.
    """

    def __init__(
        self,
        accepted_log: AcceptedLogRepository,
        trees: TreeRepository,
        checker: EquationChecker,
        stored: StoredApplications,
        applications: ApplicationRepository,
        removed: RemovedApplicationRepository,
        read_head: ReadClaims,
        read_receipt: ReadClaims,
    ) -> None:
        self._accepted_log = accepted_log
        self._trees = trees
        self._checker = checker
        self._stored = stored
        self._applications = applications
        self._removed = removed
        self._read_head = read_head
        self._read_receipt = read_receipt

    def audit(self, posting_id: str, receipts: Sequence[str] = ()) -> PostingAudit:
        """Audit a posting.

        Args:
            posting_id: the posting.
            receipts: receipts of applications for it, if there are any.

        Raises:
            RuntimeError: the logs have not begun.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        audit = PostingAudit()
        self._compare_applications(audit, posting_id)
        logs: dict[str, list[str]] = {}
        for log, ids in self._accepted_log.read(posting_id):
            logs.setdefault(log, []).extend(ids)
        heads: dict[str, list[StoredHead]] = {}
        for head in self._trees.find_all(posting_id):
            heads.setdefault(head.name.log, []).append(head)
        claims = [self._read_receipt(receipt) for receipt in receipts]
        known = {
            *self._stored.find_of_posting(posting_id),
            *self._removed.find_of_posting(posting_id),
            *(one["jti"] for one in claims if one),
            *(one for ids in logs.values() for one in ids),
        }
        audit.accepted = sum(map(len, logs.values()))
        for log in sorted((logs.keys() | heads.keys()) - {EARLIER}):
            of_log = audit_log(logs.get(log, []), heads.get(log, []), self._read_head, known)
            audit.heads += of_log.heads
            audit.names |= of_log.names
            audit.findings += [f"Log {log}: {one}" for one in of_log.findings]
        for number, one in enumerate(claims, 1):
            audit.receipts += 1
            wrong = self._compare_receipt(posting_id, one, logs)
            if wrong:
                audit.findings.append(f"Receipt {number}: {wrong}")
                if one:
                    audit.names.add(one["jti"])
        return audit

    def _compare_applications(self, audit: PostingAudit, posting_id: str) -> None:
        equation = self._checker.check(posting_id)
        audit.names |= {*equation.missing_ids, *equation.unexpected_ids}
        audit.findings += [
            f"Application {one} was accepted, but its document is gone."
            for one in equation.missing_ids
        ]
        audit.findings += [
            f"Application {one} is stored, but the log does not have it."
            for one in equation.unexpected_ids
        ]
        for word, count, ids in (
            ("gone", equation.missing, equation.missing_ids),
            ("not in the log", equation.unexpected, equation.unexpected_ids),
        ):
            if count > len(ids):
                audit.findings.append(f"{count - len(ids)} more applications are {word}.")

    def _compare_receipt(
        self, posting_id: str, claims: Mapping[str, Any] | None, logs: Mapping[str, Sequence[str]]
    ) -> str:
        """Return what contradicts a receipt, in a sentence; empty if nothing does."""
        if claims is None:
            return "none of the keys signed it; an interim receipt must be exchanged first."
        application_id = claims["jti"]
        if claims["posting"] != posting_id:
            return f"it is for another posting, {claims['posting']}."
        entries = logs.get(claims.get("log", ""), ())
        number = claims.get("sequence", 0)
        if number and list(entries[number - 1 : number]) != [application_id]:
            return f"entry {number} of the log is not its application, {application_id}."
        head = claims.get("head")
        if head and root_of(map(leaf_hash, entries[: head["size"]])).hex() != head["root"]:
            return f"the log contradicts its tree head of size {head['size']}."
        document = self._applications.find(claims["sub"], application_id)
        if document is None or document.get("revision", 1) != claims.get("revision"):
            return ""
        found = hash_document(document)
        if found:
            for name, expected in claims["hashes"].items():
                if getattr(found, name) != expected:
                    return f"the stored {name} of application {application_id} was changed."
        return ""
