"""The commands that candidates' requests and workers' batches send to Redis and MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from redis import Redis

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.models import ApplicationsQuery
from chalicelib.recruiting.pipeline.jobs import CommandKind
from tests.integration.recruiting.candidates import Candidate, claim, copy_with, drain_applications
from tests.integration.recruiting.pipelines import EMAIL, publish_for_employer, send
from tests.integration.recruiting.steps import commands_until_echo, publish
from tests.support.lanes import RecordingWaker
from tests.support.stores import Stores


class CommandRecorder(monitoring.CommandListener):
    """Records the commands that MongoDB gets, with their collections."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in event.command and event.command_name != "hello":
            self.commands.append(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


Commands = Callable[[Callable[[Container], Any]], tuple[list[str], list[str]]]


@pytest.fixture
def commands(parts: Container, stores: Stores, redis: Redis) -> Iterator[Commands]:
    """Return a function that records the commands of an action to Redis and to MongoDB."""
    recorder = CommandRecorder()
    with (
        MongoClient[dict[str, Any]](
            stores.mongodb_uri, event_listeners=[recorder], tz_aware=True
        ) as client,
        Redis.from_url(stores.redis_url, single_connection_client=True) as watched,
    ):
        recorded = copy_with(
            parts, database=client.get_default_database(), redis=watched, waker=RecordingWaker()
        )

        def commands(action: Callable[[Container], Any]) -> tuple[list[str], list[str]]:
            action(recorded)  # connects and loads scripts
            recorder.commands.clear()
            with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
                action(recorded)
                watched.echo("end")
                return commands_until_echo(monitor), list(recorder.commands)

        yield commands


# The contents of the lane, then the job of the application if it waits, then positions.
LANE_READ = ["EVALSHA"]
STATUS_READ = ["find applications", "find mail_ledger", "find postings"]


def test_status_takes_few_round_trips(
    ada: Candidate, posting: str, parts: Container, commands: Commands
) -> None:
    application = ada.apply(posting)

    def read(parts: Container) -> Any:
        return parts.recruiting.status_service.get(ada.id, application)

    waiting = commands(read)
    assert waiting == ([*LANE_READ, "HMGET", "EVALSHA"], ["find applications", "find postings"])
    drain_applications(parts)
    assert commands(read) == (LANE_READ, STATUS_READ)
    ada.withdraw(application)
    assert commands(read) == ([*LANE_READ, "EVALSHA"], STATUS_READ)
    drain_applications(parts)
    assert commands(read) == (LANE_READ, STATUS_READ)


def test_list_takes_few_round_trips(ada: Candidate, parts: Container, commands: Commands) -> None:
    for _ in range(5):
        ada.apply(publish(parts))

    def read(parts: Container) -> Any:
        return parts.recruiting.status_service.page(ada.id, ApplicationsQuery())

    assert commands(read) == (["EVALSHA", *["HMGET"] * 5, "EVALSHA"], STATUS_READ)
    drain_applications(parts)
    assert commands(read) == (["EVALSHA"], STATUS_READ)


def test_filtered_list_of_a_long_lane_takes_few_round_trips(
    ada: Candidate, parts: Container, commands: Commands
) -> None:
    postings = [publish(parts) for _ in range(12)]
    sent = [ada.apply(posting) for posting in postings]
    for wanted, redis_commands, mongodb_commands in (
        (postings[0], ["EVALSHA", "HMGET", "EVALSHA"], STATUS_READ),
        (new_id(), ["EVALSHA", "EVALSHA"], ["find applications"]),
    ):
        query = ApplicationsQuery(posting_id=wanted, limit=1)
        page = parts.recruiting.status_service.page(ada.id, query)
        assert [one.id for one in page.applications] == sent[:1] * (wanted in postings)
        assert page.next is None

        def read(parts: Container, query: ApplicationsQuery = query) -> Any:
            return parts.recruiting.status_service.page(ada.id, query)

        assert commands(read) == (redis_commands, mongodb_commands)


def test_withdrawal_takes_two_round_trips_to_redis(
    ada: Candidate, posting: str, parts: Container, commands: Commands
) -> None:
    applications = [ada.apply(posting), ada.apply(publish(parts))]
    drain_applications(parts)
    find = ["find applications", "find applications"]

    def withdraw_one(parts: Container) -> Any:
        parts.recruiting.withdrawal_service.withdraw(ada.id, applications.pop(), "-")

    # HMGET reads an earlier withdrawal job, if there is one.
    assert commands(withdraw_one) == (["HMGET", "EVALSHA"], find)


# A batch handles the applications of all lanes, then the withdrawals behind them, and so on.
STORE = ["insert applications"]
WITHDRAW = ["find applications", "find applications", "update applications"]


@pytest.mark.parametrize(
    ("sent", "done"),
    [
        (["apply", "apply"], STORE),
        (["apply", "withdraw"], [*STORE, *WITHDRAW]),
        (["apply", "withdraw", "apply", "withdraw"], [*STORE, *WITHDRAW] * 2),
    ],
    ids=["applications", "withdrawals", "repeated withdrawals"],
)
def test_batch_takes_one_write_for_each_change_of_function(
    ada: Candidate,
    bob: Candidate,
    parts: Container,
    commands: Commands,
    sent: list[str],
    done: list[str],
) -> None:
    for someone in (ada, bob):
        posting, application = publish(parts), ""
        for what in sent:
            if what == "withdraw":
                someone.withdraw(application)
            else:
                posting = posting if "withdraw" in sent else publish(parts)
                application = someone.apply(posting)
    held = claim(parts)
    assert len(held.jobs) == 2 * len(sent)

    def do(parts: Container) -> Any:
        parts.recruiting.job_handler.handle(held.jobs)
        parts.database["applications"].delete_many({})

    first = ["find accounts", "find postings"]
    assert commands(do) == ([], [*first, *done, "delete applications"])


def test_batch_of_commands_takes_two_reads_and_one_write(
    ada: Candidate, bob: Candidate, parts: Container, commands: Commands
) -> None:
    """A second write plans the e-mails of rejections; a drain claims and settles, as always."""
    posting = publish_for_employer(parts)
    applications = [someone.apply(posting) for someone in (ada, bob)]
    drain_applications(parts)
    for application in applications:
        send(parts, application, CommandKind.MOVE, "new", stage="review")
        send(parts, application, CommandKind.REJECT, "review", email=EMAIL)
    held = claim(parts)
    assert len(held.jobs) == 4
    before = list(parts.database["applications"].find())

    def do(parts: Container) -> Any:
        parts.recruiting.job_handler.handle(held.jobs)
        for document in before:
            parts.database["applications"].replace_one({"_id": document["_id"]}, document)
        parts.database["due"].delete_many({})

    _, sent = commands(do)
    assert sent == [
        *("find accounts", "find postings", "find applications", "find command_refusals"),
        *("update applications", "insert due"),
        *("update applications", "update applications", "delete due"),
    ]
