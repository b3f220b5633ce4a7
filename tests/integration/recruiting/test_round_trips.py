"""What candidates' requests, and the worker's batches, ask Redis and MongoDB for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from redis import Redis

from chalicelib.bootstrap.container import Services
from chalicelib.recruiting.applications.status_service import ApplicationsQuery
from tests.integration.recruiting.candidates import Candidate, claim, work
from tests.integration.recruiting.steps import commands_until_echo, publish
from tests.support.lanes import RecordingWaker
from tests.support.stores import Stores


class Asked(monitoring.CommandListener):
    """The collections that MongoDB was asked for."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in event.command and event.command_name != "hello":
            self.commands.append(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


Cost = Callable[[Callable[[Services], Any]], tuple[list[str], list[str]]]


@pytest.fixture
def cost(parts: Services, stores: Stores, redis: Redis) -> Iterator[Cost]:
    """What something asks Redis and MongoDB for."""
    asked = Asked()
    counted = Services("api", lambda: parts.settings, lambda name: parts.keys_secret)
    with (
        MongoClient[dict[str, Any]](
            stores.mongodb_uri, event_listeners=[asked], tz_aware=True
        ) as client,
        Redis.from_url(stores.redis_url, single_connection_client=True) as watched,
    ):
        vars(counted).update(
            database=client.get_default_database(), redis=watched, waker=RecordingWaker()
        )

        def cost(what: Callable[[Services], Any]) -> tuple[list[str], list[str]]:
            what(counted)  # connects and loads scripts
            asked.commands.clear()
            with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
                what(counted)
                watched.echo("end")
                return commands_until_echo(monitor), list(asked.commands)

        yield cost


# Sent at once: one round trip.
LOOKED = ["HMGET", "HMGET"]
TOLD = ["find applications", "find mail_ledger", "find postings"]


def test_following_costs_few_round_trips(
    ada: Candidate, posting: str, parts: Services, cost: Cost
) -> None:
    application = ada.apply(posting)

    def look(parts: Services) -> Any:
        return parts.following.progress(ada.id, application)

    waiting = cost(look)
    assert waiting == ([*LOOKED, "EVALSHA"], ["find applications", "find postings"])
    work(parts)
    assert cost(look) == (LOOKED, TOLD)
    ada.withdrawn(application)
    assert cost(look) == ([*LOOKED, "EVALSHA"], TOLD)
    work(parts)
    assert cost(look) == (LOOKED, TOLD)


def test_a_list_costs_few_round_trips(ada: Candidate, parts: Services, cost: Cost) -> None:
    for _ in range(5):
        ada.apply(publish(parts))

    def look(parts: Services) -> Any:
        return parts.following.page(ada.id, ApplicationsQuery())

    assert cost(look) == (["EVALSHA", *["HMGET"] * 5, "EVALSHA"], TOLD)
    work(parts)
    assert cost(look) == (["EVALSHA"], TOLD)


def test_withdrawing_costs_two_round_trips_to_redis(
    ada: Candidate, posting: str, parts: Services, cost: Cost
) -> None:
    applications = [ada.apply(posting), ada.apply(publish(parts))]
    work(parts)
    find = ["find applications", "find applications"]

    def withdraw_one(parts: Services) -> Any:
        parts.withdrawing.withdraw(ada.id, applications.pop(), "-")

    # A look at the withdrawal that there may be already.
    assert cost(withdraw_one) == (["HMGET", "EVALSHA"], find)


# Done at once: the applications of all lanes, then the withdrawals behind them, and so on.
STORE = ["insert applications"]
WITHDRAW = ["find applications", "find applications", "update applications"]


@pytest.mark.parametrize(
    ("sent", "done"),
    [
        (["apply", "apply"], STORE),
        (["apply", "withdraw"], [*STORE, *WITHDRAW]),
        (["apply", "withdraw", "apply", "withdraw"], [*STORE, *WITHDRAW] * 2),
    ],
    ids=["applications", "withdrawals", "changes of mind"],
)
def test_a_batch_costs_a_write_for_each_change_of_kind_in_a_lane(
    ada: Candidate,
    bob: Candidate,
    parts: Services,
    cost: Cost,
    sent: list[str],
    done: list[str],
) -> None:
    for someone in (ada, bob):
        posting, application = publish(parts), ""
        for what in sent:
            if what == "withdraw":
                someone.withdrawn(application)
            else:
                posting = posting if "withdraw" in sent else publish(parts)
                application = someone.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 2 * len(sent)

    def do(parts: Services) -> Any:
        parts.storing.handle(held.jobs)
        parts.database["applications"].delete_many({})

    around = "find accounts", "find postings", "delete applications"
    assert cost(do) == ([], [around[0], *done, *around[1:]])
