"""The API in this process, on real stores; moto replaces AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.test import Client
from moto import mock_aws
from moto.core.models import MockAWS
from pymongo.database import Database
from redis import Redis

from chalicelib.auth.credentials.derived_keys import new_secret
from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from tests.integration.auth.people import create_person
from tests.integration.recruiting.candidates import Candidate
from tests.integration.recruiting.steps import PASSWORD, publish
from tests.support.api import client
from tests.support.aws import keep_clients
from tests.support.files import FileReader, use_bucket
from tests.support.stores import Stores, on_database

ReadSecret = Callable[[str], str]


@pytest.fixture(scope="module")
def aws() -> Iterator[MockAWS]:
    """AWS for a module, because moto takes longer to start than most tests."""
    with mock_aws() as aws:
        yield aws


@pytest.fixture
def read_secret(stores: Stores) -> ReadSecret:
    """Return a function that returns the text of a secret by its name."""
    secrets: dict[str, dict[str, Any]] = {
        "settings": {
            "redis_url": stores.redis_url,
            "mongodb_uri": stores.mongodb_uri,
            "link_secret": new_secret(),
            "public_url": "https://hirelane.example",
        },
        "keys": {
            "signing_keys": [generate_signing_key()],
            "receipt_keys": [generate_signing_key()],
            "purpose_secret": new_secret(),
        },
    }
    return lambda name: json.dumps(secrets[name])


@pytest.fixture
def parts(
    read_secret: ReadSecret,
    redis: Redis,
    database: Database[dict[str, Any]],
    aws: MockAWS,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Container]:
    """The container of the API, configured from its environment and secrets as when deployed."""
    environment = {
        "HIRELANE_STAGE": "test",
        "HIRELANE_SETTINGS_SECRET": "settings",
        "HIRELANE_KEYS_SECRET": "keys",
        "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
        "HIRELANE_APPLICATIONS_DRAIN": "nobody-there",
        "HIRELANE_MAIL_DRAIN": "nobody-there",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    aws.reset()
    keep_clients(monkeypatch)
    use_bucket(monkeypatch)
    made = Container("api", read_secret=read_secret)
    made.profiles.override(lambda_client=FileReader())
    with use_container(made), on_database(made, database):
        yield made
        made.redis.close()


@pytest.fixture
def http(parts: Container) -> Client:
    return client()


@pytest.fixture
def log_in(parts: Container) -> Callable[[str], str]:
    """Return a function that creates an account with a session and returns an access token."""
    return lambda email: create_person(parts, email, password=PASSWORD, name="Ada").token


@pytest.fixture
def ada(http: Client, parts: Container, log_in: Callable[[str], str]) -> Candidate:
    return candidate(http, parts, log_in, "ada@example.com")


@pytest.fixture
def bob(http: Client, parts: Container, log_in: Callable[[str], str]) -> Candidate:
    return candidate(http, parts, log_in, "bob@example.com")


def candidate(
    http: Client, parts: Container, log_in: Callable[[str], str], email: str
) -> Candidate:
    token = log_in(email)
    return Candidate(http, token, parts.auth.access_tokens.verify(token).account_id)


@pytest.fixture
def posting(parts: Container) -> str:
    return publish(parts)
