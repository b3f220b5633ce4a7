"""The API in this process, on real stores; AWS is moto's."""

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

import app as api
from chalicelib.auth.keys import generate_signing_key
from chalicelib.composition import Services, services
from tests.integration.api.steps import PASSWORD, post, publish
from tests.integration.conftest import Stores


@pytest.fixture
def parts(
    stores: Stores,
    redis: Redis,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Services]:
    """The API's parts, configured as when deployed: from its environment and a secret."""
    environment = {
        "HIRELANE_STAGE": "test",
        "HIRELANE_SETTINGS_SECRET": "hirelane/test/settings",
        "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
        "HIRELANE_APPLICATIONS_DRAIN": "nobody-there",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    secret = {
        "redis_url": stores.redis_url,
        "mongodb_uri": stores.mongodb_uri,
        "signing_keys": [generate_signing_key()],
    }
    with mock_aws():
        boto3.client("secretsmanager").create_secret(
            Name="hirelane/test/settings", SecretString=json.dumps(secret)
        )
        services.cache_clear()
        made = services("api")
        made.prepare()
        yield made
        made.redis.close()
        made.database.client.close()
        services.cache_clear()


@pytest.fixture
def http(parts: Services) -> Client:
    return Client(api.app)


@pytest.fixture
def log_in(http: Client) -> Callable[[str], str]:
    """Registers someone and gives their access token."""

    def log_in(email: str) -> str:
        account = {"email": email, "name": "Ada", "password": PASSWORD}
        assert post(http, "/v1/accounts", account).status_code == 201
        answer = post(http, "/v1/sessions", {"email": email, "password": PASSWORD})
        assert answer.status_code == 200
        token: str = json.loads(answer.body)["access_token"]
        return token

    return log_in


@pytest.fixture
def posting(parts: Services) -> str:
    return publish(parts)
