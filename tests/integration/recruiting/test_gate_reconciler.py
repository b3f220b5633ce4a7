"""The gate reconciler: what it repairs, how much it does in a run, and that the sweep runs it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pymongo.collection import Collection
from redis.client import Pipeline

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.queue import Gates
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.postings import gate_reconciler
from chalicelib.recruiting.postings.errors import PostingClosed
from chalicelib.recruiting.postings.repository import postings_collection
from tests.integration.recruiting.steps import publish
from tests.support.lambda_context import LambdaContext
from tests.support.lanes import RecordingWaker

APPLICATIONS = Path(__file__).parents[3] / "worker_functions" / "applications" / "app.py"


def lose_gates(parts: Container) -> None:
    for lanes in parts.recruiting.lanes:
        lanes.redis.delete(lanes.keys.gates(), lanes.keys.gate_fences())


def missing_gates(parts: Container, postings: list[str]) -> int:
    gates = Gates(parts.recruiting.lanes).read(postings)
    return sum(gate.state is None for found in gates.values() for gate in found)


def load_worker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("applications_app", APPLICATIONS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sweep_repairs_gates_and_counts_them(
    parts: Container, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.override(waker=RecordingWaker())
    postings = [publish(parts) for _ in range(3)]
    lose_gates(parts)
    module = load_worker()
    monkeypatch.setattr(module, "get_container", lambda service: parts)
    module.worker().sweep(LambdaContext())
    assert missing_gates(parts, postings) == 0
    assert '"gates_repaired":[3.0]' in capsys.readouterr().out.replace(" ", "")


def test_failed_task_does_not_stop_the_sweep(
    parts: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise RuntimeError("something personal")

    SweepTask(fail, "repaired", "gate_sweep_failed").perform(parts.logger)
    printed = capsys.readouterr().out
    assert "gate_sweep_failed" in printed
    assert "personal" not in printed


def test_run_without_time_does_one_page_and_the_next_one_continues(
    parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_reconciler, "PAGE", 2)
    monkeypatch.setattr(gate_reconciler, "GRACE_SECONDS", 0.0)
    postings = sorted(publish(parts) for _ in range(5))
    lose_gates(parts)
    reconciler = parts.postings.gate_reconciler
    runs = [reconciler.run(0) for _ in range(4)]
    assert [run.repaired for run in runs] == [2, 2, 1, 0]
    # Then come the gates, in one page of their scan.
    assert [run.compared for run in runs] == [2, 2, 1, 5]
    assert missing_gates(parts, postings) == 0
    assert reconciler.run() == gate_reconciler.GateReport(5, 0)


def test_changed_postings_are_compared_first(
    parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_reconciler, "PAGE", 2)
    monkeypatch.setattr(gate_reconciler, "MOST_COMPARED", 1)
    monkeypatch.setattr(gate_reconciler, "GRACE_SECONDS", 0.0)
    *others, newest = sorted(publish(parts) for _ in range(6))
    changed = {"$set": {"changed_at": times.now()}}
    postings_collection(parts.database).update_one({"_id": newest}, changed)
    lose_gates(parts)
    assert parts.postings.gate_reconciler.run().repaired == 3
    assert missing_gates(parts, [*others[:2], newest]) == 0
    assert missing_gates(parts, others[2:]) == 3


def test_run_over_all_postings_sends_few_commands(
    parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[str] = []
    find, run = Collection.find, Pipeline.execute

    def counted_find(self: Any, *arguments: Any, **options: Any) -> Any:
        queries.append(self.name)
        return find(self, *arguments, **options)

    def counted_run(self: Any, *arguments: Any, **options: Any) -> Any:
        queries.append("redis")
        return run(self, *arguments, **options)

    monkeypatch.setattr(Collection, "find", counted_find)
    monkeypatch.setattr(Pipeline, "execute", counted_run)
    monkeypatch.setattr(gate_reconciler, "PAGE", 10)
    posting = publish(parts)
    document = postings_collection(parts.database).find_one({"_id": posting}) or {}
    copies = [new_id() for _ in range(39)]
    postings_collection(parts.database).insert_many([{**document, "_id": one} for one in copies])
    for one in copies:
        parts.recruiting.postings.publisher.open_gate(one)
    parts.postings.gate_reconciler.run()
    queries.clear()
    assert parts.postings.gate_reconciler.run() == gate_reconciler.GateReport(40, 0)
    # The changed postings and all of them; the gates of four pages. No gate is read twice.
    assert queries == ["postings", "postings", *["redis"] * 4]


def test_postings_and_gates_of_earlier_versions_are_equal(parts: Container) -> None:
    posting_id = publish(parts)
    postings = postings_collection(parts.database)
    new_fields = dict.fromkeys(("state", "version", "employer_id", "place", "pay", "time_zone"), "")
    postings.update_one({"_id": posting_id}, {"$unset": new_fields})
    lose_gates(parts)
    parts.recruiting.lanes.open_gate(posting_id)
    assert parts.postings.gate_reconciler.run().repaired == 0
    lose_gates(parts)
    assert parts.postings.gate_reconciler.run().repaired == 1
    assert parts.postings.gate_reconciler.run().repaired == 0


def test_gate_of_a_missing_posting_is_closed(parts: Container) -> None:
    parts.recruiting.lanes.open_gate(posting_id := new_id())
    assert parts.postings.gate_reconciler.run().repaired == 1
    with pytest.raises(PostingClosed):
        parts.recruiting.apply_service.apply(new_id(), posting_id, ApplicationDraft(), "-")
    assert parts.postings.gate_reconciler.run().repaired == 0


def test_change_under_way_is_not_repaired(parts: Container) -> None:
    """The document is written, and the gate a moment later."""
    posting_id = publish(parts)
    postings = postings_collection(parts.database)
    postings.update_one({"_id": posting_id}, {"$set": {"version": 2}})
    publisher = parts.recruiting.postings.publisher
    reconciler = gate_reconciler.GateReconciler(
        postings,
        publisher,
        Gates(parts.recruiting.lanes),
        sleep=lambda seconds: publisher.follow(posting_id),
    )
    assert reconciler.run().repaired == 0
