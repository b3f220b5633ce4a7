"""Clients of Redis, MongoDB and AWS.

No connection is opened at import, because ``chalice deploy`` imports the app, and because a cold
start must not wait for a server that the request does not need.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ses import SESClient
    from pymongo import MongoClient
    from redis import Redis

REDIS_CONNECT_SECONDS = 0.25


class Timeouts(NamedTuple):
    """Timeouts in seconds: of Redis, of MongoDB and of the invocation of a function."""

    redis: float
    mongodb: float
    invoke: float
    invoke_attempts: int


# Connecting to Redis and waiting for it take less than a second, before the API answers 503.
API_TIMEOUTS = Timeouts(redis=0.55, mongodb=2.0, invoke=1.5, invoke_attempts=1)
# No caller waits for a worker, and a batch takes longer than one request.
WORKER_TIMEOUTS = Timeouts(redis=5.0, mongodb=5.0, invoke=5.0, invoke_attempts=2)


def connect_redis(
    url: str, *, answer_seconds: float = API_TIMEOUTS.redis, cluster: bool = False
) -> Redis:
    """Return a connected client of Redis.

    The client repeats a call once, on a new connection, if the connection was closed or the server
    accepts no writes (see ``redis_retry``). That is safe: a deduplication key guards the accept of
    a job, a repeated claim is a lease that expires, and a repeated settle is stale. It does not
    repeat a call that timed out, because the caller has waited long enough.

    The client has one connection, because a function does one thing at a time, and the connection
    pool of redis-py costs as much as the call itself (benchmarks/README.md). A client of a cluster
    has one connection for each server, and repeats calls for longer (see ``redis_cluster``).

    Args:
        url: the URL of the server.
        answer_seconds: how long to wait for an answer.
        cluster: whether the server is a cluster.

    Raises:
        redis.exceptions.RedisError: the server cannot be reached.
    """
    if cluster:
        from chalicelib.bootstrap.redis_cluster import ClusterClient

        return ClusterClient(
            url, connect_seconds=REDIS_CONNECT_SECONDS, answer_seconds=answer_seconds
        )
    from redis import Redis

    from chalicelib.bootstrap.redis_retry import FailoverRetry

    return Redis.from_url(
        url,
        single_connection_client=True,
        retry=FailoverRetry(),
        socket_connect_timeout=REDIS_CONNECT_SECONDS,
        socket_timeout=answer_seconds,
    )


def connect_mongodb(
    uri: str, *, seconds: float = API_TIMEOUTS.mongodb
) -> MongoClient[dict[str, Any]]:
    """Return a client of MongoDB whose operations each end within ``seconds``."""
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
    """Return a client that invokes functions, with short timeouts because a schedule repeats it."""
    client: LambdaClient = _aws(
        "lambda", connect_timeout=0.5, read_timeout=answer_seconds, attempts=attempts
    )
    return client


def ses_client(*, connections: int) -> SESClient:
    """Return a client that sends e-mail. It does not retry, because the job is retried."""
    client: SESClient = _aws(
        "ses", connect_timeout=2, read_timeout=10, attempts=1, max_pool_connections=connections
    )
    return client


def s3_client(*, attempts: int) -> Any:
    """Return a client of the store of files. Its URLs name bucket and region."""
    return _aws(
        "s3",
        connect_timeout=1.0,
        read_timeout=5.0,
        attempts=attempts,
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )


def control_plane_client(service: str) -> Any:
    """Return a client of the control plane of a store, ``elasticache`` or ``memorydb``."""
    return _aws(service, connect_timeout=0.5, read_timeout=1.5, attempts=1)


def secrets_client(
    *, connect_timeout: float = 2.0, read_timeout: float = 5.0, attempts: int = 3
) -> SecretsManagerClient:
    """Return a client that reads secrets."""
    client: SecretsManagerClient = _aws(
        "secretsmanager",
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        attempts=attempts,
    )
    return client


def read_secret(name: str) -> str:
    """Return the text of a secret in Secrets Manager."""
    return secrets_client().get_secret_value(SecretId=name)["SecretString"]


def reread_secret(name: str) -> str:
    """Return the text of a secret. It takes less than half a second, because a request waits."""
    client = secrets_client(connect_timeout=0.2, read_timeout=0.25, attempts=1)
    return client.get_secret_value(SecretId=name)["SecretString"]


def _aws(
    service: str, *, connect_timeout: float, read_timeout: float, attempts: int, **options: Any
) -> Any:
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
            **options,
        ),
    )
