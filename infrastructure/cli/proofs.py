"""The commands `proofs receipt` and `proofs posting`: check what we promised to candidates."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chalicelib.auth.sessions.signed_claims import mac_prefix, read_claims, read_jwks
from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.common.ids import is_id
from chalicelib.queue import Lanes, Shards
from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
from chalicelib.recruiting.equation.stored_applications import StoredApplications
from chalicelib.recruiting.proofs.posting_auditor import PostingAudit, PostingAuditor
from chalicelib.recruiting.proofs.signed_heads import HEAD_TYPE
from chalicelib.recruiting.proofs.tree_repository import TreeRepository
from infrastructure.cli.equation import ANSWER_SECONDS, KIND, make_checker
from infrastructure.cli.options import stack_option
from infrastructure.cli.queue import queue_options
from infrastructure.cli.terminal import printable
from infrastructure.errors import CommandError
from infrastructure.local.stack import Stack

URL_SECONDS = 10.0
_MOST_BYTES = 100_000

ReadClaims = Callable[[str], Mapping[str, Any] | None]


@click.group("proofs")
def command() -> None:
    """Check receipts, and the completeness of a posting."""


keys_option = click.option(
    "--keys",
    envvar="KEYS",
    help="A file or URL with the public keys (default: those of the local stack).",
)


@command.command()
@click.argument("file", envvar="FILE", default="-")
@keys_option
@stack_option
def receipt(stack: Stack, *, file: str, keys: str | None) -> int:
    """Verify the receipt in FILE, or from standard input.

    With a file of keys it needs no network.
    """
    text = read_text(file).strip()
    read = reader(load_keys(keys or default_keys(stack)), RECEIPT_TYPE)
    claims = read(text)
    click.echo(describe(claims) if claims else explain(text))
    return 0 if claims else 1


@command.command()
@click.argument("posting_id", envvar="ID")
@click.option("--receipt", "receipts", multiple=True, help="A file with a receipt; repeatable.")
@keys_option
@queue_options
def posting(
    stack: Stack,
    queue: Sequence[Lanes],
    *,
    posting_id: str,
    receipts: Sequence[str],
    keys: str | None,
) -> int:
    """Check that no application for POSTING_ID has disappeared, and name those that have.

    It works on the Redis of REDIS_URL and the MongoDB of MONGODB_URI, or on the local stack.
    """
    if not is_id(posting_id):
        raise CommandError(f"{printable(posting_id)} is not the id of a posting.")
    lanes = [one for one in queue if one.kind == KIND]
    if not lanes:
        raise CommandError("Only lanes of applications have accepted logs.")
    texts = [read_text(one).strip() for one in receipts]
    public = load_keys(keys or default_keys(stack))
    uri = os.environ.get("MONGODB_URI") or stack.endpoint("mongodb")
    try:
        with connect_mongodb(uri, seconds=ANSWER_SECONDS) as client:
            shards = Shards(lanes[0].redis, KIND, count=len(lanes))
            auditor = make_auditor(client.get_default_database("hirelane"), shards, public)
            audit = auditor.audit(posting_id, texts)
    except PyMongoError as error:
        raise CommandError(f"Cannot reach MongoDB; check MONGODB_URI: {error}") from error
    except RuntimeError as error:
        raise CommandError(f"The posting cannot be checked: {error}.") from error
    show(audit)
    return 1 if audit.findings else 0


def make_auditor(
    database: Database[dict[str, Any]], lanes: Shards, keys: Mapping[str, Any]
) -> PostingAuditor:
    """Return an auditor of postings."""
    return PostingAuditor(
        AcceptedLogRepository(database),
        TreeRepository(database),
        make_checker(database, lanes),
        StoredApplications(database),
        ApplicationRepository(database),
        RemovedApplicationRepository(database),
        reader(keys, HEAD_TYPE),
        reader(keys, RECEIPT_TYPE),
    )


def reader(keys: Mapping[str, Any], kind: str) -> ReadClaims:
    """Return a function that returns the claims of a signed text; None if it is not valid."""
    return lambda text: read_claims(text, kind, keys.get)


def read_text(file: str) -> str:
    """Return the content of a file; of standard input for `-`."""
    try:
        if file == "-":
            return sys.stdin.read(_MOST_BYTES)
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(_MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {printable(file)}: {error}.") from error


def default_keys(stack: Stack) -> str:
    """Return the URL of the keys of the local stack."""
    return f"{stack.endpoints().api_url}/v1/receipts/keys"


def load_keys(place: str) -> Mapping[str, Any]:
    """Return the public keys from a file or a URL."""
    try:
        if place.startswith(("https://", "http://")):
            with urlopen(place, timeout=URL_SECONDS) as answer:  # noqa: S310 - checked above
                text = answer.read(_MOST_BYTES).decode()
        else:
            text = Path(place).read_text(encoding="utf-8")
        return read_jwks(json.loads(text))
    except (OSError, URLError, ValueError) as error:
        raise CommandError(f"Cannot read keys from {printable(place)}: {error}.") from error


def describe(claims: Mapping[str, Any]) -> str:
    """Return what a valid receipt proves."""
    at = datetime.fromtimestamp(claims["accepted_at"] / 1000, tz=UTC)
    facts = {
        "issued by": claims["iss"] or "the holder of the key",
        "application": claims["jti"],
        "candidate": claims["sub"],
        "posting": claims["posting"],
        "accepted at": at.isoformat(),
    }
    if claims.get("sequence"):
        facts["entry"] = f"{claims['sequence']} of log {claims['log']}"
    if claims.get("hashes"):
        facts |= {"revision": claims.get("revision") or "unknown", **claims["hashes"]}
    if head := claims.get("head"):
        facts |= {"log size": head["size"], "log root": head["root"]}
    lines = (f"  {name:<12}{printable(str(value))}" for name, value in facts.items())
    return "\n".join(("The receipt is genuine:", *lines))


def explain(text: str) -> str:
    """Return why a text is no valid receipt."""
    if text.startswith(mac_prefix(RECEIPT_TYPE)):
        return (
            "This is an interim receipt, which only its issuer can check. "
            "Exchange it at <API>/v1/receipts/<this text>, or on the page #/receipt."
        )
    if text.count(".") != 2:
        return "This is not a receipt: a receipt has three parts with dots between them."
    return (
        "The receipt is not valid: none of these keys signed it, or it was changed after it was "
        "signed."
    )


def show(audit: PostingAudit) -> None:
    """Print what an audit found."""
    click.echo(
        f"{audit.accepted} accepted applications, {audit.heads} published heads, "
        f"{audit.receipts} receipts"
    )
    for finding in audit.findings:
        click.echo(f"  {printable(finding)}")
    click.echo("SOMETHING IS WRONG" if audit.findings else "nothing is missing or changed")
