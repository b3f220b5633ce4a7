"""Loops without a queue: the limit of the servers and the client library.

``drain_mongo`` takes 100 payloads with LMPOP and writes them with one insert_many.
``drain_noop_one`` takes one payload at a time with LPOP. Both lose what they hold when they are
killed. ``drain_noop_reliable`` moves 100 payloads to a leased list and removes them when they are
done, each with a script: the minimum of a reliable queue.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from redis import Redis

from benchmarks.contest import Task, rate
from benchmarks.contestants import store
from benchmarks.payload import new_id, payload

_CLAIM = """
local taken = redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
if #taken > 0 then
  redis.call('LTRIM', KEYS[1], #taken, -1)
  redis.call('RPUSH', KEYS[2], unpack(taken))
end
return taken
"""
_SETTLE = "redis.call('LTRIM', KEYS[1], ARGV[1], -1)"


def _filled(task: Task) -> Any:
    redis: Any = Redis.from_url(task.redis_url, single_connection_client=True)
    for start in range(0, task.jobs, 1000):
        jobs = [
            msgspec.json.encode({"_id": new_id(), **payload(number)})
            for number in range(start, min(start + 1000, task.jobs))
        ]
        redis.rpush("raw", *jobs)
    return redis


def drain_mongo(task: Task) -> dict[str, Any]:
    """Repeat: LMPOP 100, insert_many(ordered=False)."""
    redis = _filled(task)
    store.configure(task.mongodb_uri)
    collection = store.collection()
    done = 0
    began = time.perf_counter()
    while taken := redis.lmpop(1, "raw", direction="LEFT", count=task.batch):
        jobs = [msgspec.json.decode(job) for job in taken[1]]
        collection.insert_many(jobs, ordered=False)
        done += len(jobs)
    seconds = time.perf_counter() - began
    store.check(task.jobs)
    return rate(done, task.jobs, seconds)


def drain_noop_one(task: Task) -> dict[str, Any]:
    """Repeat: LPOP one, decode it."""
    redis = _filled(task)
    done = 0
    began = time.perf_counter()
    while job := redis.lpop("raw"):
        msgspec.json.decode(job)
        done += 1
    return rate(done, task.jobs, time.perf_counter() - began)


def drain_noop_reliable(task: Task) -> dict[str, Any]:
    """Repeat: lease 100, decode them, remove them."""
    redis = _filled(task)
    claim, settle = redis.register_script(_CLAIM), redis.register_script(_SETTLE)
    done = 0
    began = time.perf_counter()
    while jobs := claim(keys=["raw", "leased"], args=[task.batch]):
        for job in jobs:
            msgspec.json.decode(job)
        settle(keys=["leased"], args=[len(jobs)])
        done += len(jobs)
    return rate(done, task.jobs, time.perf_counter() - began)
