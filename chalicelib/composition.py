"""Puts the parts together, once for each process; the API and the workers share it.

Every part is made when it is first used, so a function pays only for what it needs. Tests make
their own Services with other settings.
"""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.config import Settings, load_settings
from chalicelib.connections import (
    API_PATIENCE,
    WORKER_PATIENCE,
    connect_mongodb,
    connect_redis,
    lambda_client,
    secrets_client,
    ses_client,
)
from chalicelib.observability import make_logger
from chalicelib.queue import Limits, Rate, Shards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ses import SESClient
    from pymongo.database import Database
    from redis import Redis
    from redis.cluster import RedisCluster

    from chalicelib.auth.accounts import Accounts
    from chalicelib.auth.keys import KeyRing
    from chalicelib.auth.tokens import AccessTokens
    from chalicelib.mail.ledger import Ledger
    from chalicelib.mail.sending import Sending
    from chalicelib.recruiting.applications import Applications
    from chalicelib.recruiting.postings import Postings
    from chalicelib.recruiting.storing import Storing
    from chalicelib.wake import Waker


class Services:
    """The parts of one process."""

    def __init__(self, service: str, settings: Callable[[], Settings]) -> None:
        self.service = service
        self._load_settings = settings
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
        environment = self.settings.environment
        rates = tuple(map(Rate.parse, environment.apply_limits.split(",")))
        limits = Limits(rates=rates)
        return Shards(
            self.redis,
            "applications",
            count=environment.shards,
            limits=limits,
            followed_by=("mail",),
        )

    @cached_property
    def mail_lanes(self) -> Shards:
        """The lanes of mail."""
        return Shards(self.redis, "mail", count=self.settings.environment.shards)

    @cached_property
    def wake(self) -> Waker:
        """Wakes worker functions."""
        from chalicelib.wake import Waker

        environment = self.settings.environment
        functions = {
            "applications": environment.applications_drain,
            "mail": environment.mail_drain,
        }
        return Waker(
            functions,
            lambda: self.lambda_client,
            lambda wake: self.lanes(wake.kind)[wake.shard].retire(wake.drain_id),
            self.logger,
        )

    @cached_property
    def keys(self) -> KeyRing:
        """The signing keys."""
        from chalicelib.auth.keys import KeyRing

        return KeyRing(self.settings.secrets.signing_keys)

    @cached_property
    def tokens(self) -> AccessTokens:
        """Access tokens."""
        from chalicelib.auth.tokens import AccessTokens

        return AccessTokens(self.keys)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts."""
        from chalicelib.auth.accounts import Accounts

        return Accounts(self.database)

    @cached_property
    def postings(self) -> Postings:
        """Postings."""
        from chalicelib.recruiting.postings import Postings

        return Postings(self.database, self.application_lanes)

    @cached_property
    def ledger(self) -> Ledger:
        """The mail ledger."""
        from chalicelib.mail.ledger import Ledger

        return Ledger(self.database)

    @cached_property
    def applications(self) -> Applications:
        """Applications."""
        from chalicelib.recruiting.applications import Applications

        return Applications(
            self.database, self.application_lanes, self.postings, self.ledger, self.wake
        )

    @cached_property
    def storing(self) -> Storing:
        """The handler of the lanes of applications."""
        from chalicelib.recruiting.storing import Storing

        return Storing(self.database, self.postings)

    @cached_property
    def sending(self) -> Sending:
        """The handler of the lanes of mail."""
        from chalicelib.mail.sending import Sending

        return Sending(self.ledger, lambda: self.ses, self.settings.environment.mail_sender)

    def prepare(self) -> None:
        """Create the indexes of the database. May be repeated."""
        self.accounts.prepare()
        self.postings.prepare()
        self.applications.prepare()

    def probes(self) -> Mapping[str, Callable[[], object]]:
        """What the API needs, each as a call that raises when it does not answer."""
        return {
            "settings": lambda: self.settings,
            "signing_keys": lambda: self.keys.signing,
            "redis": lambda: self.redis.ping(),
            "mongodb": lambda: self.database.command("ping"),
        }


def _read_secret(name: str) -> str:
    return secrets_client().get_secret_value(SecretId=name)["SecretString"]


@cache
def services(service: str) -> Services:
    """The parts of this process, from its environment."""
    return Services(service, lambda: load_settings(os.environ, _read_secret))
