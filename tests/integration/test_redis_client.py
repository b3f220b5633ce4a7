"""The Redis client: which errors of a server make it connect again and repeat the call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.queue.scripts.execute import execute
from tests.support.stores import Stores

# Fails with the given error as often as the counter says.
FAIL = """
if redis.call('DECR', KEYS[1]) >= 0 then return redis.error_reply(ARGV[1]) end
return 'served'
"""
# Errors that depend on the server, and errors that depend on the command.
OF_SERVER = (
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "LOADING Redis is loading the dataset in memory",
    "MOVED 12182 127.0.0.1:6381",
    "ASK 12182 127.0.0.1:6381",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "NOREPLICAS Not enough good replicas to write.",
    "MISCONF Errors writing to the AOF file: No space left on device",
    "UNBLOCKED force unblock from blocking operation, instance state changed",
)
OF_COMMAND = (
    "ERR syntax error",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "NOPERM this user has no permissions to run the 'evalsha' command",
)


@pytest.fixture
def client(stores: Stores) -> Iterator[Redis]:
    client = connect_redis(stores.redis_url)
    assert isinstance(client, Redis)
    with client:
        yield client


def fail(client: Redis, redis: Redis, error: str, times: int) -> str:
    redis.set("failures", times)
    return str(client.eval(FAIL, 1, "failures", error))


@pytest.mark.parametrize("error", OF_SERVER)
@pytest.mark.parametrize("call", ["command", "script", "pipeline"])
def test_wrong_server_is_left_and_the_call_repeated(
    client: Redis, redis: Redis, error: str, call: str
) -> None:
    first = client.client_id()
    if call == "command":
        assert fail(client, redis, error, 1) == "b'served'"
        assert client.client_id() != first
    elif call == "script":
        redis.set("failures", 1)
        assert execute(client, "EVAL", FAIL, 1, "failures", error) == b"served"
        assert client.client_id() != first
    else:
        redis.set("failures", 1)
        with client.pipeline(transaction=False) as pipe:
            pipe.eval(FAIL, 1, "failures", error)
            assert pipe.execute() == [b"served"]


@pytest.mark.parametrize("error", OF_SERVER)
def test_connection_is_new_after_the_call_failed(client: Redis, redis: Redis, error: str) -> None:
    first = client.client_id()
    with pytest.raises(RedisError):
        fail(client, redis, error, 2)
    assert client.client_id() != first
    assert redis.get("failures") == b"0"


@pytest.mark.parametrize("error", OF_COMMAND)
def test_wrong_command_is_not_repeated(client: Redis, redis: Redis, error: str) -> None:
    first = client.client_id()
    with pytest.raises(RedisError):
        fail(client, redis, error, 1)
    redis.set("failures", 1)
    with pytest.raises(RedisError):
        execute(client, "EVAL", FAIL, 1, "failures", error)
    assert client.client_id() == first
    assert redis.get("failures") == b"0"
