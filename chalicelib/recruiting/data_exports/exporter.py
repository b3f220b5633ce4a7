"""AccountExporter: writes everything that we store about an account into a ZIP file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.auth.accounts.repository import to_account
from chalicelib.recruiting.applications.errors import ApplicationNotFound, RevisionNotFound
from chalicelib.recruiting.data_exports.resume import resume_of
from chalicelib.recruiting.data_exports.texts import README
from chalicelib.recruiting.files.names import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.data_exports.applications import (
        ApplicationExporter,
        ExportedApplication,
    )
    from chalicelib.recruiting.data_exports.archive import Archive
    from chalicelib.recruiting.data_exports.files import ExportFiles
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.profiles.service import ProfileService
    from chalicelib.recruiting.proofs.proof_service import ProofService

_EVENT_FIELDS = ("event", "at", "session_id", "role", "how")
# The subjects of the e-mails, as their templates have them.
_SUBJECTS = {
    "confirmation": "We have your application: {title} at {employer}",
    "stage": "Your application: {title} at {employer}",
    "rejection": "Your application: {title} at {employer}",
}


class _ApplicationSummary(msgspec.Struct, frozen=True):
    """What receipts and messages need to know of an application."""

    id: str
    title: str
    employer: str
    revisions: int
    mail_ids: dict[str, str]


class AccountExporter:
    """Writes exports.

    Args:
        applications: reads the applications.
        profiles: the profiles of candidates.
        sessions: the sessions of accounts.
        memberships: the members of employers.
        audit_log: the changes of accounts.
        ledger: which e-mails were sent.
        proofs: signs the receipts.
        public_keys: returns the keys that check receipts.
        files: the files of candidates.
        public_url: where the web client is.
    """

    def __init__(
        self,
        applications: ApplicationExporter,
        profiles: ProfileService,
        sessions: SessionRepository,
        memberships: MembershipRepository,
        audit_log: AuditLog,
        ledger: MailLedger,
        proofs: ProofService,
        public_keys: Callable[[], dict[str, Any]],
        files: ExportFiles,
        public_url: str,
    ) -> None:
        self._applications = applications
        self._profiles = profiles
        self._sessions = sessions
        self._memberships = memberships
        self._audit_log = audit_log
        self._ledger = ledger
        self._proofs = proofs
        self._public_keys = public_keys
        self._files = files
        self._public_url = public_url.rstrip("/") + "/"

    def write(
        self, account: AccountDocument, archive: Archive, made_at: datetime, expires_at: datetime
    ) -> None:
        """Write all files of an export.

        Raises:
            FilesUnavailable, pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is
                unavailable.
        """
        account_id, seen = account["_id"], list[_ApplicationSummary]()
        readme = README.format(
            day=f"{made_at:%Y-%m-%d %H:%M}",
            email=account["email"],
            url=self._public_url,
            expiry=f"{expires_at:%Y-%m-%d}",
        )
        archive.add_text("README.txt", readme)
        archive.add_json("account.json", self._account(account))
        newest_links: list[str] = []
        archive.add_list("applications.json", self._contents(account_id, seen, newest_links))
        resume = resume_of(
            account["name"], account["email"], newest_links, self._profiles.resume(account_id)
        )
        archive.add_json("resume.json", resume)
        archive.add_list("messages.json", self._messages(seen))
        archive.add_json("receipts/keys.json", self._public_keys())
        for one in seen:
            self._write_receipts(archive, account_id, one)
        for file in self._files.read_uploaded(account_id):
            described = file.description
            name = f"files/{file.id}/{safe_name(described.name, described.type)}"
            archive.add(name, file.chunks, compress=False)

    def _contents(
        self, account_id: str, seen: list[_ApplicationSummary], newest_links: list[str]
    ) -> Iterator[dict[str, Any]]:
        """Yield applications, and remember what the other files need of them."""
        for one in self._applications.read(account_id):
            if not seen:
                newest_links += one.links
            seen.append(_summary_of(one))
            yield one.content

    def _account(self, account: AccountDocument) -> dict[str, Any]:
        account_id = account["_id"]
        owned = msgspec.to_builtins(to_account(account))
        # That is no data of the person, but what a mail server answered.
        del owned["email_problem"]
        return {
            "account": owned,
            "sessions": [
                {
                    "id": one.id,
                    "device": one.device,
                    "place": one.place,
                    "created_at": one.created_at,
                    "last_used_at": one.last_used_at,
                    "expires_at": one.expires_at,
                }
                for one in self._sessions.list_for(account_id)
            ],
            "memberships": msgspec.to_builtins(self._memberships.find_employers(account_id)),
            "events": [
                {name: event[name] for name in _EVENT_FIELDS if name in event}
                for event in self._audit_log.find_of(account_id)
            ],
        }

    def _messages(self, seen: Sequence[_ApplicationSummary]) -> Iterator[dict[str, Any]]:
        for one in seen:
            sent = self._ledger.find_sent(one.mail_ids)
            for mail_id, at in sorted(sent.items(), key=lambda item: item[1]):
                subject = _SUBJECTS[one.mail_ids[mail_id]]
                yield {
                    "subject": subject.format(title=one.title, employer=one.employer),
                    "sent_at": at,
                    "application_id": one.id,
                }

    def _write_receipts(self, archive: Archive, account_id: str, one: _ApplicationSummary) -> None:
        for n in range(1, one.revisions + 1):
            try:
                receipt = self._proofs.get_receipt(account_id, one.id, n).receipt
            except (ApplicationNotFound, RevisionNotFound):
                # It is being erased.
                continue
            suffix = "" if n == one.revisions else f"-revision-{n}"
            archive.add_text(f"receipts/{one.id}{suffix}.jws", receipt)


def _summary_of(one: ExportedApplication) -> _ApplicationSummary:
    return _ApplicationSummary(one.id, one.title, one.employer, one.revisions, one.mail_ids)
