"""Whether the store of the queue keeps an accepted application when it loses a server.

A store that acknowledges a write before it is on a disk, or that evicts keys when it is full, can
lose an application that was answered with 202. Each kind of store is asked in its own way:

* ``valkey``: a server that we run ourselves reports it by ``CONFIG GET``.
* ``elasticache/<replication group>``: the control plane reports it, because the servers refuse
  ``CONFIG``. ``sync`` durability acknowledges a write when two availability zones have it
  (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Durability.Configuring.html).
* ``memorydb/<cluster>``: every cluster is durable, so the control plane is only asked whether the
  address leads to it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from chalicelib.common.redis_servers import ask_servers
from chalicelib.operations.health import StoreNotDurableError
from chalicelib.queue import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

# How long an answer is used again, and an error of the control plane, in seconds. The route of the
# readiness check is public, and the control plane of AWS limits the rate of its calls. An error is
# used for less time, because the store may be in order.
_KEPT_SECONDS = 60.0
_ERROR_KEPT_SECONDS = 10.0


class DurabilityProbe:
    """Checks the store of the queue; an answer is used for a minute, and an error for 10 seconds.

    An error of Redis is not used again, because Redis must be seen to answer at once.

    Args:
        store: ``valkey``, ``elasticache/<replication group>`` or ``memorydb/<cluster>``.
        redis: returns the client of the store.
        host: the host to which the client connects.
        control_plane: returns a client of the AWS service with this name.
    """

    def __init__(
        self,
        store: str,
        redis: Callable[[], Redis],
        host: str,
        control_plane: Callable[[str], Any],
    ) -> None:
        self._service, _, self._name = store.partition("/")
        self._redis = redis
        self._host = host
        self._control_plane = control_plane
        self._problem: str | None = None
        self._error: Exception | None = None
        self._used_until = time.monotonic()

    def check(self) -> None:
        """Check the store.

        Raises:
            StoreNotDurableError: the store can lose what it acknowledged.
            redis.exceptions.RedisError, redis.exceptions.RedisClusterException: the store does not
                answer.
            botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: the control plane
                does not answer.
        """
        if time.monotonic() >= self._used_until:
            self._problem, self._error, kept_seconds = None, None, _KEPT_SECONDS
            try:
                self._problem = self._find_problem()
            except REDIS_ERRORS:
                raise
            except Exception as error:
                self._error, kept_seconds = error, _ERROR_KEPT_SECONDS
            self._used_until = time.monotonic() + kept_seconds
        if self._error:
            raise self._error.with_traceback(None)
        if self._problem:
            raise StoreNotDurableError(self._problem)

    def _find_problem(self) -> str | None:
        redis = self._redis()
        for memory in ask_servers(redis, "info", "memory"):
            policy = memory.get("maxmemory_policy")
            if policy != "noeviction":
                return f"A full store evicts keys (maxmemory-policy {policy})."
        match self._service:
            case "elasticache":
                return self._find_problem_of_elasticache()
            case "memorydb":
                return self._find_problem_of_memorydb()
        return _find_problem_of_valkey(redis)

    def _find_problem_of_elasticache(self) -> str | None:
        answers: list[str] = []
        client = self._control_plane("elasticache")
        # The boto3 of Lambda's runtime can be older than this member, and drops unknown ones.
        client.meta.events.register(
            "after-call.elasticache.DescribeReplicationGroups",
            lambda http_response, **_: answers.append(http_response.text),
        )
        [group] = client.describe_replication_groups(ReplicationGroupId=self._name)[
            "ReplicationGroups"
        ]
        if problem := self._find_other_host(group.get("ConfigurationEndpoint")):
            return problem
        found = re.search(r"<EffectiveDurability>(\w+)</EffectiveDurability>", answers[-1])
        durability = found[1] if found else "unknown"
        if durability != "sync":
            return f"The durability of the store is {durability}, not sync."
        return None

    def _find_problem_of_memorydb(self) -> str | None:
        client = self._control_plane("memorydb")
        [cluster] = client.describe_clusters(ClusterName=self._name)["Clusters"]
        return self._find_other_host(cluster.get("ClusterEndpoint"))

    def _find_other_host(self, endpoint: dict[str, Any] | None) -> str | None:
        if endpoint and endpoint.get("Address") == self._host:
            return None
        return "The address of the store is not that of the store in HIRELANE_STORE."


def _find_problem_of_valkey(redis: Redis) -> str | None:
    try:
        servers = ask_servers(redis, "config_get", "append*")
    except ResponseError:
        return "The store does not say whether it writes to its disk: see HIRELANE_STORE."
    for settings in servers:
        if settings.get("appendonly") != "yes" or settings.get("appendfsync") != "always":
            return "The store answers before it writes to its disk (appendfsync is not always)."
    return None
