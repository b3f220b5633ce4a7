"""The command `proofs posting`: check that no application for a posting has disappeared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from chalicelib.auth.sessions.signed_claims import read_claims, read_jwks
from chalicelib.commands.connections import Queue, queue_options
from chalicelib.commands.equation import ANSWER_SECONDS, KIND, make_checker
from chalicelib.commands.errors import CommandError
from chalicelib.commands.terminal import printable
from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
from chalicelib.recruiting.equation.stored_applications import StoredApplications
from chalicelib.recruiting.proofs.posting_auditor import PostingAudit, PostingAuditor
from chalicelib.recruiting.proofs.signed_heads import HEAD_TYPE
from chalicelib.recruiting.proofs.tree_repository import TreeRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pymongo.database import Database

    from chalicelib.queue import Shards

    ReadClaims = Callable[[str], Mapping[str, Any] | None]


@click.group("proofs")
def command() -> None:
    """Check the completeness of a posting."""


@command.command()
@click.argument("posting_id", envvar="ID")
@click.option("--receipt", "receipts", multiple=True, help="A file with a receipt; repeatable.")
@click.option(
    "--keys",
    envvar="KEYS",
    help="A file or URL with the public keys (default: those of the deployment stage).",
)
@queue_options
def posting(queue: Queue, *, posting_id: str, receipts: Sequence[str], keys: str | None) -> int:
    """Check that no application for POSTING_ID has disappeared, and name those that have."""
    if not is_id(posting_id):
        raise CommandError(f"{printable(posting_id)} is not the id of a posting.")
    shards = queue.of(KIND)
    if shards is None:
        raise CommandError("Only lanes of applications have accepted logs.")
    connections = queue.connections
    texts = [connections.read_text(one).strip() for one in receipts]
    text = connections.read_text(keys) if keys else connections.read_receipt_keys()
    public = parse_keys(text)
    try:
        with connections.database(ANSWER_SECONDS) as database:
            auditor = make_auditor(database, shards, public)
            audit = auditor.audit(posting_id, texts)
    except RuntimeError as error:
        raise CommandError(f"The posting cannot be checked: {error}.") from error
    show(audit)
    return 1 if audit.findings else 0


def parse_keys(text: str) -> Mapping[str, Any]:
    """Return the public keys in a JSON Web Key Set."""
    try:
        return read_jwks(json.loads(text))
    except ValueError as error:
        raise CommandError(f"The keys cannot be read: {error}.") from error


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


def show(audit: PostingAudit) -> None:
    """Print what an audit found."""
    click.echo(
        f"{audit.accepted} accepted applications, {audit.heads} published heads, "
        f"{audit.receipts} receipts"
    )
    for finding in audit.findings:
        click.echo(f"  {printable(finding)}")
    click.echo("SOMETHING IS WRONG" if audit.findings else "nothing is missing or changed")
