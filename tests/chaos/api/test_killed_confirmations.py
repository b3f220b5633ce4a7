"""Processes are killed while they confirm guest applications and store them.

Each link gives one application and one receipt, however often it was followed. ``HIRELANE_KILLS``
is the number of kills (`make kill`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec

from chalicelib.auth.models import Visitor
from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.guest_applications.models import GuestApplicationDraft
from tests.chaos.api.confirmation_forker import VISITOR, Settings
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.steps import publish
from tests.support.assertions import wait_for
from tests.support.lanes import RecordingWaker

KILLS = int(os.environ.get("HIRELANE_KILLS", "6"))
PEOPLE, POSTINGS = (40, 10) if KILLS > 10 else (6, 3)
# A kill hits any moment of the next confirmation.
TASK_SECONDS = 0.05


def new_tokens(parts: Container) -> dict[str, tuple[str, str]]:
    """Apply as guests. Return the address and the posting of each token."""
    guests = parts.recruiting.guest_applications
    tokens: dict[str, tuple[str, str]] = {}
    postings = [publish(parts) for _ in range(POSTINGS)]
    for posting in postings:
        for number in range(PEOPLE):
            # A visitor may request only some links in an hour.
            visitor = Visitor(f"198.51.100.{number}", "", "")
            draft = GuestApplicationDraft(email=f"p{number}@example.com", name="Ada")
            guests.service.request(posting, draft, visitor)
    for document in parts.database["guest_applications"].find({}, {"_id": 1}):
        one = guests.guests.find(document["_id"])
        assert one is not None
        tokens[guests.tokens.issue(one)] = (one.email, one.posting.id)
    return tokens


def test_killed_confirmations_accept_each_guest_once(
    parts: Container, read_secret: Callable[[str], str]
) -> None:
    parts.override(waker=RecordingWaker())
    tokens = new_tokens(parts)
    assert len(tokens) == PEOPLE * POSTINGS
    secrets = {name: read_secret(name) for name in ("settings", "keys")}
    encoded = msgspec.json.encode(Settings(secrets, [*tokens])).decode()
    command = [sys.executable, "-m", "tests.chaos.api.confirmation_forker", encoded]
    chance = random.Random(KILLS)  # noqa: S311

    def followed() -> int:
        query = {"receipt": {"$exists": True}}
        return parts.database["guest_applications"].count_documents(query)

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forker:
        assert forker.stdin
        assert forker.stdout
        assert forker.stdout.readline()
        for kill in range(KILLS):
            tasks = {3 * kill: "confirm", 3 * kill + 1: "confirm", 3 * kill + 2: "work"}
            forker.stdin.writelines(f"{n} {task}\n".encode() for n, task in tasks.items())
            forker.stdin.flush()
            least = min(followed() + 1, len(tokens))
            wait_for(followed, lambda count: count >= least)  # noqa: B023
            time.sleep(chance.random() * TASK_SECONDS)
            forker.stdin.writelines(f"{n} kill\n".encode() for n in tasks)
            forker.stdin.flush()
        forker.stdin.close()
        assert forker.wait(60) == 0
    before = followed()

    service = parts.recruiting.guest_applications.service
    receipts = {token: service.confirm(token, VISITOR, "-").receipt for token in tokens}
    drain_applications(parts)
    stored = {one["_id"]: one for one in parts.database["applications"].find()}
    addresses = {one["_id"]: one["email"] for one in parts.database["accounts"].find()}
    assert stored.keys() == {one.id for one in receipts.values()}
    assert sorted(addresses.values()) == sorted(f"p{n}@example.com" for n in range(PEOPLE))
    for token, receipt in receipts.items():
        document = stored[receipt.id]
        assert (addresses[document["candidate_id"]], document["posting_id"]) == tokens[token]
        assert not receipt.repeat
    print(f"{3 * KILLS} processes killed; {before} of {len(tokens)} links were followed before")
