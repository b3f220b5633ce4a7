"""Clients of the servers we use. Made when first needed, one for each process and server.

Nothing is opened at import: ``chalice deploy`` imports the app, and a cold start that does not need
a server should not wait for it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ses import SESClient
    from pymongo import MongoClient
    from redis import Redis
    from redis.cluster import RedisCluster

REDIS_CONNECT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (s) a process waits for the answers of Redis, of MongoDB and of an invoke."""

    redis: float
    mongodb: float
    invoke: float
    invoke_attempts: int


# Connecting to Redis and waiting for it in vain stay within the second after which the API says so.
API_PATIENCE = Patience(redis=0.55, mongodb=2.0, invoke=1.5, invoke_attempts=1)
# A worker has no caller who waits for an answer, and a batch takes longer than one request.
WORKER_PATIENCE = Patience(redis=5.0, mongodb=5.0, invoke=5.0, invoke_attempts=2)


def connect_redis(
    url: str, *, answer_seconds: float = API_PATIENCE.redis, cluster: bool = False
) -> Redis | RedisCluster:
    """A client of Redis, connected. A call that meets a closed connection is tried once more.

    That is safe: accepting is guarded by its once, a claim made twice is a lease that runs out, and
    a settling made twice is stale. A call that timed out is not tried again: whoever waits has
    waited long enough.

    It has one connection: a function does one thing at a time, and the pool of redis-py costs as
    much as the call itself (benchmarks/README.md). A client of a cluster has one for each node.

    Raises:
        redis.exceptions.RedisError: it cannot be reached.
    """
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.cluster import RedisCluster
    from redis.exceptions import ConnectionError as ClosedConnection
    from redis.retry import Retry

    patience: Any = {
        "socket_connect_timeout": REDIS_CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        "retry": Retry(NoBackoff(), 1, supported_errors=(ClosedConnection,)),
    }
    if cluster:
        return RedisCluster.from_url(url, **patience)
    return Redis.from_url(url, single_connection_client=True, **patience)


def connect_mongodb(
    uri: str, *, seconds: float = API_PATIENCE.mongodb
) -> MongoClient[dict[str, Any]]:
    """A client of MongoDB, each of whose operations ends within ``seconds``."""
    from pymongo import MongoClient

    return MongoClient(
        uri,
        timeoutMS=round(seconds * 1000),
        serverSelectionTimeoutMS=round(seconds * 1000),
        maxPoolSize=4,
        tz_aware=True,
        appname="hirelane",
    )


def lambda_client(*, answer_seconds: float, attempts: int) -> LambdaClient:
    """A client that invokes functions; quick to give up, since a schedule stands behind it."""
    client: LambdaClient = _aws(
        "lambda", connect_timeout=0.5, read_timeout=answer_seconds, attempts=attempts
    )
    return client


def ses_client() -> SESClient:
    """A client that sends mail. Not tried again by itself: a job is."""
    client: SESClient = _aws("ses", connect_timeout=2, read_timeout=10, attempts=1)
    return client


def secrets_client() -> SecretsManagerClient:
    """A client that reads secrets."""
    client: SecretsManagerClient = _aws(
        "secretsmanager", connect_timeout=2, read_timeout=5, attempts=3
    )
    return client


def read_secret(name: str) -> str:
    """Return the text of a secret in Secrets Manager."""
    return secrets_client().get_secret_value(SecretId=name)["SecretString"]


def _aws(service: str, *, connect_timeout: float, read_timeout: float, attempts: int) -> Any:
    import boto3
    from botocore.config import Config

    session: Any = boto3
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return session.client(
        service,
        region_name=region,
        config=Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"total_max_attempts": attempts},
        ),
    )
