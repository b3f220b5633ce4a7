"""EmailAddressService: change the e-mail address by a link that is sent to the new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import EmailTakenError, credentials_fingerprint
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.errors import LinkExpired
from chalicelib.auth.fields import Code, Email, EnteredPassword, Token, parse_email
from chalicelib.auth.services.account_emails import AccountEvent

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.models import Caller, Visitor
    from chalicelib.auth.services.account_notifier import AccountNotifier
    from chalicelib.auth.services.link_sender import LinkSender
    from chalicelib.auth.services.reauthentication import Reauthenticator
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class EmailChange(msgspec.Struct, forbid_unknown_fields=True):
    """Password and new address; ``code`` is required if the second factor is enabled."""

    password: EnteredPassword
    email: Email
    code: Code | None = None


class EmailChangeConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """Token of the link that was sent to the new address."""

    token: Token


@dataclass(frozen=True, slots=True)
class EmailAddressService:
    """Changes e-mail addresses."""

    accounts: AccountRepository
    sessions: SessionRepository
    links: EmailLinkRepository
    link_sender: LinkSender
    reauthenticator: Reauthenticator
    notifier: AccountNotifier
    audit_log: AuditLog

    def request_change(self, caller: Caller, change: EmailChange, visitor: Visitor) -> None:
        """Send a link to the new address, and a notice to the old one.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, AccountNotFound,
            TooManyRequests, InvalidField: no e-mail is sent.
        """
        email = parse_email(change.email)
        account = self.reauthenticator.check(caller, change.password, change.code)
        self.link_sender.send_email_change(
            email,
            visitor,
            account_id=account["_id"],
            credentials=credentials_fingerprint(account),
        )
        self.audit_log.record("email_change_asked", account["_id"], session_id=caller.session_id)
        self.notifier.notify(account, AccountEvent.EMAIL_CHANGE_ASKED)

    def confirm_change(self, caller: Caller, token: str) -> None:
        """Change the address to the one the link was sent to, and end all other sessions.

        The caller must be logged in to the account that requested the change. Otherwise a stranger
        who follows the link would give their own address to someone else's account.

        Raises:
            LinkExpired: the link is invalid, used, expired or of another account; or password,
                second factor or address have changed since; or another account has the address.
            SessionExpired: the session has ended.
            AccountNotFound: the account has been deleted.
        """
        link = self.links.get_by_token(LinkPurpose.CHANGE_EMAIL, token)
        account = self.reauthenticator.require_session(caller)
        requested_by = (link.details["account_id"], link.details["credentials"])
        if requested_by != (account["_id"], credentials_fingerprint(account)):
            raise LinkExpired
        self.links.consume(link)
        try:
            changed = self.accounts.set_email(account, link.email)
        except EmailTakenError:
            raise LinkExpired from None
        if not changed:
            raise LinkExpired
        self.links.delete_for(account["email"], account["_id"])
        self.sessions.end_all(account["_id"], except_id=caller.session_id)
        self.notifier.notify(account, AccountEvent.EMAIL_CHANGED)
        self.audit_log.record("email_changed", account["_id"], session_id=caller.session_id)
