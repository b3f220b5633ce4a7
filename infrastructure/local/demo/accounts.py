"""Accounts of the demo: they register, follow the link in their e-mail and log in."""

import re
import secrets
import time
from collections.abc import Callable
from email.message import EmailMessage

import msgspec

from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import DemoError

Mailbox = Callable[[str], list[EmailMessage]]

PATIENCE_SECONDS = 30.0
# Short enough to look lively, long enough to leave the processor to the cold starts of workers.
LOOK_EVERY_SECONDS = 0.2


class Account(msgspec.Struct):
    """What somebody needs to log in."""

    name: str
    email: str
    password: str


def register(client: Client, name: str, run: str) -> Account:
    """Ask for an account.

    Args:
        client: The client of the API.
        name: The first name.
        run: Makes the address differ from those of earlier runs.
    """
    email = f"{name.lower()}.{run}@example.com"
    account = Account(f"{name} Example", email, secrets.token_urlsafe(12))
    client.post("/v1/accounts", msgspec.to_builtins(account))
    return account


def confirm(client: Client, account: Account, mailbox: Mailbox) -> float:
    """Follow the link in the e-mail to an account. Return how long that took in milliseconds."""
    token = _mailed_token(mailbox, account.email)
    body = {"token": token, "password": account.password}
    return client.post("/v1/accounts/confirmation", body).milliseconds


def log_in(client: Client, account: Account) -> tuple[str, float]:
    """Log in. Return the access token, and how long that took in milliseconds."""
    credentials = {"email": account.email, "password": account.password}
    session = client.post("/v1/sessions", credentials)
    return session.body["access_token"], session.milliseconds


def _mailed_token(mailbox: Mailbox, address: str) -> str:
    """Return the token of the link that was sent to an address."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        for mail in mailbox(address):
            text = mail.get_body(("plain",))
            if text and (found := re.search(r"/#/register/(\S+)", text.get_content())):
                return found[1]
        time.sleep(LOOK_EVERY_SECONDS)
    raise DemoError(f"No e-mail with a link was sent to {address}: see `make logs`.")
