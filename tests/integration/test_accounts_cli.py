"""The commands `make admin` and `make rotate-keys`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pymongo.database import Database

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.common import times
from chalicelib.notifications.models import SuppressionReason
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.recruiting.employers.memberships import MembershipRepository
from chalicelib.recruiting.employers.repository import EmployerRepository
from infrastructure.cli import main as command_line
from tests.support.stores import Stores


def main(arguments: Sequence[str]) -> int:
    return command_line.main(["accounts", *arguments])


@pytest.fixture
def accounts(
    stores: Stores, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> AccountRepository:
    monkeypatch.setenv("MONGODB_URI", stores.mongodb_uri)
    accounts = AccountRepository(database)
    accounts.create_indexes()
    return accounts


def test_account_becomes_an_administrator(
    accounts: AccountRepository,
    database: Database[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada = accounts.create("ada@example.com", "Ada", "hash")
    database["sessions"].insert_one({"_id": "session", "account_id": ada["_id"]})
    assert main(["admin", "Ada@Example.com"]) == 0
    # Nothing else is printed: log lines are for functions, not for a terminal.
    expected = "Ada@Example.com is an administrator after the next login.\n"
    assert capsys.readouterr() == (expected, "")
    assert accounts.get(ada["_id"])["role"] == "admin"
    assert database["sessions"].count_documents({}) == 0
    [event] = database["account_events"].find()
    assert (event["event"], event["by"]) == ("role_granted", "command")


def test_unknown_address_cannot_become_administrator(
    accounts: AccountRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "nobody@example.com"]) == 1
    assert "register it first and follow the e-mailed link" in capsys.readouterr().err


def test_account_becomes_an_owner(
    accounts: AccountRepository,
    database: Database[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada = accounts.create("ada@example.com", "Ada", "hash")
    database["employers"].delete_many({})
    EmployerRepository(database).create_former("yard")
    assert main(["owner", "ada@example.com", "yard"]) == 0
    assert capsys.readouterr() == ("ada@example.com is an owner of yard.\n", "")
    member = MembershipRepository(database).find(ada["_id"], "yard")
    assert member is not None
    assert member.role == "owner"
    assert main(["owner", "ada@example.com", "other"]) == 1
    assert "No employer has the slug other" in capsys.readouterr().err


def test_unreachable_database_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("chalicelib.commands.accounts.ANSWER_SECONDS", 0.1)
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/hirelane")
    assert main(["admin", "ada@example.com"]) == 1
    assert "check MONGODB_URI" in capsys.readouterr().err


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("secretsmanager")


def test_address_gets_mail_again_after_a_complaint(
    accounts: AccountRepository,
    database: Database[dict[str, Any]],
    secret: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sign = DerivedKey("the link secret", "mail suppression").sign
    suppressions = SuppressionRepository(database, sign)
    key = suppressions.key_of("ada@example.com")
    suppressions.add(key, SuppressionReason.COMPLAINT, times.now())
    assert main(["mail", "ada@example.com", "--stage", "prod"]) == 1
    text = json.dumps({"link_secret": "the link secret"})
    secret.create_secret(Name="hirelane/prod/settings", SecretString=text)
    for options in ([], ["--resume"], []):
        assert main(["mail", "Ada@Example.com", "--stage", "prod", *options]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].endswith(": complaint.")
    assert shown[1:] == [
        "Ada@Example.com gets e-mails from now on.",
        "Ada@Example.com gets e-mails.",
    ]


def keys(secret: Any) -> dict[str, Any]:
    # Without the stage, moto returns the version that was put last.
    found = secret.get_secret_value(SecretId="hirelane/prod/keys", VersionStage="AWSCURRENT")
    content: dict[str, Any] = json.loads(found["SecretString"])
    return content


def test_secret_that_cloudfront_does_not_send_is_replaced(
    secret: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {"origin_secret_a": "a", "origin_secret_b": "b", "origin_secrets_sent": ["a"]}
    secret.create_secret(Name="hirelane/prod/keys", SecretString=json.dumps(content))
    assert main(["rotate-keys", "--stage", "prod", "--origin", "b", "--drop"]) == 1
    assert main(["rotate-keys", "--stage", "prod", "--origin", "a"]) == 1
    assert "set OriginSecretSlot of the part edge to b" in capsys.readouterr().err
    assert keys(secret) == content
    assert main(["rotate-keys", "--stage", "prod", "--origin", "b"]) == 0
    new = keys(secret)
    assert new == content | {"origin_secret_b": new["origin_secret_b"]}
    assert len(new["origin_secret_b"]) == 43


@pytest.mark.parametrize("drop", [False, True])
def test_rotation_keeps_or_drops_the_old_key(
    secret: Any, capsys: pytest.CaptureFixture[str], drop: bool
) -> None:
    old = generate_signing_key()
    content = {"signing_keys": [old], "purpose_secret": "kept"}
    secret.create_secret(Name="hirelane/prod/keys", SecretString=json.dumps(content))
    assert main(["rotate-keys", "--stage", "prod", *(["--drop"] if drop else [])]) == 0
    new = keys(secret)
    assert new["purpose_secret"] == "kept"
    kids = [key["kid"] for key in new["signing_keys"]]
    assert kids[0] != old["kid"]
    assert kids[1:] == ([] if drop else [old["kid"]])
    assert ("rejected within 5 minutes" in capsys.readouterr().out) is drop


def test_stage_without_keys_is_reported(secret: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rotate-keys", "--stage", "prod", "--receipts"]) == 1
    assert "The secret cannot be changed" in capsys.readouterr().err
    secret.create_secret(Name="hirelane/prod/keys", SecretString="{}")
    assert main(["rotate-keys", "--stage", "prod"]) == 1
    assert "deploy first" in capsys.readouterr().err


def test_rotation_keeps_all_keys_of_receipts(
    secret: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    # The secret of an earlier version has no keys of receipts.
    content = {"signing_keys": [generate_signing_key()], "purpose_secret": "kept"}
    secret.create_secret(Name="hirelane/prod/keys", SecretString=json.dumps(content))
    command = ["rotate-keys", "--stage", "prod", "--receipts"]
    kids: list[str] = []
    for _ in range(3):
        assert main(command) == 0
        new = [key["kid"] for key in keys(secret)["receipt_keys"]]
        assert new[1:] == kids
        kids = new
    assert keys(secret)["signing_keys"] == content["signing_keys"]
    assert main([*command, "--drop"]) == 1
    assert "never dropped" in capsys.readouterr().err
