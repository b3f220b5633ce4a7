"""Puts the parts together, once for each process; the API and the workers share it.

Every part is made when it is first used, so a function pays only for what it needs. Tests make
their own Services with other settings.
"""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap.clients import (
    API_PATIENCE,
    WORKER_PATIENCE,
    connect_mongodb,
    connect_redis,
    lambda_client,
    secrets_client,
    ses_client,
)
from chalicelib.bootstrap.settings import Settings, load_keys, load_settings
from chalicelib.common.observability import make_logger
from chalicelib.queue import Limits, Rate, Shards
from chalicelib.queue.limits import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from chalice.app import Request
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ses import SESClient
    from pymongo.database import Database
    from redis import Redis
    from redis.cluster import RedisCluster

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits, Limit
    from chalicelib.auth.services.account import AccountService
    from chalicelib.auth.services.account_notifier import AccountNotifier
    from chalicelib.auth.services.administration import AdministrationService
    from chalicelib.auth.services.email_address import EmailAddressService
    from chalicelib.auth.services.link_sender import LinkSender
    from chalicelib.auth.services.login import LoginService
    from chalicelib.auth.services.password import PasswordService
    from chalicelib.auth.services.reauthentication import Reauthenticator
    from chalicelib.auth.services.registration import RegistrationService
    from chalicelib.auth.services.second_factor import SecondFactorService
    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.auth.sessions.signing_keys import SigningKeys
    from chalicelib.bootstrap.settings import Keys as KeysSecret
    from chalicelib.bootstrap.waker import LambdaWaker
    from chalicelib.notifications.job_handler import MailJobHandler
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.models import EmailComposer
    from chalicelib.notifications.outbox import MailOutbox
    from chalicelib.recruiting.applications.apply_service import ApplyService
    from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.status_service import ApplicationStatusService
    from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
    from chalicelib.recruiting.postings.repository import PostingRepository
    from chalicelib.recruiting.postings.search import PostingSearch


