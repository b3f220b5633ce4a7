"""What the scripts return, decoded."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.queue import Wake
from chalicelib.queue.replies import decode_claim

LANE = [b"applications:ada", 2, b"a1", b"data", b"1", None, b"2026-01-01T00:00:00Z"]


@pytest.mark.parametrize(("milliseconds", "seconds"), [(-1, None), (0, 0.0), (1500, 1.5)])
def test_claim_says_when_the_next_lane_is_due(milliseconds: int, seconds: float | None) -> None:
    reply: list[Any] = [milliseconds, 1, 0, [b"mail"], 7, [LANE]]
    claim = decode_claim(reply, Wake("applications", 0, "drain"))
    assert (claim.next_due, claim.stay, claim.any_leased, claim.token) == (seconds, True, False, 7)
    assert claim.wakes == (Wake("mail", 0, "drain"),)
    [lane] = claim.lanes
    assert (lane.name, lane.crashes) == ("applications:ada", 2)
    [job] = lane.jobs
    assert (job.id, job.lane, job.data, job.attempts, job.meta) == (
        *("a1", "applications:ada", b"data", 1, b""),
    )
