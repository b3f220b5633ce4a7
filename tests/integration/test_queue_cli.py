"""The operator's commands on a real queue: `make queue`."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.queue import Dead, Lanes, NewJob
from infrastructure.queue.cli import main
from tests.integration.conftest import Stores


@pytest.fixture
def lanes(redis: Redis, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Lanes:
    """Lanes with two dead letters and a job that waits."""
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    # Nothing listens there: no drain can be woken.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    lanes = Lanes(redis, "applications")
    for owner, job_id in (("ada", "a1"), ("bob", "b1")):
        lanes.accept(owner, NewJob(job_id, "f", {}, f"store {job_id}"))
    claim = lanes.claim("drain")
    lanes.settle(claim, [[Dead("Traceback ...\nValueError: no")]] * 2)
    lanes.accept("cyd", NewJob("c1", "f", {}, ""))
    redis.delete(lanes.keys.drains(lanes.kind))
    return lanes


def test_show_counts(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == 0
    applications, mail = capsys.readouterr().out.splitlines()
    assert applications.startswith("applications ")
    assert "lanes ready 1" in applications
    assert "dead letters 2" in applications
    assert mail.startswith("mail ")
    assert all(len(line) <= 80 for line in (applications, mail))


def test_dead_letters_are_listed_with_their_reason(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "--most", "1"]) == 0
    head, what, why = capsys.readouterr().out.splitlines()
    assert head.startswith("b1  20")
    assert (what.strip(), why.strip()) == ("store b1", "ValueError: no")


def test_one_is_redriven(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "a1"]) == 0
    assert capsys.readouterr().out == "applications: 1 redriven; they are served within a minute\n"
    assert sorted(job.id for job in lanes.claim("drain").jobs) == ["a1", "c1"]


def test_all_are_discarded(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discard", "--all"]) == 0
    assert capsys.readouterr().out == "applications: 2 discarded\n"
    assert main(["dead"]) == 0
    assert capsys.readouterr().out == ""


def test_an_unknown_id_is_said(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("redrive", "discard"):
        assert main([command, "nobody"]) == 1
        assert "no such dead letter" in capsys.readouterr().err


def test_reconcile_tells_what_is_where(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--kind", "applications"]) == 0
    assert capsys.readouterr().out.split() == ["applications", "waiting", "1", "dead", "2"]


def test_a_server_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert main(["show"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Redis cannot be reached, see to REDIS_URL")
    assert told.count("\n") == 1
