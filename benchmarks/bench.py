"""The servers, the sizes, and the comparison of contestants round by round."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.contest import LIMIT_SECONDS, NotRun, Task, contest
from benchmarks.contestants import bullmq
from benchmarks.row import Better, Row, median, rounded
from benchmarks.servers import Servers

Run = Callable[[], dict[str, Any]]

BULLMQ_ACTIONS: dict[str, Callable[[Task], dict[str, Any]]] = {
    "drain_noop": bullmq.drain_noop,
    "accept_http_shared_queue": partial(bullmq.accept_http, queue_per_request=False),
    "accept_http_queue_per_request": partial(bullmq.accept_http, queue_per_request=True),
}


@dataclass(frozen=True)
class Bench:
    """A run of the benchmarks."""

    servers: Servers
    rounds: int
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """Return the full size, or the quick one if the run is only a trial."""
        return quick if self.quick else full

    def contest(
        self,
        contestant: str,
        action: str,
        *,
        redis_url: str | None = None,
        limit: float = LIMIT_SECONDS,
        **sizes: Any,
    ) -> dict[str, Any]:
        """Empty the servers, then run one contestant. Returns its measurements.

        It may run for ``limit`` seconds.

        Raises:
            ContestError: the contestant failed.
        """
        self.servers.empty()
        task = Task(
            redis_url=redis_url or self.servers.redis_url,
            mongodb_uri=self.servers.mongodb_uri,
            **sizes,
        )
        if contestant == "bullmq":
            return BULLMQ_ACTIONS[action](task)
        return contest(contestant, action, task, limit=limit)

    def in_turn(self, runs: dict[str, Run]) -> dict[str, list[dict[str, Any]]]:
        """Run each contestant once in every round, in an order that rotates with the rounds.

        A contestant that cannot run on this machine gets an empty list.
        """
        measured: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
        absent: set[str] = set()
        names = list(runs)
        for number in range(self.rounds):
            turn = number % len(names)
            for name in (*names[turn:], *names[:turn]):
                if name in absent:
                    continue
                say(f"    round {number + 1}: {name}")
                try:
                    measured[name].append(runs[name]())
                except NotRun as error:
                    absent.add(name)
                    say(f"    not run: {error}")
        return measured

    def row(
        self,
        measure: str,
        unit: str,
        rounds: Iterable[float],
        *,
        better: Better = "higher",
        bar: float | None = None,
        stretch: float | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Row:
        """Return a row whose value is the median of the rounds."""
        values = [rounded(value) for value in rounds]
        return Row(
            measure=measure,
            value=median(values) if values else None,
            unit=unit,
            better=better,
            bar=bar,
            stretch=stretch,
            rounds=values,
            persistence=self.servers.persistence,
            detail=detail or {},
        )

    def ratio(
        self,
        measure: str,
        ours: list[dict[str, Any]],
        rival: list[dict[str, Any]],
        *,
        bar: float | None,
        stretch: float | None,
        detail: dict[str, Any] | None = None,
    ) -> Row:
        """Return a row with our rate divided by the rival's rate of the same round."""
        if not rival:
            return self.row(
                measure, "x", [], bar=bar, stretch=stretch, detail={"not_run": "Node is absent"}
            )
        return self.row(
            measure,
            "x",
            [
                mine["per_second"] / theirs["per_second"]
                for mine, theirs in zip(ours, rival, strict=True)
            ],
            bar=bar,
            stretch=stretch,
            detail={
                "ours_per_second": [rounded(one["per_second"]) for one in ours],
                "rival_per_second": [rounded(one["per_second"]) for one in rival],
                "ours_jobs": ours[0]["jobs"],
                "rival_jobs": rival[0]["jobs"],
                **(detail or {}),
            },
        )

    def rate(self, measure: str, measured: list[dict[str, Any]], **detail: Any) -> Row:
        """Return a row with a rate in jobs per second, without a bar."""
        return self.row(measure, "jobs/s", [one["per_second"] for one in measured], detail=detail)


def say(line: str) -> None:
    """Print progress to standard error."""
    print(line, file=sys.stderr, flush=True)
