"""Readiness reports a store that can lose an acknowledged application."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from chalice.test import Client
from redis import Redis

from chalicelib.bootstrap.clients import control_plane_client
from chalicelib.operations.durability import DurabilityProbe
from chalicelib.operations.health import StoreNotDurableError
from tests.support.http_server import serving
from tests.support.stores import Stores

GROUP = """<DescribeReplicationGroupsResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">
<DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>
<ReplicationGroupId>hirelane-prod</ReplicationGroupId>
<ConfigurationEndpoint><Address>{host}</Address><Port>6379</Port></ConfigurationEndpoint>
{durability}</ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult>
</DescribeReplicationGroupsResponse>"""


class ControlPlane(ThreadingHTTPServer):
    """Answers each call of a control plane with the same text."""

    answer = ""
    calls = 0


class _Handler(BaseHTTPRequestHandler):
    server: ControlPlane

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        body = self.server.answer.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Log nothing."""


@pytest.fixture
def control_plane(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    server = ControlPlane(("127.0.0.1", 0), _Handler)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serving(server) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield server


def make_probe(redis: Redis, store: str, host: str = "127.0.0.1") -> DurabilityProbe:
    return DurabilityProbe(store, lambda: redis, host, control_plane_client)


def problem_of(probe: DurabilityProbe) -> str:
    """Return the problem that a probe reports; empty if there is none."""
    try:
        probe.check()
    except StoreNotDurableError as error:
        return str(error)
    return ""


@contextmanager
def configured(redis: Redis, name: str, value: str) -> Iterator[None]:
    before = redis.config_get(name)[name]
    redis.config_set(name, value)
    try:
        yield
    finally:
        redis.config_set(name, str(before))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("appendonly", "no", "answers before it writes to its disk"),
        ("appendfsync", "everysec", "answers before it writes to its disk"),
        ("maxmemory-policy", "volatile-lru", "evicts keys (maxmemory-policy volatile-lru)"),
    ],
)
def test_valkey_that_can_lose_writes_is_not_ready(
    http: Client, redis: Redis, name: str, value: str, problem: str
) -> None:
    with configured(redis, name, value):
        answer = http.http.get("/health/ready")
    check = json.loads(answer.body)["checks"]["durability"]
    assert (answer.status_code, check["code"]) == (503, "store-not-durable")
    assert problem in check["problem"]


def test_valkey_that_refuses_config_is_not_durable(redis: Redis, stores: Stores) -> None:
    redis.acl_setuser("managed", enabled=True, nopass=True, commands=["+@all", "-config"])
    address = urlsplit(stores.redis_url)
    try:
        with Redis(host=str(address.hostname), port=address.port or 0, username="managed") as other:
            assert "HIRELANE_STORE" in problem_of(make_probe(other, "valkey"))
    finally:
        redis.acl_deluser("managed")


@pytest.mark.parametrize(
    ("durability", "host", "problem"),
    [
        ("<EffectiveDurability>sync</EffectiveDurability>", "127.0.0.1", ""),
        ("<EffectiveDurability>async</EffectiveDurability>", "127.0.0.1", "is async, not sync"),
        ("<EffectiveDurability>disabled</EffectiveDurability>", "127.0.0.1", "is disabled"),
        ("", "127.0.0.1", "is unknown"),
        ("<EffectiveDurability>sync</EffectiveDurability>", "other.example", "address"),
    ],
)
def test_elasticache_needs_synchronous_durability(
    redis: Redis, control_plane: ControlPlane, durability: str, host: str, problem: str
) -> None:
    control_plane.answer = GROUP.format(host=host, durability=durability)
    probe = make_probe(redis, "elasticache/hirelane-prod")
    # The second answer comes from memory, because the control plane limits the rate of calls.
    for found in (problem_of(probe), problem_of(probe)):
        assert problem in found
        assert bool(found) == bool(problem)
    assert control_plane.calls == 1


@pytest.mark.parametrize(("host", "is_durable"), [("127.0.0.1", True), ("other.example", False)])
def test_memorydb_is_durable_if_the_address_leads_to_it(
    redis: Redis, control_plane: ControlPlane, host: str, is_durable: bool
) -> None:
    cluster: dict[str, Any] = {"Name": "hirelane", "ClusterEndpoint": {"Address": host}}
    control_plane.answer = json.dumps({"Clusters": [cluster]})
    assert (problem_of(make_probe(redis, "memorydb/hirelane")) == "") is is_durable


def test_control_plane_is_asked_again_ten_seconds_after_an_error(
    redis: Redis, control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    probe = make_probe(redis, "elasticache/hirelane-prod")
    for _ in range(2):
        with pytest.raises(Exception, match="invalid XML"):
            probe.check()
    assert control_plane.calls == 1
    control_plane.answer = GROUP.format(
        host="127.0.0.1", durability="<EffectiveDurability>sync</EffectiveDurability>"
    )
    now += 10
    probe.check()
    assert control_plane.calls == 2
