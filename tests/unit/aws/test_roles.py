"""Each role allows the actions that its function was recorded calling, and no others."""

from __future__ import annotations

import json
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
# Granted, and not recorded, because the recording does not produce the occasion.
OCCASIONS = {
    "api/export": {
        "s3:AbortMultipartUpload": "writing the export fails",
        "s3:DeleteObject": "the account is deleted while its export is written",
    },
    # It does the work of `export` for exports that were not written.
    "api/exports": dict.fromkeys(
        (
            "lambda:InvokeFunction",
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
        ),
        "an export was not written",
    ),
    "applications/drain": dict.fromkeys(
        ("s3:DeleteObject", "s3:ListBucket"), "an application is erased"
    ),
    "applications/replacement": {"lambda:InvokeFunction": "a lane has jobs"},
    "applications/sweep": {
        "lambda:InvokeFunction": "a lane has jobs",
        "s3:AbortMultipartUpload": "a candidate has no account any more",
        "s3:DeleteObject": "a file belongs to nobody",
        "s3:ListBucketMultipartUploads": "a candidate has no account any more",
    },
    "mail/replacement": {"lambda:InvokeFunction": "a lane has jobs"},
    "mail/sweep": {
        "lambda:InvokeFunction": "a lane has jobs",
        "ses:SendRawEmail": "a lane has jobs",
    },
    "ops/run": {
        "lambda:InvokeFunction": "a dead letter is redriven",
        "secretsmanager:PutSecretValue": "keys are rotated",
    },
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


@pytest.mark.parametrize("key", all_functions())
def test_role_allows_the_recorded_calls_and_no_others(key: str) -> None:
    called = {action for call in RECORDED[key] for action in ACTIONS.get(call, (call,))}
    # Both ways: no call is refused, and nothing is granted without a call or a known occasion.
    assert called <= granted(key)
    assert granted(key) - called == OCCASIONS.get(key, {}).keys()


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
