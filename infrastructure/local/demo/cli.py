"""The command `demo`."""

import argparse
import json
import sys
import time
from collections.abc import Sequence

from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.evidence import mails_to, stored_documents
from infrastructure.local.demo.journey import Candidate, travel
from infrastructure.local.demo.postings import publish_postings
from infrastructure.local.demo.screen import block, good, say, title
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack import Endpoints, Ports, Stack, StackError
from infrastructure.local.stack.cli import add_directory_option
from infrastructure.local.stack.functions import api_url


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    add_directory_option(parser)
    options = parser.parse_args(arguments)
    try:
        _demo(Stack(options.dir, Ports.from_environment()))
    except (DemoError, DeployError, StackError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was started still runs: `make down` ends it.", file=sys.stderr)
        return 130
    return 0


def _demo(stack: Stack) -> None:
    began = time.monotonic()
    title("The stack")
    endpoints = stack.up(say)
    good("Valkey, a MongoDB-protocol server and LocalStack are up.")

    title("Three projects, each by `chalice deploy --stage local`")
    deploy(stack, progress=say)
    url = api_url(stack)
    posting_ids = publish_postings(endpoints)
    good(f"{len(posting_ids)} postings are published.")

    client = Client(url)
    client.get("/health/ready")
    candidates = travel(client, posting_ids)
    _show_evidence(stack, endpoints, candidates[0])
    _show_ways_on(url, time.monotonic() - began)


def _show_evidence(stack: Stack, endpoints: Endpoints, candidate: Candidate) -> None:
    ids = [application.id for application in candidate.applications]
    documents = stored_documents(endpoints, ids)
    title(f"The first of {candidate.name}'s applications, as MongoDB holds it")
    block(json.dumps(documents[ids[0]], indent=2, default=lambda value: value.isoformat()))

    mails = mails_to(endpoints, candidate.email)
    if len(mails) != len(ids):
        raise DemoError(
            f"{candidate.name} applied {len(ids)} times and got {len(mails)} mails: "
            "see `make logs`."
        )
    title(f"The first of {candidate.name}'s {len(mails)} mails")
    mail = mails[0]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    if text is None or html is None:
        raise DemoError("The mail lacks its text or its HTML part: see chalicelib/mail.")
    block("\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Subject")))
    block("\n" + text.get_content())
    saved = stack.layout.directory / "demo" / "confirmation.html"
    saved.parent.mkdir(parents=True, exist_ok=True)
    saved.write_text(html.get_content())
    say("  As HTML, to open in a browser:")
    say(f"  {saved}")


def _show_ways_on(url: str, seconds: float) -> None:
    title(f"Done in {seconds:.0f} s. The system is still up; go on with")
    for what, how in (
        ("the API", url),
        ("the postings", "curl -s $(make -s url)/v1/postings"),
        ("is it well?", "curl -s $(make -s url)/health/ready"),
        ("its logs", "make logs"),
        ("what runs", "make status"),
        ("all routes", "docs/api.md"),
        ("the end", "make down"),
    ):
        say(f"  {what:<14}{how}")
