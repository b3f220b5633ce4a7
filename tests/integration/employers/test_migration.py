"""Recruiters of earlier versions become members of their employers."""

from __future__ import annotations

from typing import Any

from chalice.test import Client

from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.stored_data import audit_events

# Accounts as earlier versions stored them, without the fields that the migration does not read.
STORED: dict[str, dict[str, Any]] = {
    "ren": {"role": "recruiter", "employer_id": "yard-and-sons"},
    "kim": {"role": "recruiter", "employer_id": "yard-and-sons"},
    "lee": {"role": "recruiter", "employer_id": "Yard--And-Sons"},
    "dash": {"role": "recruiter", "employer_id": "-"},
    "none": {"role": "recruiter"},
    "admin": {"role": "admin", "employer_id": "yard-and-sons"},
    "ada": {"role": "candidate"},
}


def stored(parts: Container) -> list[Any]:
    return [list(parts.database[name].find().sort("_id")) for name in ("accounts", "employers")]


def test_former_recruiters_become_members(parts: Container) -> None:
    for name, account in STORED.items():
        document = {"_id": name, "email": f"{name}@example.com", **account}
        parts.database["accounts"].insert_one(document)
    assert parts.employers.migration.run() == 6
    accounts, employers = stored(parts)
    assert {one["_id"]: one["role"] for one in accounts} == {
        **dict.fromkeys(STORED, "candidate"),
        "admin": "admin",
    }
    assert not any("employer_id" in one for one in accounts)
    members = {
        one["_id"]: {member["account_id"]: member["role"] for member in one["members"]}
        for one in employers
    }
    assert members == {
        "yard-and-sons": dict.fromkeys(("ren", "kim", "admin"), "recruiter"),
        "Yard--And-Sons": {"lee": "recruiter"},
        "-": {"dash": "recruiter"},
    }
    slugs = {one["_id"]: one["slug"] for one in employers}
    # Two ids that give the same slug get different ones.
    assert {slugs["yard-and-sons"], slugs["Yard--And-Sons"]} > {"yard-and-sons"}
    assert slugs["-"] == "employer"
    assert [event["event"] for event in audit_events(parts)] == ["member_migrated"] * 5
    before = stored(parts)
    assert parts.employers.migration.run() == 0
    parts.operations.prepare()
    assert stored(parts) == before


def test_interrupted_migration_is_completed(parts: Container) -> None:
    account = {"_id": "ren", "email": "ren@example.com", **STORED["ren"]}
    parts.database["accounts"].insert_one(account)
    parts.employers.migration.run()
    # The account changes last. It may be as before while its membership exists.
    parts.database["accounts"].replace_one({"_id": "ren"}, account)
    assert parts.employers.migration.run() == 1
    [member] = parts.employers.memberships.find_all("yard-and-sons")
    assert (member.account_id, member.role) == ("ren", "recruiter")


def test_former_recruiter_is_a_candidate_before_the_migration(
    http: Client, parts: Container, ada: Person
) -> None:
    change = {"$set": {"role": "recruiter", "employer_id": "yard"}}
    parts.database["accounts"].update_one({"_id": ada.id}, change)
    body = {"refresh_token": ada.refresh_token}
    token = body_of(send(http, "POST", "/v1/sessions/refresh", body))["access_token"]
    assert body_of(send(http, "GET", "/v1/account", token=token))["role"] == "candidate"
    admin = create_person(parts, "admin@example.com")
    parts.employers.migration.run()
    parts.employers.memberships.appoint_owner(admin.id, "yard")
    parts.employers.memberships.appoint_owner(ada.id, "yard")
    [mine] = body_of(send(http, "GET", "/v1/account/memberships", token=token))["memberships"]
    assert (mine["slug"], mine["role"]) == ("yard", "owner")
