"""SecondFactorService: an owner enables or removes the second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import has_second_factor
from chalicelib.auth.errors import SecondFactorEnabled, WrongCode
from chalicelib.auth.fields import Code
from chalicelib.auth.services.account_emails import AccountEvent

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.models import Caller
    from chalicelib.auth.services.account_notifier import AccountNotifier
    from chalicelib.auth.services.reauthentication import Reauthentication, Reauthenticator
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class SecondFactorProposal(msgspec.Struct, frozen=True):
    """Secret for an authenticator app, in three forms.

    The person types ``secret``, opens ``uri``, or scans ``qr``: a QR code of the URI, black on
    white, as an SVG image in a ``data:`` URL.
    """

    secret: str
    uri: str
    qr: str


class SecondFactorConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """First code of the authenticator app."""

    code: Code


@dataclass(frozen=True, slots=True)
class SecondFactorService:
    """Proposes, enables and removes second factors."""

    sessions: SessionRepository
    links: EmailLinkRepository
    second_factors: SecondFactorVerifier
    reauthenticator: Reauthenticator
    notifier: AccountNotifier
    audit_log: AuditLog

    def propose(self, caller: Caller, request: Reauthentication) -> SecondFactorProposal:
        """Return a new secret for the app. The second factor is not enabled yet.

        Raises:
            WrongPassword, SessionExpired, AccountNotFound, TooManyRequests: nothing is changed.
            SecondFactorEnabled: the account has one; it must be removed first.
        """
        account = self.reauthenticator.check_password(caller, request.password)
        if has_second_factor(account):
            raise SecondFactorEnabled
        secret, uri = self.second_factors.propose(account)
        # Imported here, because few requests need it.
        from chalicelib.auth.credentials.qr_code import render_qr_code

        return SecondFactorProposal(secret, uri, render_qr_code(uri))

    def confirm(self, caller: Caller, confirmation: SecondFactorConfirmation) -> list[str]:
        """Enable the proposed second factor and end all other sessions.

        Returns:
            The recovery codes. They cannot be read again later.

        Raises:
            WrongCode: the code does not belong to the proposed secret.
            SecondFactorEnabled: it is enabled already.
            SessionExpired, AccountNotFound, TooManyRequests: nothing is changed.
        """
        self.reauthenticator.count_attempt(caller)
        account = self.reauthenticator.require_session(caller)
        if has_second_factor(account):
            raise SecondFactorEnabled
        codes = self.second_factors.enable(account, confirmation.code)
        if codes is None:
            raise WrongCode
        self._finish_change(account, caller, AccountEvent.SECOND_FACTOR_ON)
        return codes

    def remove(self, caller: Caller, request: Reauthentication) -> None:
        """Remove the second factor and end all other sessions.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, AccountNotFound,
            TooManyRequests: it stays enabled.
        """
        account = self.reauthenticator.check(caller, request.password, request.code)
        if has_second_factor(account):
            self.second_factors.disable(account)
            self._finish_change(account, caller, AccountEvent.SECOND_FACTOR_OFF)

    def _finish_change(self, account: AccountDocument, caller: Caller, event: AccountEvent) -> None:
        self.sessions.end_all(account["_id"], except_id=caller.session_id)
        self.links.delete_for(account["email"], account["_id"])
        self.notifier.notify(account, event)
        self.audit_log.record(event.value, account["_id"], session_id=caller.session_id)
