"""`up` recovers a stack that crashed, started only in part, or has wrong records."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from infrastructure.local.stack import Stack, StackError, processes
from infrastructure.local.stack.services import SERVICES
from infrastructure.local.stack.state import Record, Registry

from .conftest import Run

LOST_FUNCTIONS = "LocalStack was restarted and lost its functions: run `make deploy`.\n"


def pid(stack: Stack, service: str) -> int:
    (found,) = [status.pid for status in stack.status() if status.name == service]
    assert found is not None
    return found


def state(stack: Stack, service: str) -> str:
    (found,) = [status.state for status in stack.status() if status.name == service]
    return found


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that belongs to no stack."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    assert process.poll() is None, "the bystander was killed"
    process.kill()
    process.wait()


def test_killed_services_restart_with_their_data(running: Stack, command: Run) -> None:
    before = running.endpoints()
    with Redis.from_url(before.redis_url) as redis:
        redis.set("acknowledged", "yes")
    for service in SERVICES:
        running.kill(service)
        assert state(running, service) == "crashed"
    # Nothing is deployed that LocalStack could lose.
    assert LOST_FUNCTIONS not in command("up", "--dir", running.layout.directory).stdout
    assert running.endpoints() == before
    with Redis.from_url(before.redis_url, decode_responses=True) as redis:
        assert redis.get("acknowledged") == "yes"


@pytest.mark.parametrize("dead", list(SERVICES))
def test_status_shows_all_servers_when_one_is_dead(running: Stack, command: Run, dead: str) -> None:
    running.kill(dead)
    table = command("status", "--dir", running.layout.directory)
    assert (table.returncode, table.stderr) == (3, "")
    states = dict(line.split()[:2] for line in table.stdout.splitlines()[1:])
    assert states == {name: "crashed" if name == dead else "running" for name in SERVICES}
    # The other servers are still available.
    for name in SERVICES:
        if name == dead:
            with pytest.raises(StackError, match=rf"not up \({dead}\)"):
                running.endpoint(name)
        else:
            assert running.endpoint(name)
    logs = command("logs", "--no-follow", "--dir", running.layout.directory)
    assert logs.returncode == (1 if dead == "localstack" else 0)


def test_logs_without_a_started_server_are_an_error(stack: Stack, command: Run) -> None:
    options = ("logs", "--servers", "--service", "valkey", "--dir", stack.layout.directory)
    result = command(*options)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "There is no log of valkey yet: run `make up`.\n"


def test_up_reports_that_localstack_lost_functions(running: Stack, command: Run) -> None:
    directory = running.layout.directory
    record = running.layout.deployed("api")
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("{}")
    try:
        running.kill("valkey")
        assert LOST_FUNCTIONS not in command("up", "--dir", directory).stdout
        running.kill("localstack")
        assert command("up", "--dir", directory).stdout.endswith(LOST_FUNCTIONS)
    finally:
        record.unlink()
    again = command("up", "--dir", directory).stdout
    assert again == "The stack is already running.\n"


def test_paused_service_is_reported_and_resumed(running: Stack) -> None:
    before = pid(running, "mongodb")
    running.pause("mongodb")
    assert state(running, "mongodb") == "paused"
    running.up()
    assert state(running, "mongodb") == "running"
    assert pid(running, "mongodb") == before


def test_restart_keeps_the_address(running: Stack) -> None:
    before, address = pid(running, "valkey"), running.endpoints().redis_url
    running.restart("valkey")
    assert pid(running, "valkey") != before
    assert running.endpoints().redis_url == address


@pytest.mark.parametrize("disturb", ["up", "down"])
def test_process_with_a_reused_pid_is_not_stopped(
    stack: Stack, bystander: subprocess.Popen[bytes], disturb: str
) -> None:
    # GIVEN a record whose server is gone and whose pid now belongs to another process
    stack.layout.directory.mkdir(parents=True)
    registry = Registry(stack.layout.state_file)
    registry.put("valkey", Record(port=1, pid=bystander.pid, birth="an earlier start"))
    assert state(stack, "valkey") == "crashed"
    # WHEN the stack is started or stopped, THEN the bystander still runs (its fixture checks that)
    if disturb == "up":
        stack.restart("valkey")
        assert pid(stack, "valkey") != bystander.pid
    stack.down()
    assert state(stack, "valkey") == "stopped"


def test_process_birth_ignores_the_clock() -> None:
    process = psutil.Process()
    mark = processes.birth(process)
    assert mark == processes.birth(psutil.Process(process.pid))
    if psutil.LINUX:
        assert mark.partition("/")[2].isdecimal()  # clock ticks since boot


@pytest.mark.parametrize("damage", ["lost", "damaged"])
def test_start_kills_servers_without_a_record(stack: Stack, damage: str) -> None:
    stack.restart("valkey")
    first = psutil.Process(pid(stack, "valkey"))
    if damage == "lost":
        stack.layout.state_file.unlink()
    else:
        stack.layout.state_file.write_text('{"servers": [')
    stack.restart("valkey")
    assert not processes.is_alive(first)
    assert state(stack, "valkey") == "running"


def test_function_that_survived_localstack_is_found(tmp_path: Path) -> None:
    # Its code is at /var/task, so only its home directory says to which stack it belongs.
    environment = {"LAMBDA_TASK_ROOT": "/var/task", "HOME": str(tmp_path / "tmp" / "home")}
    function = subprocess.Popen(["sleep", "600"], env=environment)
    try:
        assert [process.pid for process in processes.strays(tmp_path)] == [function.pid]
        assert processes.strays(tmp_path / "other") == []
    finally:
        function.kill()
        function.wait()


def test_down_stops_servers_without_a_record(stack: Stack) -> None:
    stack.restart("valkey")
    server = psutil.Process(pid(stack, "valkey"))
    stack.layout.state_file.unlink()
    stack.down()
    assert not processes.is_alive(server)
