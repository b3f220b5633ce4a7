"""GuestApplicationService: apply with an e-mail address, without an account.

The application waits in MongoDB until its link is followed. Then it is accepted like any other one,
for the account of the address, which is created without a password if there is none. The link
proves the mailbox, and the page that it opens shows what is sent, so nobody applies for somebody
else unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.auth.errors import LinkExpired, SessionExpired
from chalicelib.auth.fields import parse_email
from chalicelib.auth.models import Role, read_role
from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.errors import AccountCannotApply, IntakePaused
from chalicelib.recruiting.applications.job_queue import NOTHING_SENT
from chalicelib.recruiting.applications.models import PostingReference
from chalicelib.recruiting.forms.answer_texts import answered_questions
from chalicelib.recruiting.guest_applications.emails import GuestApplicationEmail
from chalicelib.recruiting.guest_applications.models import PendingGuestApplication
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.repository import AccountDocument
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.login import IssuedTokens
    from chalicelib.auth.services.verified_address import VerifiedAddressService
    from chalicelib.notifications.outbox import MailOutbox
    from chalicelib.queue import Gates
    from chalicelib.recruiting.applications.apply_service import ApplyService
    from chalicelib.recruiting.applications.models import Receipt
    from chalicelib.recruiting.bursts.origins import OriginHasher
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
    from chalicelib.recruiting.forms.models import AnsweredQuestion
    from chalicelib.recruiting.guest_applications.emails import GuestApplicationTokens
    from chalicelib.recruiting.guest_applications.models import GuestApplicationDraft
    from chalicelib.recruiting.guest_applications.repository import (
        GuestApplication,
        GuestApplicationRepository,
    )
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.models import Posting


class Confirmation(NamedTuple):
    """What following a link did.

    Args:
        receipt: the receipt of the application.
        is_new: whether this call accepted the application.
        tokens: a session of the account that this call created; None if it created none.
    """

    receipt: Receipt
    is_new: bool = False
    tokens: IssuedTokens | None = None


@dataclass(frozen=True, slots=True)
class GuestApplicationService:
    """E-mails links, and accepts applications whose links are followed."""

    guests: GuestApplicationRepository
    tokens: GuestApplicationTokens
    catalogue: PostingCatalogue
    gates: Gates
    apply_service: ApplyService
    rules: ApplyRulesReader
    verified_addresses: VerifiedAddressService
    limits: AuthRateLimits
    outbox: MailOutbox
    origins: OriginHasher
    is_intake_paused: Callable[[], bool]

    def request(self, posting_id: str, draft: GuestApplicationDraft, visitor: Visitor) -> datetime:
        """Store an application and e-mail the link that sends it. Return when both expire.

        The work is the same whether or not the address has an account. If the mailbox received very
        many links within the hour, nothing is sent and nothing is raised, as in ``LinkSender``.

        Raises:
            InvalidField: no e-mail can be sent to the address.
            PostingNotFound, PostingClosed, FormChanged, InvalidAnswers: nobody can send this
                application.
            TooManyRequests: this visitor requested too many links, for this mailbox or in total.
        """
        email, application = parse_email(draft.email), draft.to_application()
        posting = self._open_posting(posting_id)
        self.apply_service.check(posting, application)
        subject = f"guest-application {email}"
        self.limits.take(mail_visitor=f"{subject} {visitor.address}", mail_address=visitor.address)
        guest_id, expires_at = self.guests.create(
            email,
            draft.name.strip(),
            PostingReference(posting.id, posting.title, posting.employer, posting.location),
            posting.closes_at,
            application,
            sent=self.limits.try_take(mail_account=subject),
        )
        # Queue it in any case: the composer knows whether it is sent.
        self.outbox.enqueue(GuestApplicationEmail(guest_id), email)
        return expires_at

    def preview(self, token: str) -> PendingGuestApplication:
        """Return what following a link sends, or the receipt if it was followed.

        Raises:
            LinkExpired: the link is invalid or expired.
        """
        one = self._read(token)
        return PendingGuestApplication(
            one.posting,
            one.email,
            one.name,
            one.expires_at,
            one.draft,
            self._answers(one),
            one.receipt,
        )

    def confirm(
        self, token: str, visitor: Visitor, correlation_id: str, *, open_session: bool = True
    ) -> Confirmation:
        """Accept the application of a link. A repeated call gets the receipt of the first one.

        An account that exists gets the application and no session, because the link must not
        replace its password and second factor. A new account gets a session in the call that
        creates it, if that call asks for one.

        Raises:
            LinkExpired: the link is invalid or expired, or its account is being deleted.
            AccountCannotApply: the account of the address cannot apply.
            PostingNotFound, PostingClosed, FormChanged, InvalidAnswers, ApplicationLimitReached,
                IntakePaused, TooManyRequests: the application was not accepted; the link can be
                used again until it expires.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        one = self._read(token)
        if one.receipt is not None:
            return Confirmation(one.receipt)
        if not one.application_id:
            # Create no account for a posting that is closed, and none while the intake is paused,
            # because only the call that creates it opens a session. If the link was followed
            # before, the application may have been accepted before the posting was closed.
            self._open_posting(one.posting.id)
            if self.is_intake_paused():
                raise IntakePaused(NOTHING_SENT)
        account, is_new = self.verified_addresses.find_or_create(one.email, one.name)
        receipt, accepted = self._accept(one, account, visitor, correlation_id)
        receipt = self.guests.complete(one.id, account["_id"], receipt)
        if not (is_new and open_session):
            return Confirmation(receipt, accepted)
        return Confirmation(
            receipt, accepted, self.verified_addresses.open_session(account, visitor)
        )

    def _answers(self, one: GuestApplication) -> list[AnsweredQuestion]:
        draft = one.draft
        if draft is None or not draft.answers:
            return []
        found = self.rules.find(one.posting.id, draft.form_version)
        return answered_questions(found.questions, draft.answers) if found else []

    def _accept(
        self,
        one: GuestApplication,
        account: AccountDocument,
        visitor: Visitor,
        correlation_id: str,
    ) -> tuple[Receipt, bool]:
        if read_role(account["role"]) is not Role.CANDIDATE:
            raise AccountCannotApply("Apply with another address.")
        # The id is stored before it is used, so that a call that was killed can be repeated.
        application_id = self.guests.reserve_application_id(one.id)
        if application_id is None or one.draft is None:
            raise LinkExpired
        try:
            return self.apply_service.apply(
                account["_id"],
                one.posting.id,
                one.draft,
                correlation_id,
                application_id=application_id,
                origin=self.origins.of_address(visitor.address),
            )
        except SessionExpired:
            raise LinkExpired from None

    def _read(self, token: str) -> GuestApplication:
        guest_id = self.tokens.read(token)
        one = self.guests.find(guest_id) if guest_id else None
        if one is None:
            raise LinkExpired
        return one

    def _open_posting(self, posting_id: str) -> Posting:
        """Return a posting that accepts applications.

        Raises:
            PostingNotFound, PostingClosed: it accepts none.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        posting = self.catalogue.get(posting_id)
        now = datetime.now(UTC)
        # A gate that does not exist was lost, and accepting an application restores it.
        gates = [gate for gate in self.gates.read([posting_id])[posting_id] if gate.state]
        is_past = posting.closes_at is not None and posting.closes_at <= now
        if is_past or not all(gate.accepts_at(now) for gate in gates):
            at = posting.closes_at.isoformat() if posting.closes_at else now.isoformat()
            raise PostingClosed(f"It closed at {at}." if is_past else "It was closed just now.")
        return posting
