"""Leases: claim lanes, settle their jobs, renew.

Each method is one Lua script and one round trip to Redis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.queue.errors import InvalidOutcomes
from chalicelib.queue.models import SettleResult
from chalicelib.queue.replies import decode_claim, decode_names, decode_wakes
from chalicelib.queue.scripts import CLAIM, RENEW, SETTLE
from chalicelib.queue.worker.outcomes import Retry, encode_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.models import Claim
    from chalicelib.queue.worker.outcomes import Outcome


class Leases:
    """The leases of the lanes of one kind in one shard."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes

    def claim(self, drain_id: str) -> Claim:
        """Lease ready lanes to a drain and read the jobs at their heads."""
        lanes, limits = self.lanes, self.lanes.limits
        another = lanes.new_drain()
        reply = CLAIM.run(
            lanes.redis,
            lanes.ring,
            *lanes.scope,
            drain_id,
            limits.batch_size,
            limits.jobs_per_lane,
            round(limits.lease * 1000),
            limits.encode_timeouts(),
            round(limits.idle_timeout * 1000),
            limits.max_drains,
            limits.lanes_per_drain,
            another.drain_id,
            round(limits.single_lane_seconds * 1000),
            *lanes.followed_by,
        )
        return decode_claim(reply, another)

    def settle(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        *,
        seconds: float | None = None,
    ) -> SettleResult:
        """End a claim: store the outcomes of its jobs and release its lanes.

        Args:
            claim: the claim.
            outcomes: for each lane of the claim the outcomes of its jobs, in order. Jobs without an
                outcome stay at the heads of their lanes.
            seconds: how long the handler took, for the estimates of waiting times.

        Raises:
            InvalidOutcomes: an outcome cannot be stored; nothing was settled.
        """
        lanes, limits = self.lanes, self.lanes.limits
        wake = lanes.new_drain()
        settlements, follow_ups = _encode(claim, outcomes)
        stale, kinds = SETTLE.run(
            lanes.redis,
            lanes.ring,
            *lanes.scope,
            claim.token,
            _encode_pace(outcomes, seconds),
            limits.result_ttl,
            limits.dead_letter_ttl,
            *lanes.drain_arguments(wake),
            len(claim.lanes),
            *settlements,
            *follow_ups,
        )
        return SettleResult(decode_names(stale), decode_wakes(kinds, wake))

    def renew(self, drain_id: str, claim: Claim) -> tuple[str, ...]:
        """Extend the leases of a claim. Returns the names of lanes that another drain got."""
        lanes = self.lanes
        lost = RENEW.run(
            lanes.redis,
            lanes.ring,
            *lanes.scope,
            drain_id,
            claim.token,
            round(lanes.limits.lease * 1000),
            *(lane.name for lane in claim.lanes),
        )
        return decode_names(lost)


def _encode(claim: Claim, outcomes: Sequence[Sequence[Outcome]]) -> tuple[list[Any], list[Any]]:
    """Return the outcomes and the follow-up jobs as settle.lua reads them."""
    settlements: list[Any] = []
    follow_ups: list[Any] = []
    errors: dict[str, Exception] = {}
    for lane, lane_outcomes in zip(claim.lanes, outcomes, strict=True):
        settlements += (lane.name, min(len(lane.jobs), len(lane_outcomes)))
        for job, outcome in zip(lane.jobs, lane_outcomes, strict=False):
            try:
                encoded = encode_outcome(outcome, job.child_traceparent)
            except Exception as error:
                # A handler can return anything, so encoding it can raise anything.
                errors[job.id] = error
                continue
            settlements += (job.id, encoded.verdict, encoded.text)
            for follow_up in encoded.follow_ups:
                follow_ups.append(job.id)
                follow_ups += follow_up
    if errors:
        raise InvalidOutcomes(errors)
    return settlements, follow_ups


def _encode_pace(outcomes: Sequence[Sequence[Outcome]], seconds: float | None) -> str:
    """Return the time for a job (ms) as settle.lua reads it.

    It is '' if the time is unknown and '?' during an outage, when no job is worked on and nothing
    is wrong with the jobs.
    """
    jobs = sum(map(len, outcomes))
    if jobs and all(_waits_for_store(outcome) for of_lane in outcomes for outcome in of_lane):
        return "?"
    return f"{seconds * 1000 / jobs:.3f}" if seconds and jobs else ""


def _waits_for_store(outcome: Outcome) -> bool:
    return isinstance(outcome, Retry) and not outcome.counts and bool(outcome.delay)
