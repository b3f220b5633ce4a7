"""Each role allows the actions that its function was recorded calling, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from infrastructure.aws.functions import all_functions
from infrastructure.aws.roles import Place, policy
from infrastructure.local.deploy.errors import DeployError

# Written by tests/e2e/test_aws_roles.py, on LocalStack.
RECORDED: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("recorded_calls.json").read_text()
)
PLACE = Place("prod", "eu-central-1", "123456789012", "files", "no-reply@hirelane.example")
# What Lambda does in the name of the function; no code calls it.
OF_LAMBDA = {"Logs", "Network", "NetworkOnlyForLambda", "Traces", "FailedInvocations"}
# The operations whose action has another name (Service Authorization Reference).
ACTIONS = {
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:UploadPart": ("s3:PutObject",),
}


def granted(key: str) -> set[str]:
    """Return the actions that the code of a function may call."""
    statements = policy(all_functions()[key], PLACE)["Statement"]
    return {
        action
        for statement in statements
        if statement["Sid"] not in OF_LAMBDA
        for action in statement["Action"]
    }


def actions(calls: Iterable[str]) -> set[str]:
    """Return the actions of recorded calls."""
    return {action for call in calls for action in ACTIONS.get(call, (call,))}


@pytest.mark.parametrize("key", all_functions())
def test_role_allows_the_recorded_calls_and_no_others(key: str) -> None:
    assert actions(RECORDED[key]) == granted(key)


def test_unknown_permission_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    function = all_functions()["mail/drain"]
    monkeypatch.setattr(
        "infrastructure.aws.roles.function_table",
        lambda: {"mail/drain": {"permissions": ["paint files"]}},
    )
    with pytest.raises(DeployError, match="unknown permission: 'paint files'"):
        policy(function, PLACE)
    monkeypatch.setattr("infrastructure.aws.roles.function_table", dict)
    with pytest.raises(DeployError, match="no permissions for the function mail/drain"):
        policy(function, PLACE)
