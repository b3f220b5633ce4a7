"""The trace and the metrics of an application, from the HTTP request to the e-mail."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.bootstrap.store_metrics import measure_store
from chalicelib.common import traces
from chalicelib.queue import Limits, Shards
from chalicelib.queue.worker import ClaimTimes, Leases, Retry, drain
from tests.integration.recruiting.candidates import (
    Candidate,
    claim,
    drain_applications,
    settle,
    sweep_applications,
)
from tests.integration.recruiting.steps import commands_until_echo, publish
from tests.support.lanes import RecordingWaker
from tests.support.metrics import written_metrics

TRACE_ID, PARENT_ID = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
HEADER = f"Root={TRACE_ID};Parent={PARENT_ID};Sampled=1"
Segment = dict[str, Any]
ReadSegments = Callable[[], list[Segment]]


@pytest.fixture
def segments(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadSegments]:
    """Run a daemon. Return a function that returns what it got."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        traces._daemon.cache_clear()

        def read() -> list[Segment]:
            got: list[Segment] = []
            # What was sent to the loopback address is there at once.
            while True:
                try:
                    header, _, document = daemon.recv(65_536).partition(b"\n")
                except BlockingIOError:
                    return got
                assert json.loads(header) == {"format": "json", "version": 1}
                got.append(json.loads(document))

        yield read
        traces._socket().close()
        traces._socket.cache_clear()
        traces._daemon.cache_clear()


def drain_mail(parts: Container) -> None:
    """Send the e-mails that wait."""
    parts.notifications.ses.verify_email_identity(EmailAddress="no-reply@hirelane.example")
    drain(
        Leases(Shards(parts.redis, "mail", limits=Limits(idle_timeout=0))[0]),
        parts.notifications.job_handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=LoggingObserver(parts.logger, "mail", "mailed"),
    )


@pytest.fixture
def journey(
    ada: Candidate, posting: str, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Return a function that sends an application through all functions, with a trace header."""

    def travel(header: str) -> str:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
        application = ada.apply(posting, cover_letter="canary-letter-7f3a")
        # The workers are invoked in traces of their own.
        monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.replace("1-5759", "1-aaaa"))
        drain_applications(parts)
        drain_mail(parts)
        return application

    return travel


def test_application_has_one_trace_up_to_its_email(
    journey: Callable[[str], str], segments: ReadSegments, ada: Candidate
) -> None:
    application = journey(HEADER)
    accept, store, mail = got = segments()
    assert {one["trace_id"] for one in got} == {TRACE_ID}
    assert [one["name"] for one in got] == ["accept", "hirelane-applications", "hirelane-mail"]
    # Lambda sends the segment of the request itself; the accept is a step of it.
    assert (accept["type"], accept["parent_id"]) == ("subsegment", PARENT_ID)
    assert (store["parent_id"], mail["parent_id"]) == (PARENT_ID, store["id"])
    steps = [[step["name"] for step in one["subsegments"]] for one in (store, mail)]
    assert steps == [["claim", "store", "settle"], ["claim", "send", "settle"]]
    assert store["annotations"]["job_id"] == accept["annotations"]["application_id"] == application
    ids = [one["id"] for one in (*got, *store["subsegments"], *mail["subsegments"])]
    assert len(set(ids)) == len(ids)
    for one in (*got, *store["subsegments"], *mail["subsegments"]):
        assert one["start_time"] <= one["end_time"]
        assert len(one["id"]) == 16
    for canary in ("canary-letter-7f3a", "ada@example.com", ada.token):
        assert canary not in json.dumps(got)


@pytest.mark.parametrize(
    "header", ["", HEADER.replace("Sampled=1", "Sampled=0"), f"Root={TRACE_ID};Sampled=1", "x"]
)
def test_application_that_is_not_sampled_sends_nothing(
    journey: Callable[[str], str], segments: ReadSegments, header: str
) -> None:
    journey(header)
    assert segments() == []


def test_retry_is_marked_and_the_next_attempt_is_another_segment(
    ada: Candidate,
    posting: str,
    parts: Container,
    segments: ReadSegments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    ada.apply(posting)
    held = claim(parts)
    retry = Retry("MongoDB", 0.0)
    observer = LoggingObserver(parts.logger, "applications", "stored")
    observer.on_settled([(held.jobs[0], retry)], ClaimTimes(1.0, 2.0, 3.0, 4.0))
    settle(parts, held, [retry])
    drain_applications(parts)
    _, retried, stored = segments()
    assert retried["id"] != stored["id"]
    assert [one["annotations"]["attempts"] for one in (retried, stored)] == [0, 1]
    assert [one.get("error", False) for one in (retried, stored)] == [True, False]


def test_trace_takes_no_round_trip(
    ada: Candidate,
    parts: Container,
    redis: Redis,
    segments: ReadSegments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts.override(waker=RecordingWaker())
    first, second = publish(parts), publish(parts)
    ada.apply(first)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        ada.apply(second)
        parts.redis.echo("end")
        assert commands_until_echo(monitor) == ["EVALSHA"]
    assert [one["name"] for one in segments()] == ["accept"]


def test_absent_daemon_fails_nothing(
    segments: ReadSegments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    # Nothing listens there, and the address of the second one is no address.
    for address in ("127.0.0.1:9", "nowhere"):
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
        traces._daemon.cache_clear()
        traces.send_step("accept", 1.0, 2.0)
    assert segments() == []


def test_metrics_of_a_journey_are_those_read_from_the_code(
    journey: Callable[[str], str],
    parts: Container,
    ada: Candidate,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The alarms are compared with ``written_metrics``, so that must be what is really written."""
    journey("")
    ada.post_withdrawal("unknown")
    sweep_applications(parts)
    measure_store(parts.redis)
    found: dict[str, frozenset[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        for directive in json.loads(line).get("_aws", {}).get("CloudWatchMetrics", []):
            [dimensions] = directive["Dimensions"]
            found |= {one["Name"]: frozenset(dimensions) for one in directive["Metrics"]}
    # The tasks of this sweep have names of their own.
    assert found.keys() >= {
        *("accepted", "accept_latency", "stored", "job_latency", "mailed", "request_failed"),
        *("oldest_waiting", "jobs_waiting", "jobs_dead", "store_memory", "store_replicas"),
    }
    assert {name: written_metrics()[name] for name in found} == found
