"""The functions of RQ's jobs."""

from __future__ import annotations

from typing import Any

from rq import get_current_job

from benchmarks.contestants import store


def noop(**fields: Any) -> dict[str, str]:
    """Do nothing. The result has the same length as that of a job that stores."""
    return {"stored": fields["number"]}


def store_one(**fields: Any) -> dict[str, str]:
    """Insert the document of the job."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("not run by a worker")
    store.collection().insert_one({"_id": job.id, **fields})
    return {"stored": fields["number"]}
