"""The API in this process, on real stores, with SES of moto. Each test gets a new container."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from chalice.test import Client
from moto import mock_aws
from pymongo import common
from pymongo.database import Database
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import app as api
from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.derived_keys import new_secret
from chalicelib.auth.credentials.email_links import EmailLinkRepository
from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.bootstrap.clients import connect_mongodb, ses_client
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.secret_scanner import SecretScanner
from tests.integration.auth.workers import SENDER, WakeRecorder
from tests.support.api import client
from tests.support.aws import keep_clients
from tests.support.files import FileReader, use_bucket
from tests.support.stores import Stores, on_database

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

ENVIRONMENT = {
    "HIRELANE_STAGE": "test",
    "HIRELANE_SETTINGS_SECRET": "settings",
    "HIRELANE_KEYS_SECRET": "keys",
    "HIRELANE_MAIL_SENDER": SENDER,
    "HIRELANE_MAIL_RATE": "1000 per second",
}


@pytest.fixture(scope="module")
def ses() -> Iterator[SESClient]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = ses_client(connections=1)
        client.verify_email_identity(EmailAddress=SENDER)
        yield client


@pytest.fixture
def parts(
    stores: Stores,
    redis: Redis,
    database: Database[dict[str, Any]],
    ses: SESClient,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Container]:
    """The container of the API, configured from environment and secrets as when deployed."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    keep_clients(monkeypatch)
    use_bucket(monkeypatch)
    secrets: dict[str, dict[str, Any]] = {
        "settings": {
            "redis_url": stores.redis_url,
            "mongodb_uri": stores.mongodb_uri,
            "link_secret": new_secret(),
            "public_url": "https://hirelane.example/",
        },
        "keys": {
            "signing_keys": [generate_signing_key()],
            "receipt_keys": [generate_signing_key()],
            "purpose_secret": new_secret(),
        },
    }
    made = Container("api", read_secret=lambda name: json.dumps(secrets[name]))
    made.override(waker=WakeRecorder())
    made.notifications.override(ses=ses)
    made.profiles.override(lambda_client=FileReader())
    with use_container(made), on_database(made, database):
        yield made
    made.redis.close()


NOWHERE = {
    "redis": ("redis_url", "redis://:canary@127.0.0.1:9/0"),
    "mongodb": ("mongodb_uri", "mongodb://canary:canary@127.0.0.1:9/hirelane"),
}


@pytest.fixture
def without(
    parts: Container, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Container]]:
    """Replaces the container by one that cannot reach a store.

    Its timeouts are shorter than when deployed; everything else is the same.
    """
    made: list[Container] = []

    def without(store: str) -> Container:
        settings: dict[str, Any] = msgspec.to_builtins(parts.settings.secrets)
        member, address = NOWHERE[store]
        keys: dict[str, Any] = msgspec.to_builtins(parts.api_secrets)
        secrets = {"settings": {**settings, member: address}, "keys": keys}
        crippled = Container("api", read_secret=lambda name: json.dumps(secrets[name]))
        made.append(crippled)
        monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.02)
        # Short for the store that never answers; the other one may be slow on a busy machine.
        seconds = 0.1 if store == "mongodb" else 10.0
        client = connect_mongodb(crippled.settings.secrets.mongodb_uri, seconds=seconds)
        # Without retries, like a function whose connection breaks while it runs.
        redis = Redis.from_url(crippled.settings.secrets.redis_url, retry=Retry(NoBackoff(), 0))
        crippled.override(
            waker=WakeRecorder(),
            logger=parts.logger,
            redis=redis,
            database=client.get_default_database("hirelane"),
        )
        stack.enter_context(use_container(crippled))
        return crippled

    with ExitStack() as stack:
        yield without
    for crippled in made:
        crippled.database.client.close()
        crippled.redis.close()


@pytest.fixture
def http(parts: Container) -> Client:
    return client()


@pytest.fixture
def scanner(http: Client) -> SecretScanner:
    return SecretScanner(http)


@pytest.fixture
def clock(parts: Container) -> ManualClock:
    """The clock of all parts that use the time."""
    clock = ManualClock()
    secret = parts.api_secrets.purpose_secret
    accounts = AccountRepository(parts.database, clock.now)
    parts.auth.override(
        accounts=accounts,
        sessions=SessionRepository(parts.database, secret, parts.auth.audit_log, clock.now),
        email_links=EmailLinkRepository(
            parts.database, parts.settings.secrets.link_secret, clock.now
        ),
        second_factors=SecondFactorVerifier(
            accounts, secret, parts.auth.rate_limits, parts.auth.audit_log, clock.seconds
        ),
        access_tokens=AccessTokens(parts.auth.signing_keys, clock.seconds),
    )
    return clock


@pytest.fixture
def ada(parts: Container) -> Person:
    return create_person(parts)


@pytest.fixture
def log(parts: Container) -> io.StringIO:
    """The log lines that the API writes from now on."""
    lines = io.StringIO()
    loggers: tuple[Any, ...] = (parts.logger, api.app.log)
    for handler in (handler for logger in loggers for handler in logger.handlers):
        handler.setStream(lines)
    return lines
