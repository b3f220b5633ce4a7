"""The journey: four candidates apply, one of them three times; every step is watched."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.screen import good, step, title

PATIENCE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.05

# Who applies for which postings (their places in the list), in this order.
CANDIDATES = {"Ada": [0, 4, 7], "Bela": [2], "Chidi": [5], "Dana": [3]}
TURNS = [("Ada", 0), ("Bela", 0), ("Ada", 1), ("Chidi", 0), ("Dana", 0), ("Ada", 2)]


@dataclass
class Application:
    """One application and what was seen of it so far."""

    id: str
    candidate: str
    title: str
    url: str
    accepted_at: datetime
    seen: list[str] = field(default_factory=lambda: ["accepted"])
    at: dict[str, datetime] = field(default_factory=dict)


@dataclass
class Candidate:
    """Someone who applies."""

    name: str
    email: str
    token: str
    applications: list[Application] = field(default_factory=list)


def travel(client: Client, posting_ids: list[str]) -> list[Candidate]:
    """Goes the whole way over HTTP. Returns the candidates with their applications.

    The postings applied for are those with these ids, as the API lists them.

    Raises:
        DemoError: a step was refused, took too long, or came in the wrong order.
    """
    title("Four candidates register and log in")
    run = secrets.token_hex(3)
    candidates = {name: _join(client, name, run) for name in CANDIDATES}
    listed = client.get("/v1/postings")
    found = {posting["id"]: posting for posting in listed.body["postings"]}
    step("anyone", f"sees {len(found)} open postings", listed.milliseconds)
    if missing := [one for one in posting_ids if one not in found]:
        raise DemoError(f"{len(missing)} published postings are not listed: see `make logs`.")
    postings = [found[one] for one in posting_ids]

    title("They apply; each answer means: it is safe")
    for name, number in TURNS:
        posting = postings[CANDIDATES[name][number]]
        _apply(client, candidates[name], posting)
    _apply_again(client, candidates["Ada"], postings[CANDIDATES["Ada"][0]])

    title("Each is stored, then confirmed by mail (since accepted; first starts are cold)")
    applications = [one for candidate in candidates.values() for one in candidate.applications]
    _follow(client, candidates, applications)

    title("In order")
    for candidate in candidates.values():
        _check_order(candidate)
    return list(candidates.values())


def _join(client: Client, name: str, run: str) -> Candidate:
    account = {
        "email": f"{name.lower()}.{run}@example.com",
        "name": f"{name} Example",
        "password": secrets.token_urlsafe(12),
    }
    registered = client.post("/v1/accounts", account)
    session = client.post(
        "/v1/sessions", {"email": account["email"], "password": account["password"]}
    )
    step(name, account["email"], registered.milliseconds + session.milliseconds)
    return Candidate(name, account["email"], session.body["access_token"])


def _apply(client: Client, candidate: Candidate, posting: dict[str, Any]) -> None:
    answer = client.post(
        f"/v1/postings/{posting['id']}/applications",
        {
            "cover_letter": f"I would like to be your {posting['title'].lower()}.",
            "links": ["https://example.com/cv.pdf"],
        },
        candidate.token,
    )
    receipt = answer.body
    if answer.status != 202 or answer.location is None:
        raise DemoError(f"Applying was answered with {answer.status}: see `make logs`.")
    candidate.applications.append(
        Application(
            id=receipt["id"],
            candidate=candidate.name,
            title=posting["title"],
            url=answer.location,
            accepted_at=datetime.fromisoformat(receipt["accepted_at"]),
        )
    )
    place = f"#{receipt['position']} in the lane"
    step(candidate.name, f"{answer.status}  {posting['title']:<28.28} {place}", answer.milliseconds)


def _apply_again(client: Client, candidate: Candidate, posting: dict[str, Any]) -> None:
    first = candidate.applications[0]
    answer = client.post(f"/v1/postings/{posting['id']}/applications", {}, candidate.token)
    if answer.body["id"] != first.id:
        raise DemoError(
            f"{candidate.name} applied twice for one posting and got two applications: "
            "see `make logs`."
        )
    again = f"{answer.status}  {posting['title']:<28.28} again: the same one"
    step(candidate.name, again, answer.milliseconds)


def _follow(
    client: Client, candidates: dict[str, Candidate], applications: list[Application]
) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    waiting = list(applications)
    while waiting:
        if time.monotonic() > ends:
            raise DemoError(
                f"After {PATIENCE_SECONDS:.0f} s {len(waiting)} applications are not confirmed: "
                "see `make logs`."
            )
        for application in waiting:
            _look(client, candidates[application.candidate].token, application)
        waiting = [one for one in waiting if "mailed" not in one.at]
        time.sleep(LOOK_EVERY_SECONDS)


def _look(client: Client, token: str, application: Application) -> None:
    progress = client.get(application.url, token).body
    for event in progress["timeline"]:
        if event["event"] in application.seen:
            continue
        application.seen.append(event["event"])
        at = datetime.fromisoformat(event["at"])
        application.at[event["event"]] = at
        since = (at - application.accepted_at).total_seconds() * 1000
        step(application.candidate, f"{event['event']:<7} {application.title}", since)


def _check_order(candidate: Candidate) -> None:
    by_accept = [one.id for one in candidate.applications]
    by_store = [one.id for one in sorted(candidate.applications, key=lambda one: one.at["stored"])]
    if by_accept != by_store:
        raise DemoError(
            f"{candidate.name}'s applications were stored in another order than they were "
            "accepted: see `make logs`."
        )
    if len(by_accept) > 1:
        titles = ", then ".join(one.title for one in candidate.applications)
        good(f"{candidate.name}'s {len(by_accept)} were stored as they were accepted: {titles}.")
