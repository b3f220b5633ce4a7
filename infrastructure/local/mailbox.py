"""The mails that the local stack's SES took: for the demo, and for `make mail EMAIL=...`."""

import argparse
import email
import email.policy
import json
import sys
import urllib.request
from collections.abc import Sequence
from email.message import EmailMessage

from infrastructure.local.stack import Endpoints, Stack, StackError
from infrastructure.local.stack.cli import add_directory_option

# The servers are on this machine: a proxy in the environment is not for them.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def mails_to(endpoints: Endpoints, addresses: Sequence[str]) -> dict[str, list[EmailMessage]]:
    """The mails that SES took for each address, oldest first.

    Raises:
        OSError: LocalStack does not answer.
    """
    mails: dict[str, list[EmailMessage]] = {address: [] for address in addresses}
    with _OPENER.open(f"{endpoints.aws_endpoint_url}/_aws/ses", timeout=30) as answer:
        messages = json.load(answer)["messages"]
    for message in messages:
        parsed = email.message_from_string(
            message.get("RawData") or "", _class=EmailMessage, policy=email.policy.default
        )
        for recipient in parsed["To"].addresses if parsed["To"] else ():
            if recipient.addr_spec in mails:
                mails[recipient.addr_spec].append(parsed)
    return mails


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was mailed to an address; returns the exit code."""
    parser = argparse.ArgumentParser(prog="mail", description="What was mailed to an address.")
    parser.add_argument("email", metavar="EMAIL")
    add_directory_option(parser)
    options = parser.parse_args(arguments)
    try:
        found = mails_to(Stack(options.dir).endpoints(), [options.email])[options.email]
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError:
        print("LocalStack does not answer: see `make status`.", file=sys.stderr)
        return 1
    if not found:
        print(f"Nothing was mailed to {options.email} since LocalStack started.", file=sys.stderr)
        return 1
    for mail in found:
        print(f"Subject: {mail['Subject']}\n")
        text = mail.get_body(("plain",))
        print(text.get_content().rstrip() if text else "(no text)", "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
