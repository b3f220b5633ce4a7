"""Reconcile a shard in the sweep of every minute, and count what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.observability import count, measure
from chalicelib.queue.admin import Reconciler

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

    from chalicelib.queue import Lanes


def reconcile(lanes: Lanes, logger: Logger, seconds: float) -> None:
    """Reconcile a shard for about this long, and count what is in it.

    An error does not stop the sweep. An unreadable key, for example, would make every minute's
    sweep fail at the same place.
    """
    shard = {"shard": str(lanes.shard)}
    try:
        report = Reconciler(lanes).run(seconds)
    except Exception as error:
        count("reconcile_failed", properties=shard, kind=lanes.kind)
        # Only the type, because the text may contain data of a job.
        logger.error(
            "reconcile failed", kind=lanes.kind, shard=lanes.shard, error=type(error).__name__
        )
        return
    if report is None:
        return
    found = msgspec.structs.asdict(report)
    log = logger.warning if report.repaired else logger.info
    log("reconciled", kind=lanes.kind, shard=lanes.shard, **found)
    measure(
        {
            "jobs_waiting": (report.waiting,),
            "jobs_leased": (report.leased,),
            "jobs_delayed": (report.delayed,),
            "repaired": (report.repaired,),
        },
        properties=shard,
        kind=lanes.kind,
    )
