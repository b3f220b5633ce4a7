"""The parent of API processes: it imports everything once, then forks them in milliseconds.

Usage: api_forker.py SETTINGS, with ``Settings`` as JSON. It reads the numbers of processes from
stdin, one a line: a new number starts a process, a known one kills it. It writes events as JSON to
stdout. It has one thread, so forking is safe. When stdin closes, it kills its processes and exits.

Each process publishes, closes, reopens and changes postings at random over the API.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from typing import Any

import msgspec
from chalice.test import Client

import app as api
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from chalicelib.recruiting.postings import draft_service, employer_repository, publication_service

# A container imports these on their first use, which would take each process a while.
PRELOADED = (draft_service, employer_repository, publication_service)
ACTIONS = ("publication", "closing", "closing", "reopening", "earlier", "later")
CLOSES = {
    "earlier": {"date_time": "2098-01-01T12:00", "time_zone": "Europe/Oslo"},
    "later": {"date_time": "2099-01-01T12:00", "time_zone": "Europe/Oslo"},
}


class Settings(msgspec.Struct):
    """What an API process needs: its secrets by name, a token, and the postings."""

    secrets: dict[str, str]
    token: str
    employer_id: str
    postings: list[str]


class Event(msgspec.Struct, omit_defaults=True):
    """The beginning or the end of a request of a process, or the death of a process.

    ``at`` is the monotonic time, which all processes of a machine share.
    """

    process: int
    at: float
    action: str = ""
    posting: str = ""
    status: int = 0
    is_killed: bool = False


def main() -> None:
    """Start and kill processes until stdin closes."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    events = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pids: dict[int, int] = {}
    try:
        for line in sys.stdin:
            number = int(line)
            if number not in pids:
                pids[number] = os.fork()
                if pids[number] == 0:
                    pids.clear()
                    work(settings, number, events)
            else:
                os.kill(pids[number], signal.SIGKILL)
                os.waitpid(pids.pop(number), 0)
                send(events, Event(number, time.monotonic(), is_killed=True))
    finally:
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def work(settings: Settings, number: int, events: int) -> None:
    """Change the postings until this process is killed."""
    chance = random.Random(number)  # noqa: S311
    path = f"/v1/employers/{settings.employer_id}/postings"
    headers = {
        "Authorization": f"Bearer {settings.token}",
        "Content-Type": "application/json",
        "If-Match": "*",
    }
    with use_container(Container("api", read_secret=settings.secrets.__getitem__)):
        http = Client(api.app).http
        while True:
            action, posting = chance.choice(ACTIONS), chance.choice(settings.postings)
            send(events, Event(number, time.monotonic(), action, posting))
            body: dict[str, Any] = {}
            target = f"{path}/{posting}/{action}"
            if action in CLOSES:
                body, target = {"closes": CLOSES[action]}, f"{path}/{posting}"
            answer = http.request(
                "PATCH" if body else "POST", target, headers, json.dumps(body).encode()
            )
            send(events, Event(number, time.monotonic(), action, posting, answer.status_code))


def send(events: int, event: Event) -> None:
    """Write an event in one piece, so that those of several processes do not mix."""
    os.write(events, msgspec.json.encode(event) + b"\n")


if __name__ == "__main__":
    main()
