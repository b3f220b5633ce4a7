"""The parts of accounts: repositories, credentials, sessions, tokens."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.credentials.password_tags import PasswordTagger
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.auth.sessions.revocations import SessionRevocations
    from chalicelib.auth.sessions.signed_claims import ClaimsSigner
    from chalicelib.auth.sessions.signing_keys import SigningKeys
    from chalicelib.queue import Rate


class AuthContainer(DomainContainer):
    """The API uses all of them; the workers use the accounts and the e-mail links.

    Each part imports its module itself, because the packages for passwords and tokens are not
    installed with the workers.
    """

    @cached_property
    def accounts(self) -> AccountRepository:
        from chalicelib.auth.accounts.repository import AccountRepository

        return AccountRepository(self._container.database)

    @cached_property
    def audit_log(self) -> AuditLog:
        from chalicelib.auth.accounts.audit_log import AuditLog

        return AuditLog(self._container.database, self._container.logger)

    @cached_property
    def password_tagger(self) -> PasswordTagger:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.auth.credentials.password_tags import PasswordTagger

        secret = self._container.settings.secrets.link_secret
        return PasswordTagger(DerivedKey(secret, "password tag"))

    @cached_property
    def email_links(self) -> EmailLinkRepository:
        from chalicelib.auth.credentials.email_links import EmailLinkRepository

        secret = self._container.settings.secrets.link_secret
        return EmailLinkRepository(self._container.database, secret)

    @cached_property
    def rate_limits(self) -> AuthRateLimits:
        from chalicelib.auth.rate_limits import AuthRateLimits

        return AuthRateLimits(self._container.redis, self.read_limits())

    def read_limits(self) -> Mapping[str, Rate]:
        """Return the rate limits.

        Raises:
            ValueError: the setting is invalid.
        """
        from chalicelib.auth.rate_limits import read_limits

        return read_limits(self._container.settings.environment.auth_limits)

    @cached_property
    def second_factors(self) -> SecondFactorVerifier:
        from chalicelib.auth.credentials.second_factor import SecondFactorVerifier

        secret = self._container.api_secrets.purpose_secret
        return SecondFactorVerifier(self.accounts, secret, self.rate_limits, self.audit_log)

    @cached_property
    def device_tokens(self) -> DeviceTokens:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.auth.credentials.device_tokens import DeviceTokens

        return DeviceTokens(DerivedKey(self._container.api_secrets.purpose_secret, "device"))

    @cached_property
    def sessions(self) -> SessionRepository:
        from chalicelib.auth.sessions.refresh_tokens import SessionRepository

        secret = self._container.api_secrets.purpose_secret
        return SessionRepository(
            self._container.database, secret, self.audit_log, revoke=self.revocations.add
        )

    @cached_property
    def revocations(self) -> SessionRevocations:
        from chalicelib.auth.sessions.revocations import SessionRevocations

        return SessionRevocations(lambda: self._container.recruiting.lanes, self._container.logger)

    @cached_property
    def signing_keys(self) -> SigningKeys:
        from chalicelib.auth.sessions.signing_keys import SigningKeys

        return SigningKeys(lambda: self._container.load_api_secrets().signing_keys)

    @cached_property
    def receipt_keys(self) -> SigningKeys:
        from chalicelib.auth.sessions.signing_keys import SigningKeys

        return SigningKeys(lambda: self._container.load_api_secrets().receipt_keys)

    def claims_signer(self, kind: str) -> ClaimsSigner:
        """Return what signs receipts, or other claims about applications, of one kind."""
        from chalicelib.auth.sessions.signed_claims import ClaimsSigner

        return ClaimsSigner(self.receipt_keys, kind)

    @cached_property
    def access_tokens(self) -> AccessTokens:
        from chalicelib.auth.sessions.access_tokens import AccessTokens

        return AccessTokens(self.signing_keys)
