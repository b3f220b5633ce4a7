"""The API in this process, on real stores; moto replaces AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from chalice.test import Client
from moto import mock_aws
from pymongo.database import Database
from redis import Redis

from chalicelib.auth.credentials.derived_keys import new_secret
from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from tests.integration.recruiting.candidates import Candidate
from tests.integration.recruiting.steps import PASSWORD, post, publish, register
from tests.support.api import client
from tests.support.stores import Stores, has_indexes


@pytest.fixture
def parts(
    stores: Stores,
    redis: Redis,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Container]:
    """The container of the API, configured from its environment and secrets as when deployed."""
    environment = {
        "HIRELANE_STAGE": "test",
        "HIRELANE_SETTINGS_SECRET": "hirelane/test/settings",
        "HIRELANE_KEYS_SECRET": "hirelane/test/keys",
        "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
        "HIRELANE_APPLICATIONS_DRAIN": "nobody-there",
        "HIRELANE_MAIL_DRAIN": "nobody-there",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    secret = {
        "redis_url": stores.redis_url,
        "mongodb_uri": stores.mongodb_uri,
        "link_secret": new_secret(),
        "public_url": "https://hirelane.example",
    }
    keys = {"signing_keys": [generate_signing_key()], "purpose_secret": new_secret()}
    with mock_aws():
        for name, content in {"settings": secret, "keys": keys}.items():
            boto3.client("secretsmanager").create_secret(
                Name=f"hirelane/test/{name}", SecretString=json.dumps(content)
            )
        made = Container("api")
        with use_container(made):
            if not has_indexes(database):
                made.operations.prepare()
            yield made
        made.redis.close()
        made.database.client.close()


@pytest.fixture
def http(parts: Container) -> Client:
    return client()


@pytest.fixture
def log_in(http: Client, parts: Container) -> Callable[[str], str]:
    """Return a function that registers an address and returns an access token."""

    def log_in(email: str) -> str:
        register(http, parts, email)
        answer = post(http, "/v1/sessions", {"email": email, "password": PASSWORD})
        assert answer.status_code == 200
        token: str = json.loads(answer.body)["access_token"]
        return token

    return log_in


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