class Services:
    """The parts of one process."""

    def __init__(
        self,
        service: str,
        settings: Callable[[], Settings],
        keys: Callable[[str], KeysSecret],
    ) -> None:
        self.service = service
        self._load_settings = settings
        self._load_keys = keys
        self._patience = API_PATIENCE if service == "api" else WORKER_PATIENCE

    @cached_property
    def settings(self) -> Settings:
        """The settings, checked."""
        return self._load_settings()

    @cached_property
    def logger(self) -> Logger:
        """The logger of this function."""
        return make_logger(self.service)

    @cached_property
    def redis(self) -> Redis | RedisCluster:
        """Redis."""
        return connect_redis(
            self.settings.secrets.redis_url,
            answer_seconds=self._patience.redis,
            cluster=self.settings.environment.redis_cluster,
        )

    @cached_property
    def database(self) -> Database[dict[str, Any]]:
        """The database named in the address of MongoDB."""
        uri = self.settings.secrets.mongodb_uri
        client = connect_mongodb(uri, seconds=self._patience.mongodb)
        return client.get_default_database("hirelane")

    @cached_property
    def lambda_client(self) -> LambdaClient:
        """Lambda."""
        patience = self._patience
        return lambda_client(answer_seconds=patience.invoke, attempts=patience.invoke_attempts)

    @cached_property
    def ses(self) -> SESClient:
        """SES."""
        return ses_client()

    def lanes(self, kind: str) -> Shards:
        """The lanes of a kind: ``applications`` of candidates, ``mail``."""
        return {"applications": self.application_lanes, "mail": self.mail_lanes}[kind]

    @cached_property
    def application_lanes(self) -> Shards:
        """The lanes of candidates' applications."""
        return Shards(
            self.redis,
            "applications",
            count=self.settings.environment.shards,
            limits=Limits(rates=self._apply_rates()),
            followed_by=("mail",),
        )

    def _apply_rates(self) -> tuple[Rate, ...]:
        return tuple(map(Rate.parse, self.settings.environment.apply_limits.split(",")))

    @cached_property
    def mail_lanes(self) -> Shards:
        """The lanes of mail."""
        # A letter that cannot be sent holds an address: it is not kept as long as an application.
        limits = Limits(dead_letter_ttl=30 * DAY)
        count = self.settings.environment.shards
        return Shards(self.redis, "mail", count=count, limits=limits)

    @cached_property
    def waker(self) -> LambdaWaker:
        """Wakes worker functions."""
        from chalicelib.bootstrap.waker import LambdaWaker

        environment = self.settings.environment
        functions = {
            "applications": environment.applications_drain,
            "mail": environment.mail_drain,
        }
        return LambdaWaker(
            functions,
            lambda: self.lambda_client,
            lambda wake: self.lanes(wake.kind)[wake.shard].retire(wake.drain_id),
            self.logger,
        )

    @cached_property
    def keys_secret(self) -> KeysSecret:
        """The API's secret, as it was first read."""
        return self._load_keys(self.settings.environment.keys_secret)

    @cached_property
    def keys(self) -> SigningKeys:
        """The signing keys."""
        from chalicelib.auth.sessions.signing_keys import SigningKeys

        name = self.settings.environment.keys_secret
        return SigningKeys(lambda: self._load_keys(name).signing_keys)

    @cached_property
    def tokens(self) -> AccessTokens:
        """Access tokens."""
        from chalicelib.auth.sessions.access_tokens import AccessTokens

        return AccessTokens(self.keys)

    @cached_property
    def accounts(self) -> AccountRepository:
        """Accounts."""
        from chalicelib.auth.accounts.repository import AccountRepository

        return AccountRepository(self.database)

    @cached_property
    def sessions(self) -> SessionRepository:
        """Sessions."""
        from chalicelib.auth.sessions.refresh_tokens import SessionRepository

        return SessionRepository(self.database, self.keys_secret.purpose_secret, self.audit)

    @cached_property
    def second_factors(self) -> SecondFactorVerifier:
        """Second factors."""
        from chalicelib.auth.credentials.second_factor import SecondFactorVerifier

        return SecondFactorVerifier(
            self.accounts, self.keys_secret.purpose_secret, self.auth_limits, self.audit
        )

    @cached_property
    def audit(self) -> AuditLog:
        """The audit events of accounts."""
        from chalicelib.auth.accounts.audit_log import AuditLog

        return AuditLog(self.database, self.logger)

    @cached_property
    def links(self) -> EmailLinkRepository:
        """Links that are mailed."""
        from chalicelib.auth.credentials.email_links import EmailLinkRepository

        return EmailLinkRepository(self.database, self.settings.secrets.link_secret)

    @cached_property
    def composers(self) -> tuple[EmailComposer, ...]:
        """The composers of all e-mails."""
        from chalicelib.auth.services.account_emails import (
            AccountNoticeComposer,
            LinkEmailComposer,
        )
        from chalicelib.recruiting.applications.confirmation_email import ConfirmationComposer

        public_url = self.settings.secrets.public_url
        return (
            ConfirmationComposer(),
            LinkEmailComposer(self.accounts, self.links, public_url),
            AccountNoticeComposer(),
        )

    @cached_property
    def auth_limits(self) -> AuthRateLimits:
        """How often may be tried what."""
        from chalicelib.auth.rate_limits import AuthRateLimits

        return AuthRateLimits(self.redis, self._auth_limits())

    def _auth_limits(self) -> Mapping[str, Limit]:
        from chalicelib.auth.rate_limits import read_limits

        return read_limits(self.settings.environment.auth_limits)

    @cached_property
    def registering(self) -> RegistrationService:
        """Register."""
        from chalicelib.auth.services.registration import RegistrationService

        return RegistrationService(
            self.accounts, self.links, self.mailing, self.auth_limits, self.audit, self.devices
        )

    @cached_property
    def mailing(self) -> LinkSender:
        """Has links mailed."""
        from chalicelib.auth.services.link_sender import LinkSender

        return LinkSender(self.links, self.auth_limits, self.outbox)

    @cached_property
    def logging_in(self) -> LoginService:
        """Log in and stay so."""
        from chalicelib.auth.services.login import LoginService

        return LoginService(
            self.accounts,
            self.sessions,
            self.second_factors,
            self.tokens,
            self.auth_limits,
            self.audit,
            self.devices,
        )

    @cached_property
    def devices(self) -> DeviceTokens:
        """Device tokens."""
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.auth.credentials.device_tokens import DeviceTokens

        return DeviceTokens(DerivedKey(self.keys_secret.purpose_secret, "device"))

    @cached_property
    def reauthenticator(self) -> Reauthenticator:
        """Checks the password of a caller again."""
        from chalicelib.auth.services.reauthentication import Reauthenticator

        return Reauthenticator(
            self.accounts, self.sessions, self.second_factors, self.auth_limits, self.audit
        )

    @cached_property
    def account_notifier(self) -> AccountNotifier:
        """Queues notices to owners."""
        from chalicelib.auth.services.account_notifier import AccountNotifier

        return AccountNotifier(self.outbox, self.audit)

    @cached_property
    def account_service(self) -> AccountService:
        """Read and delete the own account."""
        from chalicelib.auth.services.account import AccountService

        return AccountService(
            self.accounts,
            self.sessions,
            self.links,
            self.reauthenticator,
            self.account_notifier,
            self.audit,
            self.applications.delete_all,
        )

    @cached_property
    def password_service(self) -> PasswordService:
        """Change and reset passwords."""
        from chalicelib.auth.services.password import PasswordService

        return PasswordService(
            self.accounts,
            self.sessions,
            self.links,
            self.mailing,
            self.devices,
            self.reauthenticator,
            self.account_notifier,
            self.audit,
        )

    @cached_property
    def email_address_service(self) -> EmailAddressService:
        """Change e-mail addresses."""
        from chalicelib.auth.services.email_address import EmailAddressService

        return EmailAddressService(
            self.accounts,
            self.sessions,
            self.links,
            self.mailing,
            self.reauthenticator,
            self.account_notifier,
            self.audit,
        )

    @cached_property
    def second_factor_service(self) -> SecondFactorService:
        """Enable and remove second factors."""
        from chalicelib.auth.services.second_factor import SecondFactorService

        return SecondFactorService(
            self.sessions,
            self.links,
            self.second_factors,
            self.reauthenticator,
            self.account_notifier,
            self.audit,
        )

    @cached_property
    def administering(self) -> AdministrationService:
        """What admins do with accounts."""
        from chalicelib.auth.services.administration import AdministrationService

        return AdministrationService(self.accounts, self.sessions, self.audit)

    @cached_property
    def outbox(self) -> MailOutbox:
        """Queues mails."""
        from chalicelib.notifications.outbox import MailOutbox

        return MailOutbox(self.mail_lanes, self.waker, self.logger.get_correlation_id)

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
        from chalicelib.auth.routes.visitors import read_visitor

        return read_visitor(request, behind_cdn=self.settings.environment.behind_cdn)

    @cached_property
    def postings(self) -> PostingRepository:
        """Postings."""
        from chalicelib.recruiting.postings.repository import PostingRepository

        return PostingRepository(self.database, self.application_lanes)

    @cached_property
    def posting_search(self) -> PostingSearch:
        """The search for postings."""
        from chalicelib.recruiting.postings.search import PostingSearch

        return PostingSearch(self.database)

    @cached_property
    def ledger(self) -> MailLedger:
        """The mail ledger."""
        from chalicelib.notifications.ledger import MailLedger

        return MailLedger(self.database)

    @cached_property
    def applications(self) -> ApplicationRepository:
        """The stored applications."""
        from chalicelib.recruiting.applications.repository import ApplicationRepository

        return ApplicationRepository(self.database)

    @cached_property
    def accepting(self) -> ApplicationJobQueue:
        """Takes jobs into candidates' lanes."""
        from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue

        return ApplicationJobQueue(self.application_lanes, self.waker)

    @cached_property
    def applying(self) -> ApplyService:
        """Apply."""
        from chalicelib.recruiting.applications.apply_service import ApplyService

        return ApplyService(self.accepting, self.postings, self.receipts)

    @cached_property
    def withdrawing(self) -> WithdrawalService:
        """Withdraw applications."""
        from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService

        return WithdrawalService(self.accepting, self.application_lanes, self.applications)

    @cached_property
    def following(self) -> ApplicationStatusService:
        """Follow applications."""
        from chalicelib.recruiting.applications.candidate_lane import CandidateLanes
        from chalicelib.recruiting.applications.status_service import ApplicationStatusService

        lanes = CandidateLanes(self.application_lanes, self.waker)
        return ApplicationStatusService(self.applications, lanes, self.postings, self.ledger)

    @cached_property
    def receipts(self) -> ReceiptService:
        """Receipts of applications."""
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.recruiting.applications.receipts import ReceiptService

        return ReceiptService(DerivedKey(self.keys_secret.purpose_secret, "receipt"))

    @cached_property
    def storing(self) -> ApplicationJobHandler:
        """The handler of the lanes of applications."""
        from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler

        return ApplicationJobHandler(self.applications, self.accounts, self.postings)

    @cached_property
    def sending(self) -> MailJobHandler:
        """The handler of the lanes of mail."""
        from chalicelib.notifications.job_handler import MailJobHandler

        return MailJobHandler(
            self.ledger, lambda: self.ses, self.composers, self.settings.environment.mail_sender
        )

    def prepare(self) -> None:
        """Create the indexes of the database, and check all settings. May be repeated."""
        self.check_settings()
        self.accounts.prepare()
        self.sessions.prepare()
        self.links.prepare()
        self.audit.prepare()
        self.postings.create_indexes()
        self.postings.add_missing_terms()
        self.applications.create_indexes()

    def check_settings(self) -> None:
        """Read every setting of the API, those too that are needed much later.

        Raises:
            SettingsError, ValueError: one is missing or wrong.
        """
        self._apply_rates()
        self._auth_limits()

    def probes(self) -> Mapping[str, Callable[[], object]]:
        """What the API needs, each as a call that raises when it does not answer."""
        return {
            "settings": self.check_settings,
            "signing_keys": lambda: self.keys.ring.signing_key,
            "redis": lambda: self.redis.ping(),
            "mongodb": lambda: self.database.command("ping"),
        }


def _read_secret(name: str) -> str:
    return secrets_client().get_secret_value(SecretId=name)["SecretString"]


@cache
def services(service: str) -> Services:
    """The parts of this process, from its environment."""
    return Services(
        service,
        lambda: load_settings(os.environ, _read_secret),
        lambda name: load_keys(name, _read_secret),
    )
