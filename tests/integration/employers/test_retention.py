"""Retention announces what it erases two weeks before, and legal holds keep applications."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.notifications.models import SuppressionReason
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.erasure.retention_sweeper import RetentionSweeper
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import PASSWORD, Person, create_person
from tests.integration.auth.workers import deliver_emails, text_of
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import copy_with, drain_applications
from tests.integration.recruiting.equations import check_equation
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill

DAY = timedelta(days=1)
REASON = {"reason": "A claim under equal-treatment law"}


class World:
    """An employer with a rule of 30 days, and a clock."""

    def __init__(self, yard: Yard) -> None:
        self.yard, self.parts, self.http = yard, yard.parts, yard.http
        self.start = times.to_stored_time(times.now())
        self.now = self.start
        self.set_days(30)
        self.candidates: dict[str, Person] = {}
        self.parts.equation.checker.begin()

    def set_days(self, days: int | None) -> None:
        path = f"/v1/employers/{self.yard.id}"
        body = {"retention_days": days}
        body_of(send(self.http, "PATCH", path, body, self.yard.owner.token))

    def publish(self) -> Any:
        return self.yard.act(self.yard.create(closes=None), "publication")

    def apply(self, posting: Any, name: str) -> str:
        """Store an application. Return its id."""
        person = create_person(self.parts, f"{name}@example.com", name=name)
        path = f"/v1/postings/{posting['id']}/applications"
        one: str = body_of(send(self.http, "POST", path, {}, person.token), 202)["id"]
        self.candidates[one] = person
        drain_applications(self.parts)
        return one

    def command(self, application: str, name: str, **more: Any) -> None:
        stored = self.parts.database["applications"].find_one({"_id": application})
        assert stored
        body = {"expected_stage": stored["stage"], **more}
        path = f"/v1/employers/{self.yard.id}/applications/{application}/{name}"
        body_of(send(self.http, "POST", path, body, self.yard.owner.token), 202)
        drain_applications(self.parts)

    def reject(self, application: str) -> None:
        self.command(application, "rejection", send_email=False)

    def hold(self, target: str, what: str = "applications") -> Any:
        path = f"/v1/employers/{self.yard.id}/{what}/{target}/hold"
        return body_of(send(self.http, "PUT", path, REASON, self.yard.owner.token))

    def sweep(self, parts: Container | None = None) -> None:
        """Run the sweep at the time of the clock, and the workers."""
        made = parts or self.parts
        RetentionSweeper(
            made.erasure.retention.batches,
            made.recruiting.pipeline.pipelines,
            made.erasure.retention.holds,
            made.employers.memberships,
            made.recruiting.pipeline.due,
            made.notifications.ledger,
            made.recruiting.job_queue,
            made.erasure.retention.gets_emails,
            lambda: self.now,
        ).sweep(60)
        drain_applications(made)

    def mails(self) -> list[str]:
        """Send what is due at the time of the clock. Return the announcements."""
        self.parts.database["due"].update_many({}, {"$set": {"at": times.now()}})
        self.parts.recruiting.pipeline.sweep_due()
        found = [text_of(mail) for mail in deliver_emails(self.parts)]
        ledger = self.parts.database["mail_ledger"]
        fresh = {"_id": {"$regex": "^retention-"}, "sent_at": {"$lt": self.start + DAY}}
        ledger.update_many(fresh, {"$set": {"sent_at": self.now}})
        return [text for text in found if "legal\nhold" in text]

    def go_to(self, day: float) -> list[str]:
        """Sweep on a day, counted from the start. Return the announcements."""
        self.now = self.start + timedelta(days=day)
        self.sweep()
        return self.mails()

    def left(self) -> set[str]:
        return {one["_id"] for one in self.parts.database["applications"].find({}, {"_id": 1})}

    def plan(self) -> Any:
        path = f"/v1/employers/{self.yard.id}/retention"
        return body_of(send(self.http, "GET", path, None, self.yard.owner.token))


@pytest.fixture
def world(yard: Yard) -> World:
    return World(yard)


def test_nothing_is_erased_that_was_not_announced_two_weeks_before(world: World) -> None:
    posting, other = world.publish(), world.publish()
    made = {
        name: world.apply(posting, name)
        for name in ("rejected", "withdrawn", "hired", "open", "held", "reinstated")
    }
    made |= {name: world.apply(other, name) for name in ("undecided", "later")}
    for name in ("rejected", "held", "reinstated"):
        world.reject(made[name])
    path = f"/v1/applications/{made['withdrawn']}/withdrawal"
    send(world.http, "POST", path, None, world.candidates[made["withdrawn"]].token)
    world.command(made["hired"], "hire")
    drain_applications(world.parts)
    world.yard.act(other, "closing")
    world.hold(made["held"])
    deliver_emails(world.parts)

    # They are due on day 30, so they are announced from day 9 on.
    assert world.go_to(8) == []
    assert world.plan() == {"retention_days": 30, "announced": []}
    # A batch is a week: the next look is on day 15.
    [mail] = world.go_to(15)
    assert "we will erase 5 of them" in mail
    assert "3 for Boat builder" in mail
    [announced] = world.plan()["announced"]
    assert (announced["count"], len(announced["postings"])) == (5, 2)
    assert datetime.fromisoformat(announced["erases_from"]) == world.start + 29 * DAY
    world.command(made["reinstated"], "reinstatement")
    assert world.go_to(28.9) == []
    assert world.left() == set(made.values())
    assert world.go_to(29.5) == []
    assert world.left() == set(made.values()), "announced, and not due"
    world.go_to(30.5)
    gone = {made[name] for name in ("rejected", "withdrawn", "undecided", "later")}
    assert world.left() == set(made.values()) - gone
    check_equation(world.parts, posting["id"], 6)
    check_equation(world.parts, other["id"], 2)
    assert world.parts.equation.removed.count(posting["id"]) == {"erased": 2}
    assert world.go_to(200) == []
    assert world.left() == set(made.values()) - gone
    assert world.plan()["announced"] == []


def test_shorter_setting_is_announced_first_and_none_erases_nothing(world: World) -> None:
    world.set_days(3650)
    posting = world.publish()
    first = world.apply(posting, "first")
    world.reject(first)
    assert world.go_to(100) == []
    world.set_days(30)
    [mail] = world.go_to(107.5)
    assert "From " in mail
    assert world.left() == {first}
    world.go_to(121)
    assert world.left() == {first}, "13.5 days after the announcement"
    world.set_days(None)
    world.go_to(122)
    assert world.left() == {first}
    assert world.plan() == {"retention_days": None, "announced": []}
    world.set_days(30)
    world.go_to(130)
    world.go_to(145)
    assert world.left() == set()


def test_decision_ahead_of_the_erasure_keeps_the_application(world: World) -> None:
    one = world.apply(world.publish(), "one")
    world.reject(one)
    assert len(world.go_to(15)) == 1
    path = f"/v1/employers/{world.yard.id}/applications/{one}/reinstatement"
    body = {"expected_stage": "rejected"}
    # It waits in the lane while the sweep sends the erasure.
    body_of(send(world.http, "POST", path, body, world.yard.owner.token), 202)
    world.go_to(31)
    assert world.left() == {one}
    world.go_to(32)
    world.reject(one)
    assert len(world.go_to(60)) == 1, "it is announced again"
    assert world.left() == {one}


def test_nothing_is_erased_while_the_announcement_cannot_be_sent(world: World) -> None:
    posting = world.publish()
    first = world.apply(posting, "first")
    world.reject(first)
    world.now = world.start + 40 * DAY
    world.sweep()
    world.now = world.start + 60 * DAY
    world.sweep()
    assert world.left() == {first}
    assert len(world.mails()) == 1
    world.go_to(73)
    assert world.left() == {first}
    world.go_to(74.5)
    assert world.left() == set()


def test_suppressed_owners_stop_no_announced_erasure(world: World) -> None:
    first = world.apply(world.publish(), "first")
    world.reject(first)
    deliver_emails(world.parts)
    suppressions = world.parts.notifications.suppressions
    address = suppressions.key_of(world.yard.owner.email)
    suppressions.add(address, SuppressionReason.COMPLAINT, times.now())
    assert world.go_to(20) == []
    [announced] = world.plan()["announced"]
    assert datetime.fromisoformat(announced["erases_from"]) == world.start + 34 * DAY
    world.go_to(33.9)
    assert world.left() == {first}
    world.go_to(34.1)
    assert world.left() == set()


def test_lost_announcement_is_made_again(world: World) -> None:
    first = world.apply(world.publish(), "first")
    world.reject(first)
    world.now = world.start + 15 * DAY
    world.sweep()
    world.parts.database["due"].delete_many({})
    world.now = world.start + 42 * DAY
    world.sweep()
    assert world.mails() == []
    world.now = world.start + 44 * DAY
    world.sweep()
    assert len(world.go_to(51.5)) == 1
    world.go_to(65)
    assert world.left() == {first}
    world.go_to(66)
    assert world.left() == set()


def test_killed_sweep_announces_and_erases_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupter = WriteInterrupter(monkeypatch, ("bulk_write", "insert_many"))
    posting = world.publish()
    made = [world.apply(posting, f"person{number}") for number in range(3)]
    for one in made:
        world.reject(one)
    deliver_emails(world.parts)
    mails: list[str] = []
    for day in (15, 31):
        world.now = world.start + timedelta(days=day)
        for write in range(30):
            killed = copy_with(world.parts)
            try:
                with interrupter.before(write, kill):
                    world.sweep(killed)
            except Killed:
                # Its leases expire.
                world.now += timedelta(minutes=6)
                world.parts.redis.delete("{hl0}:crashes:applications")
                redis: Any = world.parts.redis
                for lane in redis.zrange("{hl0}:leases:applications", 0, -1):
                    redis.zadd("{hl0}:leases:applications", {lane: 1})
                continue
            break
        mails += world.mails()
    assert len(mails) == 1
    assert "we will erase 3 of them" in mails[0]
    assert world.left() == set()
    check_equation(world.parts, posting["id"], 3)


def test_held_application_is_kept_until_it_is_released(world: World, http: Client) -> None:
    posting = world.publish()
    held, of_held = world.apply(posting, "held"), world.apply(world.publish(), "other")
    candidate, owner = world.candidates[held], world.yard.owner
    base = f"/v1/employers/{world.yard.id}"
    entry = world.hold(held)
    assert (entry["id"], entry["title"], entry["reason"]) == (
        held,
        "Boat builder",
        *REASON.values(),
    )
    stored = world.parts.database["applications"].find_one({"_id": of_held})
    assert stored
    world.hold(stored["posting_id"], "postings")
    listed = body_of(send(http, "GET", f"{base}/holds", None, owner.token))["holds"]
    assert {one["id"] for one in listed} == {held, stored["posting_id"]}
    for application in (held, of_held):
        path = f"/v1/applications/{application}/erasure"
        token = world.candidates[application].token
        problem = problem_of(send(http, "POST", path, None, token), 409, "legal-hold")
        assert problem["detail"].startswith("Yard & Sons must keep it for a legal claim.")
        path = f"{base}/applications/{application}/erasure"
        problem_of(send(http, "POST", path, None, owner.token), 409, "legal-hold")
    deletion = "/v1/account/deletion", {"password": PASSWORD}
    refused = send(http, "POST", *deletion, candidate.token)
    assert "Yard & Sons" in problem_of(refused, 409, "account-in-use")["detail"]
    recruiter = world.yard.member(MemberRole.RECRUITER)
    path = f"{base}/applications/{held}/hold"
    for method in ("PUT", "DELETE"):
        problem_of(send(http, method, path, REASON, recruiter.token), 403, "forbidden")
    for _ in range(2):
        body_of(send(http, "DELETE", path, None, owner.token), 204)
    page = body_of(send(http, "GET", f"{base}/applications/{held}/events", None, owner.token))
    assert [one["kind"] for one in page["events"]][2:] == ["held", "hold_released"]
    body_of(send(http, "POST", *deletion, candidate.token), 204)
    assert world.left() == {of_held}


def test_hold_after_an_accepted_erasure_keeps_the_application(world: World) -> None:
    one = world.apply(world.publish(), "one")
    path = f"/v1/applications/{one}/erasure"
    body_of(send(world.http, "POST", path, None, world.candidates[one].token), 202)
    world.hold(one)
    drain_applications(world.parts)
    assert world.left() == {one}
    world.parts.erasure.retention.holds.release(world.yard.id, one)
    body_of(send(world.http, "POST", path, None, world.candidates[one].token), 202)
    drain_applications(world.parts)
    assert world.left() == set()
