"""The commands `admin`, `owner`, `mail` and `rotate-keys`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click
from aws_lambda_powertools import Logger

from chalicelib.auth.accounts.audit_log import AuditLog
from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.derived_keys import DerivedKey, new_secret
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.commands.connections import Connections, connection_options
from chalicelib.commands.errors import CommandError
from chalicelib.commands.origin_secrets import SLOTS, replace_origin_secret
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.recruiting.employers.memberships import MembershipRepository
from chalicelib.recruiting.employers.repository import EmployerRepository

if TYPE_CHECKING:
    from pymongo.database import Database

ANSWER_SECONDS = 10.0


@click.group("accounts")
def command() -> None:
    """Change roles, the state of addresses, and signing keys."""


@command.command()
@click.argument("email", envvar="EMAIL")
@connection_options
def admin(connections: Connections, *, email: str) -> None:
    """Make the account of EMAIL an administrator.

    The account must exist. The command works on the MongoDB of MONGODB_URI, or on the local stack.
    """
    with connections.database(ANSWER_SECONDS) as database:
        account_id = _find_account(database, email)
        AccountRepository(database).set_role(account_id, Role.ADMIN)
        # Sessions keep the role with which they began, so the owner must log in again.
        audit = AuditLog(database, _silent_logger())
        SessionRepository(database, "", audit).end_all(account_id)
        audit.record("role_granted", account_id, role=Role.ADMIN.value, by="command")
    click.echo(f"{email} is an administrator after the next login.")


@command.command()
@click.argument("email", envvar="EMAIL")
@click.argument("employer", envvar="EMPLOYER")
@connection_options
def owner(connections: Connections, *, email: str, employer: str) -> None:
    """Make the account of EMAIL an owner of the employer with the slug EMPLOYER.

    For an employer without an owner: one of an earlier version, or one whose only member deleted
    the account. The account must exist. See `admin` for the database.
    """
    with connections.database(ANSWER_SECONDS) as database:
        account_id = _find_account(database, email)
        found = EmployerRepository(database).find_by_slug(employer)
        if found is None:
            raise CommandError(f"No employer has the slug {employer}.")
        MembershipRepository(database).appoint_owner(account_id, found.id)
        AuditLog(database, _silent_logger()).record(
            "owner_appointed", account_id, employer_id=found.id, by="command"
        )
    click.echo(f"{email} is an owner of {found.name}.")


@command.command()
@click.argument("email", envvar="EMAIL")
@click.option("--resume", is_flag=True, help="Send e-mails to the address from now on.")
@connection_options
def mail(connections: Connections, *, email: str, resume: bool) -> None:
    """Report whether EMAIL gets e-mails, or let it get them again.

    After a complaint, also take the address off the suppression list of SES. See `admin` for the
    database.
    """
    sign = DerivedKey(connections.read_link_secret(), "mail suppression").sign
    with connections.database(ANSWER_SECONDS) as database:
        suppressions = SuppressionRepository(database, sign)
        found = suppressions.find(email)
        if found is None:
            click.echo(f"{email} gets e-mails.")
        elif not resume:
            click.echo(f"{email} gets no e-mail since {found.since:%Y-%m-%d}: {found.reason}.")
        else:
            suppressions.end(email)
            click.echo(f"{email} gets e-mails from now on.")


def _find_account(database: Database[dict[str, Any]], email: str) -> str:
    account = AccountRepository(database).find_by_email(email)
    if account is None:
        raise CommandError(
            f"{email} has no account: register it first and follow the e-mailed link."
        )
    return str(account["_id"])


@command.command("rotate-keys")
@click.option("--drop", is_flag=True, help="Reject tokens of the old keys: someone may know them.")
@click.option("--receipts", is_flag=True, help="Rotate the key of receipts instead.")
@click.option(
    "--origin", type=click.Choice(SLOTS), help="Replace this secret of CloudFront instead."
)
@connection_options
def rotate_keys(
    connections: Connections, *, drop: bool, receipts: bool, origin: str | None
) -> None:
    """Sign access tokens, or receipts, with a new key.

    With --origin, replace the secret that CloudFront does not send (docs/edge.md).
    """
    if drop and receipts:
        raise CommandError("Keys of receipts are never dropped: old receipts stay verifiable.")
    if origin:
        if drop or receipts:
            raise CommandError("--origin cannot be combined with --drop or --receipts.")
        connections.change_keys(lambda keys: replace_origin_secret(keys, origin, new_secret()))
        click.echo(f"The secret {origin} is new. The old one is refused after the next deployment.")
        return

    # Imported here, because only this command needs the package for signatures.
    from chalicelib.auth.sessions.key_rotation import rotate_receipt_keys, rotate_signing_keys

    def add_key(content: dict[str, Any]) -> None:
        if receipts:
            # The secret of an earlier version has none.
            content["receipt_keys"] = rotate_receipt_keys(content.get("receipt_keys", []))
        else:
            content["signing_keys"] = rotate_signing_keys(content["signing_keys"], drop=drop)

    try:
        connections.change_keys(add_key)
    except KeyError:
        raise CommandError("The secret holds no signing keys: deploy first.") from None
    if receipts:
        click.echo("The new key signs receipts within 5 minutes. The old keys verify for ever.")
    elif drop:
        click.echo("The new key signs now. Tokens of the old keys are rejected within 5 minutes.")
    else:
        click.echo("The new key signs within 5 minutes. The old keys verify until they expire.")


def _silent_logger() -> Logger:
    """Return a logger that prints nothing: JSON lines are for functions, not for a terminal."""
    return Logger(service="accounts", logger_handler=logging.NullHandler())
