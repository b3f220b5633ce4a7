"""The function `ops`: commands of operators beside the stores, on real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.bootstrap.container import Container
from chalicelib.commands import function
from chalicelib.commands.function import MOST_CHARACTERS, run
from chalicelib.queue.admin import Pauses
from tests.integration.recruiting.candidates import (
    Candidate,
    dead_letter,
    sweep_applications,
    without_mongodb,
)
from tests.support.lambda_context import LambdaContext

Run = Callable[..., dict[str, Any]]


class Invocation(LambdaContext):
    """The context of one invocation."""

    aws_request_id = "request-1"


@pytest.fixture
def ops(parts: Container) -> Run:
    return lambda *words, at=parts: run(
        at, {"arguments": [*words], "caller": "arn:aws:iam::1:user/eve"}, Invocation()
    )


def test_commands_of_the_queue_run_in_the_function(
    ops: Run, parts: Container, ada: Candidate, posting: str
) -> None:
    parts.equation.prepare()
    applied = ada.apply(posting)
    dead_letter(parts, applied)
    assert "dead letters 1" in ops("queue", "show", "--kind", "applications")["output"]
    assert applied in ops("queue", "dead")["output"]
    redriven = ops("queue", "redrive", applied)
    assert redriven["output"].startswith("applications: 1 redriven, served ")
    assert (redriven["code"], redriven["errors"]) == (0, "")
    assert sweep_applications(parts) == 1
    assert ada.status(applied)["status"] == "stored"
    answer = ops("equation", posting)
    assert answer["output"].endswith("nothing is missing\n")
    assert ops("proofs", "posting", posting)["code"] == 0
    assert ops("queue", "reconcile")["code"] == 0


def test_role_is_granted_and_recorded_without_the_address(
    ops: Run, parts: Container, ada: Candidate, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ops("accounts", "admin", "ada@example.com")
    assert answer["code"] == 0
    assert parts.auth.accounts.get(ada.id)["role"] == "admin"
    [event] = parts.database["account_events"].find({"event": "operator_command"})
    assert event["command"] == "accounts admin …"
    assert event["caller"] == "arn:aws:iam::1:user/eve"
    assert event["request_id"] == "request-1"
    assert "ada@example.com" not in capsys.readouterr().out


def test_keys_are_rotated_in_the_secret(ops: Run, parts: Container) -> None:
    secrets = parts.settings.environment.keys_secret
    from chalicelib.bootstrap.clients import secrets_client

    client = secrets_client()
    client.create_secret(Name=secrets, SecretString=json.dumps({"signing_keys": [{"kid": "old"}]}))
    assert ops("accounts", "rotate-keys")["code"] == 0
    # Without the stage, moto returns the version that was put last.
    current = client.get_secret_value(SecretId=secrets, VersionStage="AWSCURRENT")
    content = json.loads(current["SecretString"])
    assert [key["kid"] for key in content["signing_keys"]][1:] == ["old"]


def test_queue_is_operated_while_mongodb_is_down(
    ops: Run, parts: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command may be the remedy, so it does not wait for the record."""
    with without_mongodb(parts) as without:
        assert ops("queue", "pause", at=without)["code"] == 0
    assert Pauses(parts.recruiting.lanes).find("intake")
    assert "operator_command_not_recorded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("queue bury", 2, "No such command 'bury'."),
        ("queue show --shards 2", 2, "--dir, --cluster and --shards are settings"),
        ("queue discard --all --stage prod", 2, "--stage stands before the command"),
        ("proofs posting {posting} --receipt a.txt", 1, "Files are not read in the function"),
        ("accounts admin nobody@example.com", 1, "nobody@example.com has no account"),
    ],
)
def test_wrong_command_is_one_sentence(
    words: str, code: int, says: str, ops: Run, posting: str
) -> None:
    answer = ops(*words.format(posting=posting).split())
    assert (answer["code"], answer["output"]) == (code, "")
    assert answer["errors"].startswith(says)
    assert answer["errors"].count("\n") == 1


def test_unexpected_error_and_long_output_are_answers(
    ops: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    printed = "x" * (MOST_CHARACTERS + 1)

    def fail(*arguments: Any) -> int:
        print(printed, end="")
        raise LookupError("ada@example.com")

    monkeypatch.setattr(function, "run_command", fail)
    answer = ops("queue", "show")
    assert answer["code"] == 1
    assert answer["output"].endswith("xx\n(The output was longer, and the rest is cut.)\n")
    # The error is in the log, where the answer says, and nothing of the log is in the answer.
    assert "operator command failed" in caplog.messages
    printed = "few"
    assert ops("queue", "show")["output"] == "few"
    assert (
        answer["errors"]
        == "The command failed with LookupError; see request request-1 in the log.\n"
    )
