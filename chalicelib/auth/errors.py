"""Errors of accounts, log-in and sessions."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class Unauthenticated(DomainError):
    """The access token is missing, invalid or expired."""


class WrongCredentials(DomainError):
    """The address and the password do not match.

    An unknown address raises the same error, so that the answer does not reveal who has an account.
    """


class SessionExpired(DomainError):
    """The refresh token is invalid or missing, or its session has ended."""


class Forbidden(DomainError):
    """The role of the caller does not allow the request."""


class SecondFactorRequired(DomainError):
    """The password is right, and the account also asks for a code."""


class WrongCode(DomainError):
    """The code of the second factor is wrong, expired or already used."""


class WrongPassword(DomainError):
    """The password that confirms a request is wrong."""


class AccountNotFound(DomainError):
    """No account has this id or address."""


class AccountInUse(DomainError):
    """Other people depend on the account, so it cannot be deleted now."""


class SessionNotFound(DomainError):
    """The account has no session with this id."""


class EmailRetryRefused(DomainError):
    """Nothing keeps the address from getting e-mails, or its owner cannot change that."""


class SecondFactorEnabled(DomainError):
    """The account already has a second factor."""


class LinkExpired(DomainError):
    """The token of an e-mailed link is unknown, used or expired; the error does not say which."""
