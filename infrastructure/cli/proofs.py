"""The commands `proofs receipt` and `proofs posting`: check what we promised to candidates."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click

from chalicelib.auth.sessions.signed_claims import mac_prefix
from chalicelib.commands.proofs import parse_keys, posting, reader
from chalicelib.commands.terminal import printable
from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE
from infrastructure.cli.options import stack_option
from infrastructure.errors import CommandError
from infrastructure.local.stack import Stack

URL_SECONDS = 10.0
_MOST_BYTES = 100_000


@click.group("proofs")
def command() -> None:
    """Check receipts, and the completeness of a posting."""


command.add_command(posting)


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
    read = reader(parse_keys(read_place(keys or default_keys(stack))), RECEIPT_TYPE)
    claims = read(text)
    click.echo(describe(claims) if claims else explain(text))
    return 0 if claims else 1


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


def read_place(place: str) -> str:
    """Return the content of a URL, a file or standard input."""
    if not place.startswith(("https://", "http://")):
        return read_text(place)
    try:
        with urlopen(place, timeout=URL_SECONDS) as answer:  # noqa: S310 - checked above
            text: str = answer.read(_MOST_BYTES).decode()
    except (OSError, URLError, ValueError) as error:
        raise CommandError(f"Cannot read {printable(place)}: {error}.") from error
    return text


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
