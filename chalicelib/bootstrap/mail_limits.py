"""How much mail drains send at once, from the rate of the account."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from chalicelib.queue import Limits

if TYPE_CHECKING:
    from chalicelib.bootstrap.settings import Environment
    from chalicelib.queue.limits import Rate

# How long it takes to send one e-mail and to record it: usually, and on a slow day. A drain sends
# enough e-mails at once to reach the rate of the account on a slow day.
SEND_SECONDS, SLOW_SEND_SECONDS = 0.1, 0.5
MOST_PARALLEL = 16
# One of the drains may be idle; see Limits.max_drains.
MIN_DRAINS = 2
# Larger batches wait less often for their last e-mails; with smaller ones a drain that ends leaves
# less behind.
BATCH_SECONDS, LEAST_BATCH, MOST_BATCH = 2, 20, 100


def parallel_sends(rate: Rate) -> int:
    """Return how many e-mails a drain sends at once."""
    return min(MOST_PARALLEL, ceil(rate.count / rate.seconds * SLOW_SEND_SECONDS))


def mail_limits(rate: Rate, environment: Environment) -> Limits:
    """Return the limits of the lanes of e-mails.

    One drain can reach the usual rates of an account; a very high one takes more. Claims are small,
    because an e-mail takes long and all drains share the rate.
    """
    a_second = rate.count / rate.seconds
    drains = ceil(a_second * SEND_SECONDS / parallel_sends(rate) / environment.shards)
    batch = min(MOST_BATCH, max(LEAST_BATCH, ceil(a_second * BATCH_SECONDS)))
    return Limits(
        batch_size=batch,
        jobs_per_lane=5,
        max_drains=max(MIN_DRAINS, drains),
        lanes_per_drain=batch,
        result_ttl=environment.result_ttl,
        # A dead-lettered e-mail holds an address.
        dead_letter_ttl=environment.personal_dead_letter_ttl,
    )
