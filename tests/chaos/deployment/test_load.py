"""The deployed system under load, also while workers and stores are killed (`make kill`)."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from pymongo.database import Database

from chalicelib.bootstrap.mail_limits import MOST_PARALLEL
from chalicelib.queue import Shards
from tests.chaos.deployment.function_processes import function_processes
from tests.chaos.deployment.http_load import HttpLoad, LoadReport
from tests.support.deployment import Deployment
from tests.support.timing import stretch

pytestmark = [
    pytest.mark.timed,
    pytest.mark.skipif("HIRELANE_KILLS" not in os.environ, reason="minutes long; see `make kill`"),
]

KILLS = int(os.environ.get("HIRELANE_KILLS", "0"))
SERVED_SECONDS = 600.0
# A function that used less processor time than this within a quarter of a second is idle.
WORKING_SECONDS = 0.02

MakeLoad = Callable[[int, int], HttpLoad]


@pytest.fixture
def make_load(
    deployed: Deployment,
    database: Database[dict[str, Any]],
    lanes: Shards,
    publish: Callable[..., str],
) -> MakeLoad:
    """Returns a load of so many candidates, each of whom applies for so many postings."""

    def make(candidates: int, postings: int) -> HttpLoad:
        ids = [publish(f"Post {number}") for number in range(postings)]
        return HttpLoad(deployed, database, lanes, candidates=candidates, postings=ids)

    return make


@contextmanager
def killed_workers(
    deployed: Deployment, kinds: list[str], kills: int, burst: int
) -> Iterator[list[int]]:
    """Kill workers of these kinds while they work. Yields the ids of the killed processes.

    The block's end waits until all kills are done, or until nothing works any more.
    """
    functions = {f"hirelane-{kind}-local-drain" for kind in kinds}
    killed: list[int] = []
    chance = random.Random(22)  # noqa: S311
    block_ended = threading.Event()

    def kill() -> None:
        idle_since = time.monotonic()
        while len(killed) < kills:
            time.sleep(chance.uniform(0.2, 1.2))
            victims = _working(function_processes(deployed, functions))
            chance.shuffle(victims)
            for process in victims[: min(burst, kills - len(killed))]:
                process.kill()
                killed.append(process.pid)
            if victims:
                idle_since = time.monotonic()
            elif block_ended.is_set() and time.monotonic() - idle_since > 30:
                return

    killer = threading.Thread(target=kill, name="killer")
    killer.start()
    try:
        yield killed
    finally:
        block_ended.set()
        killer.join()


def _working(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that use processor time now."""
    before = {process: _used_seconds(process) for process in processes}
    time.sleep(0.25)
    return [one for one in processes if _used_seconds(one) - before[one] >= WORKING_SECONDS]


def _used_seconds(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system)


def show(capsys: pytest.CaptureFixture[str], report: LoadReport, kills: int = 0) -> None:
    with capsys.disabled():
        print(f"\n  {kills} kills, load average {os.getloadavg()[0]:.1f}: {report}")


def assert_nothing_lost(report: LoadReport) -> None:
    assert (report.lost, report.out_of_order, report.missing_emails) == (0, [], 0)


@pytest.mark.parametrize(("candidates", "postings"), [(50, 100), (80, 50), (40, 50)])
def test_load_sends_each_email_once_and_soon(
    make_load: MakeLoad, candidates: int, postings: int, capsys: pytest.CaptureFixture[str]
) -> None:
    load = make_load(candidates, postings)
    load.run()
    load.wait_until_served(SERVED_SECONDS)
    report = load.report()
    show(capsys, report)
    assert_nothing_lost(report)
    assert (report.doubled_emails, report.sent_again, report.timeouts) == (0, 0, 0)
    assert report.email_seconds < stretch(40 * load.total / 2000)


def test_killed_mail_worker_doubles_only_what_it_was_sending(
    deployed: Deployment, make_load: MakeLoad, capsys: pytest.CaptureFixture[str]
) -> None:
    load = make_load(80, 50)
    with killed_workers(deployed, ["mail"], KILLS, burst=1) as killed:
        load.run()
    load.wait_until_served(SERVED_SECONDS)
    report = load.report()
    show(capsys, report, len(killed))
    assert_nothing_lost(report)
    assert report.timeouts == 0
    assert report.doubled_emails <= report.sent_again <= MOST_PARALLEL * len(killed)


def test_killed_workers_and_stores_lose_nothing(
    deployed: Deployment, make_load: MakeLoad, capsys: pytest.CaptureFixture[str]
) -> None:
    """Workers die in bursts; Redis is killed once, and MongoDB is away for a while."""
    load = make_load(40, 50)
    with killed_workers(deployed, ["applications", "mail"], KILLS * 7 // 5, burst=4) as killed:
        sending = threading.Thread(target=load.run)
        sending.start()
        _wait_until_accepted(load, load.total // 3)
        deployed.stack.kill("valkey")
        deployed.stack.up()
        _wait_until_accepted(load, load.total * 2 // 3)
        deployed.stack.kill("mongodb")
        time.sleep(8)
        deployed.stack.up()
        sending.join()
    load.wait_until_served(SERVED_SECONDS)
    report = load.report()
    show(capsys, report, len(killed))
    assert load.accepted == load.total
    assert_nothing_lost(report)
    assert report.doubled_emails <= report.sent_again


def _wait_until_accepted(load: HttpLoad, applications: int) -> None:
    ends = time.monotonic() + SERVED_SECONDS
    while load.accepted < applications:
        assert time.monotonic() < ends, f"only {load.accepted} applications are accepted"
        time.sleep(0.2)
