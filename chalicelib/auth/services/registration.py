"""RegistrationService: an account is there once the link that was mailed was followed.

Until then a registration is only what its link is about. So nobody can occupy a stranger's address,
and the answer to a registration is the same whether the address has an account or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import Account, EmailTakenError, shown
from chalicelib.auth.credentials.email_links import Purpose
from chalicelib.auth.credentials.passwords import hash_password, password_matches, refuse_common
from chalicelib.auth.fields import Email, GivenPassword, Name, NewPassword, Token, normal
from chalicelib.errors import LinkOver, WrongPassword

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import Audit
    from chalicelib.auth.accounts.repository import Accounts
    from chalicelib.auth.credentials.device_tokens import Devices
    from chalicelib.auth.credentials.email_links import Links
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.routes.visitors import Visitor
    from chalicelib.auth.services.link_sender import LinkSender


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to register."""

    email: Email
    name: Name
    password: NewPassword


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of the mailed link sends, with the password that was chosen at registration.

    Who follows the link reads the mailbox, who knows the password registered: only if that is the
    same person is there an account. Otherwise whoever registers strangers' addresses could wait for
    one of them to follow the link.
    """

    token: Token
    password: GivenPassword


@dataclass(frozen=True, slots=True)
class RegistrationService:
    """Register, and confirm the address."""

    accounts: Accounts
    links: Links
    mailing: LinkSender
    limits: AuthRateLimits
    audit: Audit
    devices: Devices

    def register(self, registration: Registration, visitor: Visitor) -> None:
        """Have a link mailed. What is done is the same whether the address has an account.

        Raises:
            TooMany: so much was mailed to the address, or for this visitor.
            Invalid: the password is a common one.
        """
        email = normal(registration.email)
        refuse_common(registration.password)
        self.mailing.count(Purpose.REGISTER, email, visitor)
        self.mailing.mail(
            Purpose.REGISTER,
            email,
            name=registration.name.strip(),
            password=hash_password(registration.password),
        )

    def confirm(self, confirmation: Confirmation) -> tuple[Account, str]:
        """Create the account whose link was followed. Returns a device token with it.

        Raises:
            LinkOver: the link is none, was used, is too old, or the address got an account since.
            WrongPassword: not the one that was chosen; the link stays good.
            TooMany: it was tried often.
        """
        link = self.links.look(Purpose.REGISTER, confirmation.token)
        self.limits.take(password_link=link.id)
        if not password_matches(link.about["password"], confirmation.password):
            raise WrongPassword
        self.links.use(link)
        try:
            account = self.accounts.create(link.email, link.about["name"], link.about["password"])
        except EmailTakenError:
            raise LinkOver from None
        self.links.void(link.email, account["_id"])
        self.audit.note("registered", account["_id"])
        return shown(account), self.devices.token(account)
