"""Check a deployed stage from outside: its health, and a journey from registration to e-mail."""

import secrets
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import msgspec

from infrastructure.aws.health import readiness
from infrastructure.aws.target import Progress, Target
from infrastructure.local.demo.accounts import Mailbox, confirm, log_in, register
from infrastructure.local.demo.client import Client
from infrastructure.local.demo.evidence import CONFIRMATION
from infrastructure.local.demo.postings import demo_postings
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.mailbox import mails_to

# Longer than a minute: the schedule repairs a wake that failed.
PATIENCE_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.3
PATHS = ("/health/live", "/v1/postings", "/openapi.json")


def smoke(target: Target, url: str, progress: Progress) -> None:
    """Check a stage.

    Where e-mails can be read, which is in LocalStack, somebody registers, publishes a posting,
    another one applies, and the confirmation arrives. Elsewhere the check only reads, so it leaves
    no account behind.

    Args:
        target: The account or the LocalStack, and the stage.
        url: The URL of the stage; empty if it is not deployed.
        progress: Called with each line of progress.

    Raises:
        DeployError: The stage is not deployed, not ready, or the confirmation does not arrive.
        DemoError: A step of the journey failed.
    """
    if not url:
        raise DeployError(f"{target.stage.name} is not deployed: run `make deploy` first.")
    if problem := readiness(url):
        raise DeployError(f"{url} is not ready: {problem}")
    client = Client(url)
    for path in PATHS:
        progress(f"  {path:<24} {client.get(path).milliseconds:.0f} ms")
    endpoints = target.endpoints
    if endpoints is None:
        progress("  E-mails cannot be read here, so nobody registers.")
        return

    def mailbox(address: str) -> list[EmailMessage]:
        return mails_to(endpoints, [address])[address]

    journey(client, mailbox, progress)


def journey(client: Client, mailbox: Mailbox, progress: Progress) -> None:
    """Follow an application from the registration of the candidate to the confirmation.

    Raises:
        DeployError: The confirmation does not arrive.
        DemoError: A step failed.
    """
    run = secrets.token_hex(3)
    owner = register(client, "Edda", run)
    confirm(client, owner, mailbox)
    token, _ = log_in(client, owner)
    draft = {"name": f"Smoke {run}", "slug": f"smoke-{run}"}
    employer = client.post("/v1/employers", draft, token).body["id"]
    about = msgspec.structs.replace(demo_postings()[0], questions=())
    posting = client.post(
        f"/v1/employers/{employer}/postings", about.to_request(datetime.now(UTC)), token
    ).body["id"]
    progress(f"  {'a posting is published':<24} {posting}")
    candidate = register(client, "Ada", run)
    confirm(client, candidate, mailbox)
    token, _ = log_in(client, candidate)
    accepted = client.post(f"/v1/postings/{posting}/applications", {}, token)
    began = time.monotonic()
    progress(f"  {'an application is sent':<24} {accepted.body['id']}")
    while not any(mail["Subject"].startswith(CONFIRMATION) for mail in mailbox(candidate.email)):
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise DeployError("The application was accepted, but its confirmation did not arrive.")
        time.sleep(LOOK_EVERY_SECONDS)
    progress(f"  {'its confirmation arrived':<24} after {time.monotonic() - began:.1f} s")
