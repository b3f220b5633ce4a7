"""The command `ops` on the operator's machine; the function is a fake."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infrastructure.cli import ops
from infrastructure.cli.main import main
from infrastructure.errors import CommandError


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("queue show", False),
        ("queue redrive a1", False),
        ("queue resume", False),
        ("queue pause", True),
        ("queue discard --all", True),
        ("queue discard --help", False),
        ("accounts admin ada@example.com", True),
        ("equation 1", False),
        ("equation 1 --acknowledge", True),
        ("", False),
    ],
)
def test_commands_that_cannot_be_taken_back_are_asked(words: str, asked: bool) -> None:
    assert ops.is_asked(words.split()) is asked


def test_nothing_runs_without_a_confirmation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "--stage", "prod", "queue", "discard", "--all"]) == 1
    assert capsys.readouterr().err == "This command must be confirmed: add --yes before it.\n"


@pytest.mark.parametrize(("typed", "is_confirmed"), [("prod\n", True), ("yes\n", False)])
def test_name_of_the_stage_confirms(
    typed: str, is_confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO(typed)
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stream)
    if is_confirmed:
        ops.confirm("prod", ["queue", "discard"])
    else:
        with pytest.raises(CommandError, match=r"Nothing was done\."):
            ops.confirm("prod", ["queue", "discard"])


def answer_with(payload: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(payload).encode()), **more}


def test_function_without_an_alias_is_invoked_by_its_name() -> None:
    """`chalice deploy` makes no alias."""
    client = boto3.client(
        "lambda", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    request = {"arguments": ["queue", "show"]}
    sent = {"FunctionName": "f", "Payload": json.dumps(request).encode()}
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "invoke", "ResourceNotFoundException", expected_params={**sent, "Qualifier": "live"}
        )
        stubber.add_response("invoke", answer_with({"code": 0}), sent)
        assert ops.invoke(client, "f", request) == {"code": 0}
        failed = answer_with({"errorMessage": "timed out"}, FunctionError="Unhandled")
        stubber.add_response("invoke", failed)
        with pytest.raises(CommandError, match="f failed: timed out"):
            ops.invoke(client, "f", request)
