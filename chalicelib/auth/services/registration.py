"""RegistrationService: an account exists only after its owner has followed an e-mailed link.

Until then a registration is only the details of its link. So nobody can occupy a stranger's
address, and the answer to a registration is the same whether or not the address has an account.

Each link to an address proves the mailbox, and the password selects one of its registrations. So
strangers who register the address cannot keep its owner from using any of the links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.auth.accounts.repository import EmailTakenError, to_account
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import (
    hash_password,
    reject_common_password,
    verify_password,
)
from chalicelib.auth.errors import LinkExpired, WrongPassword
from chalicelib.auth.fields import Email, EnteredPassword, Name, NewPassword, Token, parse_email

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLink, EmailLinkRepository
    from chalicelib.auth.credentials.password_tags import PasswordTagger
    from chalicelib.auth.models import Account, Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.link_sender import LinkSender


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """Address, name and password of a new account."""

    email: Email
    name: Name
    password: NewPassword


class RegistrationConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """Token of an e-mailed link, and the password that was chosen at registration.

    The token proves that the person reads the mailbox, the password that the same person
    registered. Without the password, someone could register strangers' addresses and wait until one
    of the strangers follows the link.
    """

    token: Token
    password: EnteredPassword


@dataclass(frozen=True, slots=True)
class RegistrationService:
    """Registers accounts and confirms their addresses."""

    accounts: AccountRepository
    links: EmailLinkRepository
    link_sender: LinkSender
    limits: AuthRateLimits
    audit_log: AuditLog
    device_tokens: DeviceTokens
    password_tagger: PasswordTagger

    def register(self, registration: Registration, visitor: Visitor) -> None:
        """Send a link to the address. The work is the same whether or not it has an account.

        Raises:
            InvalidField: the address cannot get e-mail, or the password is too common.
            TooManyRequests: this visitor requested too many links.
        """
        email = parse_email(registration.email)
        reject_common_password(registration.password)
        self.link_sender.count_request(LinkPurpose.REGISTER, email, visitor)
        hashed = hash_password(registration.password)
        self.link_sender.send_registration(
            email,
            name=registration.name.strip(),
            password=hashed,
            password_tag=self.password_tagger.tag(hashed, registration.password),
        )

    def confirm(self, confirmation: RegistrationConfirmation) -> tuple[Account, str]:
        """Create the account of the registration that has this password.

        Returns:
            The account and a device token.

        Raises:
            LinkExpired: the link is invalid, used or expired, or the address has got an account.
            WrongPassword: no registration of the address has this password; the link can be used
                again.
            TooManyRequests: too many passwords were tried for this link.
        """
        link = self.links.get_by_token(LinkPurpose.REGISTER, confirmation.token)
        self.limits.take(password_link=link.id)
        details = self._select(link, confirmation.password)
        self.links.consume(link)
        try:
            account = self.accounts.create(link.email, details["name"], details["password"])
        except EmailTakenError:
            raise LinkExpired from None
        self.links.delete_for(link.email, account["_id"])
        self.audit_log.record("registered", account["_id"])
        return to_account(account), self.device_tokens.issue(account)

    def _select(self, link: EmailLink, password: str) -> dict[str, Any]:
        """Return the details of the registration with this password.

        Raises:
            WrongPassword: none of the newest registrations of the address has it.
        """
        newest = self.links.find_newest(LinkPurpose.REGISTER, link.email)
        for one in (link, *(other for other in newest if other.id != link.id)):
            hashed = one.details["password"]
            if not self._is_ruled_out(one, password) and verify_password(hashed, password):
                return one.details
        raise WrongPassword

    def _is_ruled_out(self, link: EmailLink, password: str) -> bool:
        # Earlier versions of the code stored no tag.
        stored = link.details.get("password_tag")
        return stored not in (None, self.password_tagger.tag(link.details["password"], password))
