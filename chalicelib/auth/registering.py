"""Registering: an account is there once the link that was mailed was followed.

Until then a registration is only what its link is about. So nobody can occupy a stranger's address,
and the answer to a registration is the same whether the address has an account or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts import Account, EmailTakenError, shown
from chalicelib.auth.fields import Email, Name, NewPassword, Token, normal
from chalicelib.auth.letters import LinkLetter
from chalicelib.auth.links import Purpose
from chalicelib.auth.passwords import hash_password, refuse_common
from chalicelib.errors import LinkOver

if TYPE_CHECKING:
    from chalicelib.auth.accounts import Accounts
    from chalicelib.auth.audit import Audit
    from chalicelib.auth.letters import Post
    from chalicelib.auth.limits import AuthLimits
    from chalicelib.auth.links import Links
    from chalicelib.auth.visitors import Visitor


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to register."""

    email: Email
    name: Name
    password: NewPassword


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of a mailed link sends."""

    token: Token


@dataclass(frozen=True, slots=True)
class Registering:
    """Register, and confirm the address."""

    accounts: Accounts
    links: Links
    limits: AuthLimits
    audit: Audit
    post: Post

    def register(self, registration: Registration, visitor: Visitor) -> None:
        """Have a link mailed. What is done is the same whether the address has an account.

        Raises:
            TooMany: so much was mailed to the address, or for this visitor.
            Invalid: the password is a common one.
        """
        email = normal(registration.email)
        refuse_common(registration.password)
        self.limits.take(mail_account=email, mail_address=visitor.address)
        link_id = self.links.make(
            Purpose.REGISTER,
            email,
            name=registration.name.strip(),
            password=hash_password(registration.password),
        )
        self.post(LinkLetter(link_id), email)

    def confirm(self, confirmation: Confirmation) -> Account:
        """Create the account whose link was followed.

        Raises:
            LinkOver: the link is none, was used, is too old, or the address got an account since.
        """
        link = self.links.look(Purpose.REGISTER, confirmation.token)
        self.links.use(link)
        try:
            account = self.accounts.create(link.email, link.about["name"], link.about["password"])
        except EmailTakenError:
            raise LinkOver from None
        self.links.void(link.email)
        self.audit.note("registered", account["_id"])
        return shown(account)
