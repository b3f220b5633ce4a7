"""The commands `admin`, `owner` and `rotate-keys`."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chalicelib.auth.accounts.audit_log import AuditLog
from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.key_rotation import rotate_receipt_keys, rotate_signing_keys
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.bootstrap.clients import connect_mongodb, secrets_client
from chalicelib.recruiting.employers.memberships import MembershipRepository
from chalicelib.recruiting.employers.repository import EmployerRepository
from infrastructure.cli.options import stack_option
from infrastructure.errors import CommandError
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.settings import KEYS, change_secret
from infrastructure.local.stack import Stack
from infrastructure.local.stack.state import exclusive_deployment

ANSWER_SECONDS = 10.0


@click.group("accounts")
def command() -> None:
    """Change roles and signing keys."""


@command.command()
@click.argument("email", envvar="EMAIL")
@stack_option
def admin(stack: Stack, *, email: str) -> None:
    """Make the account of EMAIL an administrator.

    The account must exist. The command works on the MongoDB of MONGODB_URI, or on the local stack.
    """
    with _database(stack) as database:
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
@stack_option
def owner(stack: Stack, *, email: str, employer: str) -> None:
    """Make the account of EMAIL an owner of the employer with the slug EMPLOYER.

    For an employer without an owner: one of an earlier version, or one whose only member deleted
    the account. The account must exist. See `admin` for the database.
    """
    with _database(stack) as database:
        account_id = _find_account(database, email)
        found = EmployerRepository(database).find_by_slug(employer)
        if found is None:
            raise CommandError(f"No employer has the slug {employer}.")
        MembershipRepository(database).appoint_owner(account_id, found.id)
        AuditLog(database, _silent_logger()).record(
            "owner_appointed", account_id, employer_id=found.id, by="command"
        )
    click.echo(f"{email} is an owner of {found.name}.")


@contextmanager
def _database(stack: Stack) -> Iterator[Database[dict[str, Any]]]:
    """Yield the database of MONGODB_URI, or of the local stack. Explain its errors."""
    uri = os.environ.get("MONGODB_URI") or stack.endpoint("mongodb")
    try:
        with connect_mongodb(uri, seconds=ANSWER_SECONDS) as client:
            yield client.get_default_database("hirelane")
    except PyMongoError as error:
        raise CommandError(f"Cannot reach MongoDB; check MONGODB_URI: {error}") from error


def _find_account(database: Database[dict[str, Any]], email: str) -> str:
    account = AccountRepository(database).find_by_email(email)
    if account is None:
        raise CommandError(
            f"{email} has no account: register it first and follow the e-mailed link."
        )
    return str(account["_id"])


@command.command("rotate-keys")
@click.option("--stage", default="local", help="The deployment stage (default: local).")
@click.option("--drop", is_flag=True, help="Reject tokens of the old keys: someone may know them.")
@click.option("--receipts", is_flag=True, help="Rotate the key of receipts instead.")
@stack_option
def rotate_keys(stack: Stack, *, stage: str, drop: bool, receipts: bool) -> None:
    """Sign access tokens, or receipts, with a new key."""
    if drop and receipts:
        raise CommandError("Keys of receipts are never dropped: old receipts stay verifiable.")

    def add_key(content: dict[str, Any]) -> None:
        if receipts:
            # The secret of an earlier version has none.
            content["receipt_keys"] = rotate_receipt_keys(content.get("receipt_keys", []))
        else:
            content["signing_keys"] = rotate_signing_keys(content["signing_keys"], drop=drop)

    try:
        if stage == "local":
            secrets = Clients.of(stack.endpoints()).secrets
            with exclusive_deployment(stack.layout, click.echo):
                change_secret(secrets, KEYS, stack.layout.keys_file, add_key)
        else:
            name = f"hirelane/{stage}/keys"
            client = secrets_client()
            content = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
            add_key(content)
            client.put_secret_value(SecretId=name, SecretString=json.dumps(content))
    except KeyError:
        raise CommandError("The secret holds no signing keys: deploy first.") from None
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"The secret cannot be changed: {error}") from error
    if receipts:
        click.echo("The new key signs receipts within 5 minutes. The old keys verify for ever.")
    elif drop:
        click.echo("The new key signs now. Tokens of the old keys are rejected within 5 minutes.")
    else:
        click.echo("The new key signs within 5 minutes. The old keys verify until they expire.")


def _silent_logger() -> Logger:
    """Return a logger that prints nothing: JSON lines are for functions, not for a terminal."""
    return Logger(service="accounts", logger_handler=logging.NullHandler())
