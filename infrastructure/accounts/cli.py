"""The commands `admin` and `rotate-keys`.

`admin` works on the MongoDB of MONGODB_URI, or else on that of the local stack; `rotate-keys` on
the secret of a stage.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from chalicelib.auth.accounts.audit_log import Audit
from chalicelib.auth.accounts.repository import Accounts
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.key_rotation import rotate
from chalicelib.auth.sessions.refresh_tokens import Sessions
from chalicelib.bootstrap.clients import connect_mongodb, secrets_client
from chalicelib.common.observability import make_logger
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.settings import KEYS, change_secret
from infrastructure.local.stack.cli import add_directory_option
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.stack import Stack

ANSWER_SECONDS = 10.0


def admin(options: argparse.Namespace) -> int:
    """Make an account an admin's; its owner has registered before."""
    uri = os.environ.get("MONGODB_URI") or Stack(options.dir).endpoint("mongodb")
    with connect_mongodb(uri, seconds=ANSWER_SECONDS) as client:
        database = client.get_default_database("hirelane")
        accounts = Accounts(database)
        account = accounts.by_email(options.email)
        if account is None:
            print(
                f"{options.email} has no account: register with it and follow the mailed link.",
                file=sys.stderr,
            )
            return 1
        accounts.set_role(account["_id"], Role.ADMIN, None)
        # What is logged in now is logged in as something else.
        audit = Audit(database, make_logger("accounts"))
        Sessions(database, "", audit).end_all(account["_id"])
        audit.note("role_granted", account["_id"], role=Role.ADMIN.value, by="command")
    print(f"{options.email} is an admin from the next log-in on.")
    return 0


def rotate_keys(options: argparse.Namespace) -> int:
    """Sign access tokens with a new key from now on."""

    def turn(content: dict[str, object]) -> None:
        keys = content["signing_keys"]
        assert isinstance(keys, list)  # noqa: S101 - for the type checker
        content["signing_keys"] = rotate(keys, drop=options.drop)

    if options.stage == "local":
        stack = Stack(options.dir)
        change_secret(Clients.of(stack.endpoints()).secrets, KEYS, stack.layout.keys_file, turn)
    else:
        name = f"hirelane/{options.stage}/keys"
        client = secrets_client()
        content = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        turn(content)
        client.put_secret_value(SecretId=name, SecretString=json.dumps(content))
    if options.drop:
        print("A new key signs. Tokens of the old ones are refused within five minutes.")
    else:
        print("A new key signs within five minutes. The old one verifies until no token needs it.")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parse(arguments)
    try:
        return int(options.run(options))
    except StackError as error:
        print(error, file=sys.stderr)
    except PyMongoError as error:
        print(f"MongoDB cannot be reached, see to MONGODB_URI: {error}", file=sys.stderr)
    except KeyError:
        print("The secret holds no signing keys: deploy first.", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"The secret cannot be changed: {error}", file=sys.stderr)
    return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="accounts", description="Accounts of Hirelane.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("admin", help=admin.__doc__, description=admin.__doc__)
    command.set_defaults(run=admin)
    command.add_argument("email", metavar="EMAIL")
    add_directory_option(command)
    command = commands.add_parser(
        "rotate-keys", help=rotate_keys.__doc__, description=rotate_keys.__doc__
    )
    command.set_defaults(run=rotate_keys)
    command.add_argument("--stage", default="local", help="whose keys (default: local)")
    command.add_argument(
        "--drop", action="store_true", help="refuse the old keys' tokens: someone may know them"
    )
    add_directory_option(command)
    return parser.parse_args(arguments)
