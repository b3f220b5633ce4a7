"""RegistrationService: an account is there once the link that was mailed was followed.

Until then a registration is only what its link is about. So nobody can occupy a stranger's address,
and the answer to a registration is the same whether the address has an account or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import EmailTakenError, to_account
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import (
    hash_password,
    reject_common_password,
    verify_password,
)
from chalicelib.auth.errors import LinkExpired, WrongPassword
from chalicelib.auth.fields import Email, EnteredPassword, Name, NewPassword, Token, normalize_email
from chalicelib.auth.models import Account

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.link_sender import LinkSender


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to register."""

    email: Email
    name: Name
    password: NewPassword


class RegistrationConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of the mailed link sends, with the password that was chosen at registration.

    Who follows the link reads the mailbox, who knows the password registered: only if that is the
    same person is there an account. Otherwise whoever registers strangers' addresses could wait for
    one of them to follow the link.
    """

    token: Token
    password: EnteredPassword


@dataclass(frozen=True, slots=True)
class RegistrationService:
    """Register, and confirm the address."""

    accounts: AccountRepository
    links: EmailLinkRepository
    mailing: LinkSender
    limits: AuthRateLimits
    audit: AuditLog
    devices: DeviceTokens

    def register(self, registration: Registration, visitor: Visitor) -> None:
        """Have a link mailed. What is done is the same whether the address has an account.

        Raises:
            TooManyRequests: so much was mailed to the address, or for this visitor.
            InvalidField: the password is a common one.
        """
        email = normalize_email(registration.email)
        reject_common_password(registration.password)
        self.mailing.count_request(LinkPurpose.REGISTER, email, visitor)
        self.mailing.send(
            LinkPurpose.REGISTER,
            email,
            name=registration.name.strip(),
            password=hash_password(registration.password),
        )

    def confirm(self, confirmation: RegistrationConfirmation) -> tuple[Account, str]:
        """Create the account whose link was followed. Returns a device token with it.

        Raises:
            LinkExpired: the link is none, was used, is too old, or the address got an account
                since.
            WrongPassword: not the one that was chosen; the link stays good.
            TooManyRequests: it was tried often.
        """
        link = self.links.get_by_token(LinkPurpose.REGISTER, confirmation.token)
        self.limits.take(password_link=link.id)
        if not verify_password(link.about["password"], confirmation.password):
            raise WrongPassword
        self.links.consume(link)
        try:
            account = self.accounts.create(link.email, link.about["name"], link.about["password"])
        except EmailTakenError:
            raise LinkExpired from None
        self.links.delete_for(link.email, account["_id"])
        self.audit.record("registered", account["_id"])
        return to_account(account), self.devices.issue(account)
