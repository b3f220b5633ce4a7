"""Secrets of a stage: changes at the same time, and the origin secret that CloudFront sends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.commands.errors import CommandError
from chalicelib.commands.origin_secrets import SENT, replace_origin_secret
from chalicelib.commands.stage_secrets import change_secret
from infrastructure.aws.documents import read_template
from infrastructure.aws.parts import TEMPLATES
from infrastructure.aws.settings_secret import SettingsSecrets
from infrastructure.aws.stages import load_stage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError

KEYS = "hirelane/staging/keys"
EDGE = read_template(TEMPLATES / "edge.yaml")


class MotoTarget(Target):
    """An account with the services of moto."""

    def client(self, service: str) -> Any:
        source: Any = boto3
        return source.client(service, region_name="us-east-1")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield MotoTarget(load_stage("staging"))


@pytest.fixture
def client(target: Target) -> Any:
    return target.client("secretsmanager")


def current(client: Any) -> Any:
    # Without the stage, moto returns the version that was put last.
    return client.get_secret_value(SecretId=KEYS, VersionStage="AWSCURRENT")


def content(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(current(client)["SecretString"])
    return found


@pytest.mark.parametrize("first", [{}, {"SecretString": '{"old": 1}'}], ids=["no-value", "value"])
def test_two_writers_at_once_lose_no_change(client: Any, first: dict[str, str]) -> None:
    client.create_secret(Name=KEYS, **first)
    both_have_read, one_has_written = threading.Barrier(2, timeout=10), threading.Event()

    def write(name: str) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []

        def change(keys: dict[str, Any]) -> None:
            seen.append(dict(keys))
            if len(seen) == 1:
                both_have_read.wait()
                # moto does not make requests atomic, so the threads take turns.
                assert name == "first" or one_has_written.wait(10)
            keys[name] = True

        change_secret(client, KEYS, change)
        one_has_written.set()
        return seen

    with ThreadPoolExecutor(2) as pool:
        attempts = list(pool.map(write, ("first", "second")))
    old = {"old": 1} if first else {}
    assert content(client) == {**old, "first": True, "second": True}
    assert attempts == [[old], [old, {**old, "first": True}]]
    versions = client.list_secret_version_ids(SecretId=KEYS)["Versions"]
    labels = [label for one in versions for label in one.get("VersionStages", ())]
    assert set(labels) <= {"AWSCURRENT", "AWSPREVIOUS"}, "labels of changes are removed"


def test_change_whose_answer_is_lost_is_made_once(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client of AWS sends a request again if no answer arrives."""
    client.create_secret(Name=KEYS, SecretString="{}")
    move = client.update_secret_version_stage

    def move_twice(**given: Any) -> None:
        move(**given)
        if given["VersionStage"] == "AWSCURRENT":
            move(**given)

    monkeypatch.setattr(client, "update_secret_version_stage", move_twice)

    def add_one(keys: dict[str, Any]) -> None:
        keys["number"] = keys.get("number", 0) + 1

    change_secret(client, KEYS, add_one)
    assert content(client) == {"number": 1}


def test_unchanged_secret_gets_no_new_version(client: Any) -> None:
    version = client.create_secret(Name=KEYS, SecretString='{"a": 1}')["VersionId"]
    assert change_secret(client, KEYS, lambda keys: keys.update(a=1)) == {"a": 1}
    assert current(client)["VersionId"] == version


def test_secret_that_cloudfront_sends_is_not_replaced(target: Target, client: Any) -> None:
    """The API would refuse all visitors until CloudFront sends the new one."""
    for name in ("settings", "keys"):
        client.create_secret(Name=f"hirelane/staging/{name}")
    client.create_secret(Name="store", SecretString='{"password": "p"}')
    secrets = SettingsSecrets(target)
    secrets.set_mongodb_uri("mongodb://mongo")
    outputs = {"StoreSecret": "store", "StoreUser": "u", "StoreHost": "h", "Store": "memorydb"}
    version = secrets.update(outputs, "https://hirelane.example")

    def rotate(slot: str) -> None:
        change_secret(client, KEYS, lambda keys: replace_origin_secret(keys, slot, f"new {slot}"))

    def refuses(slot: str, words: str) -> None:
        before = content(client)
        with pytest.raises(CommandError, match=words):
            rotate(slot)
        assert content(client) == before

    refuses("b", "run `make deploy`")
    with secrets.sending_origin(EDGE, {}):
        # What an earlier version sends is not known.
        refuses("a", "OriginSecretSlot of the part edge to b")
        refuses("b", "OriginSecretSlot of the part edge to a")
    refuses("a", "OriginSecretSlot of the part edge to b")
    rotate("b")
    with pytest.raises(DeployError), secrets.sending_origin(EDGE, {"OriginSecretSlot": "b"}):
        raise DeployError("CloudFront refuses")
    refuses("a", "to b")
    refuses("b", "to a")
    with secrets.sending_origin(EDGE, {"OriginSecretSlot": "b"}):
        pass
    rotate("a")
    refuses("b", "to a")
    keys = content(client)
    assert (keys["origin_secret_a"], keys["origin_secret_b"]) == ("new a", "new b")
    with secrets.sending_origin({"Resources": {}}, {}):
        pass
    assert content(client) == keys, "without CloudFront, nothing is recorded"
    # The functions read new secrets, but not the record.
    changed = secrets.update(outputs, "")
    assert changed != version
    change_secret(client, KEYS, lambda keys: keys.update({SENT: ["a"]}))
    assert secrets.update(outputs, "") == changed
