"""The recruiter of the demo advances one application and rejects another."""

import time
from typing import Any

from infrastructure.local.demo.accounts import (
    LOOK_EVERY_SECONDS,
    PATIENCE_SECONDS,
    Account,
    Mailbox,
    log_in,
)
from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.journey import Candidate
from infrastructure.local.demo.screen import good, note, step, title, waiting


def decide(
    client: Client,
    employer: Account,
    advanced: Candidate,
    rejected: Candidate,
    mailbox: Mailbox,
) -> None:
    """Advance the application of one candidate and reject that of another.

    Args:
        client: The client of the API.
        employer: The account that owns the employers.
        advanced: The candidate who gets an interview, and an e-mail about it.
        rejected: The candidate who is rejected. Their e-mail is due at once.
        mailbox: Returns the e-mails to an address.

    Raises:
        DemoError: A step was refused or took too long.
    """
    title("The employers answer: one interview, one rejection")
    note("what the employer decides, and what the candidate sees (time since the decision)")
    token, _ = log_in(client, employer)
    mails = len(mailbox(advanced.email))
    interview = {"expected_stage": "new", "stage": "interview"}
    _decide(client, token, advanced, "move", interview, "invites to interviews")
    with waiting("waiting for the e-mail"):
        began = time.monotonic()
        while len(mailbox(advanced.email)) == mails:
            _check_patience(began, "The e-mail about an interview")
    good(f"{advanced.name} got an e-mail about it.")
    # By default the candidate sees a rejection, and gets the e-mail, an hour later.
    rejection = {
        "expected_stage": "new",
        "reason": "other-candidate",
        "send_after_minutes": 0,
    }
    _decide(client, token, rejected, "rejection", rejection, "rejects")
    good(f"{rejected.name}'s e-mail follows within a minute. By default both come an hour later.")


def _decide(
    client: Client,
    token: str,
    candidate: Candidate,
    command: str,
    body: dict[str, Any],
    words: str,
) -> None:
    """Send a command about the first application of a candidate, and wait for its effect."""
    application = candidate.applications[0]
    status = client.get(application.url, candidate.token).body
    posting = client.get(f"/v1/postings/{status['posting_id']}").body
    path = f"/v1/employers/{posting['employer_id']}/applications/{application.id}/{command}"
    sent = client.post(path, body, token)
    step(posting["employer"], f"{words}: {candidate.name}, {application.title}", sent.milliseconds)
    began = time.monotonic()
    while (shown := _words(client, candidate)) is None:
        _check_patience(began, f"The decision of {posting['employer']}")
    step(candidate.name, f'sees "{shown}"', (time.monotonic() - began) * 1000)


def _words(client: Client, candidate: Candidate) -> str | None:
    """Return what the candidate sees of the stage of the first application, if it was moved."""
    status = client.get(candidate.applications[0].url, candidate.token).body
    words: str | None = status["timeline"][-1].get("words")
    return words


def _check_patience(began: float, what: str) -> None:
    if time.monotonic() > began + PATIENCE_SECONDS:
        raise DemoError(f"{what} took more than {PATIENCE_SECONDS:.0f} s: see `make logs`.")
    time.sleep(LOOK_EVERY_SECONDS)
