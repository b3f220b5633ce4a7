"""Run the demo from the first server to the last e-mail."""

import json
import shlex
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from infrastructure.local.demo.accounts import Account
from infrastructure.local.demo.client import Client
from infrastructure.local.demo.decisions import decide
from infrastructure.local.demo.employer import publish_postings
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.evidence import (
    StoredApplications,
    confirmations_to,
    read_applications,
)
from infrastructure.local.demo.journey import Candidate, run_journey
from infrastructure.local.demo.order import check_order, writes
from infrastructure.local.demo.screen import block, good, note, say, title, waiting
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.mailbox import mails_to
from infrastructure.local.stack import Stack, StackError
from infrastructure.local.stack.functions import api_url
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY, make_private


def failure(error: Exception) -> str:
    """Return an error as one sentence, without the indented lines of a server's log."""
    text = str(error)
    if isinstance(error, DemoError | DeployError | StackError):
        own = [line.strip() for line in text.splitlines() if line and not line.startswith("    ")]
        sentence = " ".join(own)
        has_advice = "see " in sentence or "`make" in sentence
        if has_advice or not isinstance(error, DeployError):
            return sentence
        return f"{sentence}: see `make status`."
    if isinstance(error, PyMongoError):
        return f"MongoDB failed ({type(error).__name__}): see `make status`, then run it again."
    if isinstance(error, RedisError):
        return f"Redis failed ({type(error).__name__}): see `make status`, then run it again."
    reason = " ".join([type(error).__name__, *text.split()])
    return f"The demo failed unexpectedly ({reason}): see `make status` and `make logs`."


def run_demo(stack: Stack) -> None:
    """Start the stack, deploy to it, and follow applications through it.

    Raises:
        CommandError: A step failed.
    """
    began = time.monotonic()
    title("The stack")
    with waiting("starting"):
        endpoints = stack.up(say)
    good(
        "Valkey, a MongoDB-protocol server and LocalStack are up"
        f" ({time.monotonic() - began:.1f} s)."
    )

    title("Three projects, each by `chalice deploy --stage local`")
    deploying = time.monotonic()
    with waiting("deploying"):
        deploy(stack, progress=say)
    url = api_url(stack)
    good(f"All three are deployed ({time.monotonic() - deploying:.1f} s).")
    client = Client(url)
    with waiting("waiting for the API"):
        ready = client.get("/health/ready")
    good(
        f"The API is ready: {', '.join(ready.body['checks'])} ({ready.milliseconds / 1000:.1f} s)."
    )

    def mailbox(address: str) -> list[EmailMessage]:
        return mails_to(endpoints, [address])[address]

    publishing = time.monotonic()
    with waiting("publishing"):
        employer, posting_ids = publish_postings(client, mailbox, stack.layout.directory / "demo")
    good(
        f"{employer.name} publishes {len(posting_ids)} postings of employers over the API"
        f" ({time.monotonic() - publishing:.1f} s)."
    )
    candidates = run_journey(client, posting_ids, mailbox)

    applications = [one for candidate in candidates for one in candidate.applications]
    found = read_applications(endpoints, [one.id for one in applications])
    _show_order(max(candidates, key=lambda one: len(one.applications)), found)
    mails = confirmations_to(endpoints, [candidate.email for candidate in candidates])
    _check_mails(candidates, mails)
    good(
        f"{len(applications)} accepted, {len(found.documents)} in MongoDB,"
        f" {sum(map(len, mails.values()))} e-mails: none lost, none duplicated."
    )
    by_name = {candidate.name: candidate for candidate in candidates}
    decide(client, employer, by_name["Bela"], by_name["Chidi"], mailbox)
    _show_document(candidates[0], found)
    _show_mail(candidates[0], mails[candidates[0].email], stack.layout.directory)
    _show_next_steps(url, candidates[0], employer, stack, time.monotonic() - began)


def _show_order(candidate: Candidate, found: StoredApplications) -> None:
    """Show that the applications of one candidate kept their order.

    Raises:
        DemoError: One was overtaken.
    """
    ids = [one.id for one in candidate.applications]
    title(f"{candidate.name}'s {len(ids)} applications: times in MongoDB (UTC)")
    note(f"{'accepted':<14}{'stored':<14}{'mailed':<14}")
    for one in candidate.applications:
        times = found.times[one.id]
        moments = "".join(
            f"{_clock(moment):<14}" for moment in (times.accepted, times.stored, times.mailed)
        )
        say(f"  {moments}{one.title}")
    check_order(candidate.name, ids, found.times)
    count = writes(ids, found.times)
    how = "" if count == len(ids) else f" (by {count} {'write' if count == 1 else 'writes'})"
    good(f"Stored{how} and confirmed by e-mail in the order of acceptance.")


def _check_mails(candidates: list[Candidate], mails: dict[str, list[EmailMessage]]) -> None:
    for candidate in candidates:
        applied, got = len(candidate.applications), len(mails[candidate.email])
        if applied != got:
            raise DemoError(
                f"{candidate.name} sent {applied} applications and got {got} e-mails:"
                " see `make logs`."
            )


def _show_document(candidate: Candidate, found: StoredApplications) -> None:
    title(f"The first of {candidate.name}'s applications in MongoDB")
    document = found.documents[candidate.applications[0].id]
    block(json.dumps(document, indent=2, default=_plain))


def _show_mail(candidate: Candidate, mails: list[EmailMessage], directory: Path) -> None:
    title(f"The first of {candidate.name}'s {len(mails)} e-mails")
    mail = mails[0]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    if text is None or html is None:
        raise DemoError("The e-mail has no text or no HTML part: see chalicelib/notifications.")
    block("\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Subject")))
    block("\n" + text.get_content())
    saved = directory / "demo" / "confirmation.html"
    make_private(saved.parent)
    saved.write_text(html.get_content(), encoding="utf-8")
    say()
    say("  The HTML part, for a browser:")
    say(f"  {saved}")


def _show_next_steps(
    url: str, candidate: Candidate, employer: Account, stack: Stack, seconds: float
) -> None:
    title(f"Done in {seconds:.0f} s. The stack still runs. Open it in a browser:")
    say(f"  {url}/")
    say(f"  and log in as {candidate.email}, password {candidate.password}")
    say(f"  or, for the employers' side, as {employer.email}, password {employer.password}")
    title("Next")
    for what, how in (
        ("API", url),
        ("postings", "curl -s $(make -s url)/v1/postings"),
        ("health", "curl -s $(make -s url)/health/ready"),
        ("logs", "make logs"),
        ("status", "make status"),
        ("all routes", "docs/api.md"),
        ("stop", "make down"),
    ):
        say(f"  {what:<14}{how}")
    directory = stack.layout.directory
    if directory != DEFAULT_DIRECTORY:
        say("  This stack is not the default one. To let `make` find it:")
        say(f"  export HIRELANE_STACK_DIR={shlex.quote(str(directory))}")


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]


def _plain(value: object) -> str:
    """Return a value that JSON does not support as text; times as the API writes them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)
