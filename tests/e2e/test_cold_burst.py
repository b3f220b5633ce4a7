"""Many applications at once while no environment of the API is warm."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from tests.support.deployment import Candidate, Deployment

AT_ONCE = int(os.environ.get("HIRELANE_BURST", "40"))


def test_burst_on_a_cold_api_is_accepted(
    deployed: Deployment, join: Callable[..., Candidate], publish: Callable[..., str]
) -> None:
    # Few candidates, because the number of logins from one address is limited.
    candidates = [join() for _ in range(10)]
    assert all(candidate.token for candidate in candidates)
    postings = [publish() for _ in range(AT_ONCE // 10)]
    client = deployed.aws("lambda")
    # Each change of a function ends its environments.
    client.update_function_configuration(
        FunctionName="hirelane-api-local", Description=f"cold since {time.time()}"
    )

    def apply(candidate: Candidate, posting: str) -> tuple[int, float]:
        began = time.monotonic()
        return deployed.apply(candidate, posting).status, time.monotonic() - began

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(apply, *zip(*product(candidates, postings), strict=True)))
    print(f"{AT_ONCE} at once: the slowest took {max(seconds for _, seconds in answers):.1f} s")
    assert [status for status, _ in answers] == [202] * AT_ONCE
