"""What owners do with their accounts: change password and address, second factor, delete.

Each asks for the password again, for a browser that was left open is not its owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts import EmailTakenError
from chalicelib.auth.fields import Code, Email, GivenPassword, NewPassword, Token, normal
from chalicelib.auth.letters import Event, LinkLetter, Notice
from chalicelib.auth.links import Purpose
from chalicelib.auth.passwords import hash_password, password_matches, refuse_common
from chalicelib.errors import (
    AccountNotFound,
    LinkOver,
    SecondFactorIsOn,
    SecondFactorNeeded,
    WrongCode,
    WrongPassword,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts import Accounts, Document
    from chalicelib.auth.audit import Audit
    from chalicelib.auth.letters import Post
    from chalicelib.auth.limits import AuthLimits
    from chalicelib.auth.links import Links
    from chalicelib.auth.roles import Caller
    from chalicelib.auth.second_factor import SecondFactors
    from chalicelib.auth.sessions import Sessions
    from chalicelib.auth.visitors import Visitor


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change a password."""

    current_password: GivenPassword
    password: NewPassword


class Forgotten(msgspec.Struct, forbid_unknown_fields=True):
    """Ask for a link with which to set another password."""

    email: Email


class PasswordReset(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of such a link sends."""

    token: Token
    password: NewPassword


class EmailChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change the address."""

    password: GivenPassword
    email: Email


class Again(msgspec.Struct, forbid_unknown_fields=True):
    """Prove once more who one is; ``code`` where the second factor is on."""

    password: GivenPassword
    code: Code | None = None


class FirstCode(msgspec.Struct, forbid_unknown_fields=True):
    """The first code of an authenticator app."""

    code: Code


class Proposal(msgspec.Struct, frozen=True):
    """What an authenticator app is to be told: the secret, or ``uri`` as a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What owners do with their accounts. ``forget`` deletes what else belongs to one."""

    accounts: Accounts
    sessions: Sessions
    second_factors: SecondFactors
    links: Links
    limits: AuthLimits
    audit: Audit
    post: Post
    forget: Callable[[str], None]

    def change_password(self, caller: Caller, change: PasswordChange) -> None:
        """Change the password, and end all other sessions.

        Raises:
            WrongPassword, TooMany, Invalid: it is not changed.
        """
        refuse_common(change.password)
        account = self._prove(caller, change.current_password)
        self._set_password(account, change.password, but=caller.session_id)

    def forgotten(self, forgotten: Forgotten, visitor: Visitor) -> None:
        """Have a link mailed, if the address has an account; what is done here is the same.

        Raises:
            TooMany: so much was mailed to the address, or for this visitor.
        """
        email = normal(forgotten.email)
        self.limits.take(mail_account=email, mail_address=visitor.address)
        self.post(LinkLetter(self.links.make(Purpose.RESET_PASSWORD, email)), email)

    def reset_password(self, reset: PasswordReset) -> None:
        """Set another password by a mailed link, and end all sessions.

        Raises:
            LinkOver: the link is none, was used, or is too old.
            Invalid: the password is a common one; the link stays good.
        """
        refuse_common(reset.password)
        link = self.links.look(Purpose.RESET_PASSWORD, reset.token)
        self.links.use(link)
        account = self.accounts.by_email(link.email)
        if account is None:
            raise LinkOver
        self._set_password(account, reset.password)

    def change_email(self, caller: Caller, change: EmailChange, visitor: Visitor) -> None:
        """Have a link mailed to the new address.

        Raises:
            WrongPassword, TooMany: nothing is mailed.
        """
        account = self._prove(caller, change.password)
        email = normal(change.email)
        self.limits.take(mail_account=email, mail_address=visitor.address)
        link_id = self.links.make(
            Purpose.CHANGE_EMAIL, email, name=account["name"], account_id=account["_id"]
        )
        self.post(LinkLetter(link_id), email)

    def confirm_email(self, token: str) -> None:
        """Change the address by the link that was mailed to the new one; tells the old one.

        Raises:
            LinkOver: the link is none, was used, is too old, or the address got an account since.
        """
        link = self.links.look(Purpose.CHANGE_EMAIL, token)
        self.links.use(link)
        try:
            account = self.accounts.get(link.about["account_id"])
            self.accounts.set_email(account["_id"], link.email)
        except (AccountNotFound, EmailTakenError):
            raise LinkOver from None
        self.links.void(account["email"])
        self.audit.note("email_changed", account["_id"])
        self._tell(account, Event.EMAIL_CHANGED)

    def propose_second_factor(self, caller: Caller, again: Again) -> Proposal:
        """Begin to switch the second factor on.

        Raises:
            WrongPassword, TooMany: nothing is changed.
            SecondFactorIsOn: remove it first.
        """
        account = self._prove(caller, again.password)
        if self.second_factors.is_on(account):
            raise SecondFactorIsOn
        return Proposal(*self.second_factors.propose(account))

    def confirm_second_factor(self, caller: Caller, first: FirstCode) -> list[str]:
        """Switch the second factor on. Returns the recovery codes, which are shown only now.

        Raises:
            WrongCode: it is not the code of what was proposed.
            SecondFactorIsOn: it was on before.
        """
        self.limits.take(password_account=caller.account_id)
        account = self.accounts.get(caller.account_id)
        if self.second_factors.is_on(account):
            raise SecondFactorIsOn
        codes = self.second_factors.confirm(account, first.code)
        if codes is None:
            raise WrongCode
        self.audit.note("second_factor_on", account["_id"])
        self._tell(account, Event.SECOND_FACTOR_ON)
        return codes

    def remove_second_factor(self, caller: Caller, again: Again) -> None:
        """Switch the second factor off.

        Raises:
            WrongPassword, SecondFactorNeeded, WrongCode, TooMany: it stays on.
        """
        account = self._prove(caller, again.password)
        self._pass(account, again.code)
        self.second_factors.remove(account)
        self.audit.note("second_factor_off", account["_id"])
        self._tell(account, Event.SECOND_FACTOR_OFF)

    def delete(self, caller: Caller, again: Again) -> None:
        """Delete the account and all that belongs to it.

        Raises:
            WrongPassword, SecondFactorNeeded, WrongCode, TooMany: nothing is deleted.
        """
        account = self._prove(caller, again.password)
        self._pass(account, again.code)
        # The account last: should this be cut short, its owner can do it again.
        self.forget(account["_id"])
        self.sessions.end_all(account["_id"])
        self.links.void(account["email"])
        self.accounts.delete(account["_id"])
        self.audit.note("account_deleted", account["_id"])
        self._tell(account, Event.DELETED)

    def _prove(self, caller: Caller, password: str) -> Document:
        self.limits.take(password_account=caller.account_id)
        account = self.accounts.get(caller.account_id)
        if not password_matches(account["password"], password):
            self.audit.note("password_refused", account["_id"])
            raise WrongPassword
        return account

    def _pass(self, account: Document, code: str | None) -> None:
        if not self.second_factors.is_on(account):
            return
        if not code:
            raise SecondFactorNeeded
        if not self.second_factors.passes(account, code):
            raise WrongCode

    def _set_password(self, account: Document, password: str, but: str | None = None) -> None:
        hashed = hash_password(password)
        if not self.accounts.set_password(account["_id"], account["password"], hashed):
            # Changed in another place at this very moment: that one counts.
            raise WrongPassword
        self.links.void(account["email"])
        self.sessions.end_all(account["_id"], but=but)
        self.audit.note("password_changed", account["_id"])
        self._tell(account, Event.PASSWORD_CHANGED)

    def _tell(self, account: Document, event: Event) -> None:
        self.post(Notice(event, account["email"], account["name"]), account["email"])
