"""Start and stop stacks: once, repeatedly and side by side."""

from __future__ import annotations

import contextlib
import json
import shlex
import socket
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from redis import Redis

from infrastructure.local.stack import Endpoints, Stack, processes
from infrastructure.local.stack.services import SERVICES
from infrastructure.local.stack.state import Registry
from tests.support.timing import stretch

from .conftest import Run


def pids(stack: Stack) -> dict[str, int | None]:
    return {status.name: status.pid for status in stack.status()}


def remember(endpoints: Endpoints, value: str) -> None:
    with Redis.from_url(endpoints.redis_url) as redis:
        redis.set("remembered", value)
    with MongoClient[dict[str, Any]](endpoints.mongodb_uri, timeoutMS=5000) as mongo:
        assert not mongo.options.retry_writes, "SecantusDB takes 15 ms for such a write"
        mongo.get_default_database()["remembered"].insert_one({"_id": value})


def remembered(endpoints: Endpoints) -> tuple[str, list[str]]:
    with (
        Redis.from_url(endpoints.redis_url, decode_responses=True) as redis,
        MongoClient[dict[str, Any]](endpoints.mongodb_uri, timeoutMS=5000) as mongo,
    ):
        documents = mongo.get_default_database()["remembered"].find()
        return str(redis.get("remembered")), [document["_id"] for document in documents]


def test_two_stacks_start_and_stop_independently(running: Stack, stack: Stack) -> None:
    lines: list[str] = []
    ours = stack.up(lines.append)
    assert sorted(line.split()[0] for line in lines) == ["localstack", "mongodb", "valkey"]

    # Up again: the same processes, the same addresses, and no output.
    before = pids(stack)
    assert stack.up(lines.append) == ours
    assert pids(stack) == before
    assert len(lines) == 3

    # Side by side: neither sees the data of the other.
    theirs = running.endpoints()
    remember(ours, "ours")
    remember(theirs, "theirs")
    assert remembered(ours) == ("ours", ["ours"])
    assert remembered(theirs) == ("theirs", ["theirs"])

    # Down twice: only these processes end, and their data stays.
    stack.down()
    stack.down()
    assert set(pids(stack).values()) == {None}
    assert all(status.state == "stopped" for status in stack.status())
    assert processes.strays(stack.layout.directory) == []
    assert all(status.is_running for status in running.status())

    # Up once more: on the same ports, with the same data.
    assert stack.up() == ours
    assert remembered(ours) == ("ours", ["ours"])


def test_status_is_a_table_and_an_exit_code(running: Stack, tmp_path: Path, command: Run) -> None:
    table = command("status", "--dir", running.layout.directory)
    assert table.returncode == 0, table.stderr
    assert [line.split()[:2] for line in table.stdout.splitlines()] == [
        ["SERVICE", "STATE"],
        ["valkey", "running"],
        ["mongodb", "running"],
        ["localstack", "running"],
    ]
    assert max(map(len, table.stdout.splitlines())) <= 80

    stopped = command("status", "--json", "--dir", tmp_path / "none")
    assert stopped.returncode == 3
    services = json.loads(stopped.stdout)["services"]
    assert [service["state"] for service in services] == ["stopped"] * 3
    assert not (tmp_path / "none").exists()


def test_configured_port_in_use_is_reported(stack: Stack, command: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = command("up", "--dir", stack.layout.directory, HIRELANE_MONGODB_PORT=str(port))
    assert result.returncode == 1
    assert result.stderr == (
        f"Port {port}, configured for mongodb by HIRELANE_MONGODB_PORT,"
        " is in use by another program.\n"
    )
    assert set(pids(stack).values()) == {None}


def test_invalid_port_is_reported(stack: Stack, command: Run) -> None:
    result = command("up", "--dir", stack.layout.directory, HIRELANE_VALKEY_PORT="70000")
    assert result.returncode == 1
    assert result.stderr == "HIRELANE_VALKEY_PORT=70000 is not a port number.\n"


def test_env_prints_shell_exports(running: Stack, command: Run) -> None:
    exports = command("env", "--dir", running.layout.directory).stdout.splitlines()
    endpoints = running.endpoints()
    assert f"export REDIS_URL={endpoints.redis_url}" in exports
    assert f"export MONGODB_URI={shlex.quote(endpoints.mongodb_uri)}" in exports
    assert f"export AWS_ENDPOINT_URL={endpoints.aws_endpoint_url}" in exports
    assert "export AWS_CONFIG_FILE=/dev/null" in exports


def test_url_without_a_deployment_is_an_error(running: Stack, command: Run) -> None:
    result = command("url", "--dir", running.layout.directory)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "The API is not deployed: run `make deploy`.\n"


def test_servers_listen_on_loopback_only(running: Stack) -> None:
    listening = set()
    for record in Registry(running.layout.state_file).records().values():
        process = processes.find(record)
        assert process is not None
        for connection in process.net_connections("inet"):
            if connection.status == "LISTEN":
                listening.add(connection.laddr.ip)
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("127.0.0.1:{port}", True),
        ("localhost:{port}", True),
        ("[::1]:{port}", True),
        ("ses.us-east-1.localhost.localstack.cloud:{port}", True),
        ("evil.example:{port}", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@127.0.0.1.evil.example", False),
        ("[", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/_aws/ses", "/_localstack/health"])
def test_localstack_refuses_a_foreign_host(
    running: Stack, path: str, host: str, is_allowed: bool
) -> None:
    address = urlsplit(running.endpoint("localstack"))
    connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Host": host.format(port=address.port)})
        assert (connection.getresponse().status != 403) is is_allowed


def test_files_of_the_servers_are_private(running: Stack) -> None:
    # Whatever the umask of the shell is.
    directory = running.layout.directory
    private = [directory, running.layout.log("valkey").parent, *map(running.layout.data, SERVICES)]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o700}
    files = [path for path in running.layout.data("valkey").rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_failed_start_shows_the_end_of_the_log(stack: Stack, command: Run) -> None:
    # A file in place of Valkey's data directory: Valkey exits with an error at once.
    files = stack.layout.data("valkey") / "appendonlydir"
    files.parent.mkdir(parents=True)
    files.write_text("not a directory")
    began = time.monotonic()
    result = command("up", "--dir", stack.layout.directory)
    assert result.returncode == 1
    assert time.monotonic() - began < stretch(20)
    first, *log = result.stderr.splitlines()
    assert first == f"valkey ended while starting; its log is {stack.layout.log('valkey')}"
    assert any("appendonlydir" in line for line in log)
    assert "Traceback" not in result.stderr
