"""The functions that RQ's jobs name."""

from __future__ import annotations

from typing import Any

from rq import get_current_job

from benchmarks.contestants import store


def noop(**fields: Any) -> dict[str, str]:
    """Do nothing; the result is as long as the one that storing gives."""
    return {"stored": fields["number"]}


def store_one(**fields: Any) -> dict[str, str]:
    """Insert the job's document."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("not run by a worker")
    store.collection().insert_one({"_id": job.id, **fields})
    return {"stored": fields["number"]}
