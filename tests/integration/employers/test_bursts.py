"""Bursts: applications from one network are flagged, listed and exported, and origins removed."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.bursts.sweeper import BurstSweeper
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.people import create_person
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import drain_applications


def sweep(parts: Container, now: datetime | None = None) -> int:
    return BurstSweeper(parts.bursts.origins, 3, lambda: now or times.now()).sweep()


def applicants(yard: Yard, posting: str, query: str = "") -> dict[str, int]:
    """Return the bursts of the listed applicants, by name."""
    path = f"/v1/employers/{yard.id}/applications?posting_id={posting}{query}"
    page = body_of(send(yard.http, "GET", path, None, yard.owner.token))
    return {one["name"]: one.get("burst", 0) for one in page["applicants"]}


def apply_from(
    parts: Container, origin: str, postings: list[str], ago: timedelta = timedelta()
) -> list[str]:
    """Apply for postings, each as somebody else. Return the names."""
    ids = {}
    for posting in postings:
        person = create_person(parts, f"{new_id()}@example.com", name=new_id()[-12:])
        receipt, _ = parts.recruiting.apply_service.apply(
            person.id, posting, ApplicationDraft("Hello"), "-", origin=origin
        )
        ids[receipt.id] = parts.auth.accounts.find_recipients([person.id])[person.id].name
    drain_applications(parts)
    parts.database["applications"].update_many(
        {"_id": {"$in": list(ids)}}, {"$set": {"accepted_at": times.now() - ago}}
    )
    return list(ids.values())


def test_many_from_one_network_within_an_hour_are_flagged(yard: Yard, parts: Container) -> None:
    posting, other = (yard.create(state="published")["id"] for _ in range(2))
    pair = apply_from(parts, "a" * 16, [posting, posting])
    early = apply_from(parts, "a" * 16, [posting], timedelta(minutes=70))
    elsewhere = apply_from(parts, "a" * 16, [other]) + apply_from(parts, "b" * 16, [other] * 2)
    unknown = apply_from(parts, "", [posting] * 3)
    assert sweep(parts) == 0
    pair += apply_from(parts, "a" * 16, [posting], timedelta(minutes=30))
    assert sweep(parts) == 3
    others = dict.fromkeys([*early, *unknown], 0)
    assert applicants(yard, posting) == dict.fromkeys(pair, 3) | others
    assert applicants(yard, posting, "&flag=burst") == dict.fromkeys(pair, 3)
    assert applicants(yard, other) == dict.fromkeys(elsewhere, 0)
    assert sweep(parts) == 0


def test_flag_is_shown_and_exported_and_outlives_the_origin(yard: Yard, parts: Container) -> None:
    posting = yard.create(state="published")
    assert [yard.apply(posting) for _ in range(4)] == [202] * 4
    drain_applications(parts)
    stored: list[dict[str, Any]] = list(parts.database["applications"].find())
    assert len({one["origin"] for one in stored}) == 1
    assert "127.0.0.1" not in str(stored)
    assert sweep(parts) == 4
    path = f"/v1/employers/{yard.id}/applications"
    shown = body_of(send(yard.http, "GET", f"{path}/{stored[0]['_id']}", None, yard.owner.token))
    assert shown["burst"] == 4
    searched = f"&flag=burst&stage={stored[0]['stage']}&q=ada"
    assert set(applicants(yard, posting["id"], searched).values()) == {4}
    now = times.now()
    assert sweep(parts, now + timedelta(hours=23)) == 0
    assert parts.database["applications"].count_documents({"origin": {"$exists": True}}) == 4
    assert sweep(parts, now + timedelta(hours=25)) == 0
    for one in parts.database["applications"].find():
        assert not any(name.startswith("origin") for name in one)
        assert one["burst"] == 4
    query = f"posting_id={posting['id']}&flag=burst"
    part = send(yard.http, "GET", f"{path}/export?{query}", None, yard.owner.token)
    rows = list(csv.DictReader(io.StringIO(part.body.decode("utf-8-sig"))))
    assert [row["burst"] for row in rows] == ["4"] * 4
