"""The cost of order and fairness: the same batch drain without them.

All owners share one list. A claim moves 100 ids into a leased set and reads their jobs. A settle
writes the same RQ results, statuses and registry entries as our queue and ends the leases. There
are no lanes, turns, fencing tokens, gates, retries or registered drains. The jobs are in the same
hashes, and the handlers are ours.
"""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from benchmarks.contest import Task, rate
from benchmarks.contestants import store
from benchmarks.contestants.ours import Handler, new_job, noop, store_many
from chalicelib.queue import ClaimedJob
from chalicelib.queue.worker import Done

PREFIX = "{bench}"
WAITING, LEASED, FINISHED = (f"{PREFIX}:{name}" for name in ("waiting", "leased", "finished:bench"))
LEASE_MS = 15_000
RESULT_KEPT = 24 * 60 * 60
_FOLDER = Path(__file__).parent


def _fill(redis: Redis, jobs: int) -> None:
    for start in range(0, jobs, 100):
        pipeline = redis.pipeline(transaction=False)
        for number in range(start, min(start + 100, jobs)):
            job_id, data, meta, description, timeout = new_job(number).encode()
            at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            fields: dict[Any, Any] = {
                "status": "queued",
                "origin": "bench",
                "created_at": at,
                "enqueued_at": at,
                "timeout": timeout,
                "description": description,
                "meta": meta,
                "data": data,
            }
            pipeline.hset(f"{PREFIX}:job:{job_id}", mapping=fields)
            pipeline.rpush(WAITING, job_id)
        pipeline.execute()


def _drain(task: Task, handler: Handler) -> dict[str, Any]:
    redis = Redis.from_url(task.redis_url, single_connection_client=True)
    _fill(redis, task.jobs)
    claim = redis.register_script((_FOLDER / "unordered_claim.lua").read_text())
    settle = redis.register_script((_FOLDER / "unordered_settle.lua").read_text())
    done = 0
    began = time.perf_counter()
    while claimed := claim(keys=[WAITING, LEASED], args=[PREFIX, task.batch, LEASE_MS]):
        fields = iter(claimed)
        jobs = [
            ClaimedJob(job_id.decode(), "bench:all", data, int(attempts or 0), meta, created_at)
            for job_id, data, attempts, meta, created_at in zip(*[fields] * 5, strict=True)
        ]
        arguments: list[Any] = []
        for job, outcome in zip(jobs, handler(jobs), strict=True):
            result = outcome.result if isinstance(outcome, Done) else None
            arguments += (job.id, base64.b64encode(msgspec.json.encode(result)))
        ended = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        done += settle(keys=[LEASED, FINISHED], args=[PREFIX, RESULT_KEPT, ended, *arguments])
    return rate(done, task.jobs, time.perf_counter() - began)


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing."""
    return _drain(task, noop)


def drain_mongo(task: Task) -> dict[str, Any]:
    """Drain jobs whose documents are stored with one insert_many for each batch."""
    store.configure(task.mongodb_uri)
    measured = _drain(task, store_many)
    store.check(task.jobs)
    return measured
