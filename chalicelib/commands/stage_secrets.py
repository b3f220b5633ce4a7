"""Change a secret of a deployment stage."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_secretsmanager import SecretsManagerClient

ATTEMPTS = 10
LONGEST_BACKOFF_SECONDS = 0.2
CURRENT = "AWSCURRENT"
# Every writer gives the first value this version, so Secrets Manager refuses all but one of them.
FIRST_VERSION = "0" * 32


def change_secret(
    client: SecretsManagerClient, name: str, change: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Change the content of a secret, and keep what others change at the same time.

    Secrets Manager has no write on a condition. But it moves the label of the current value only
    from the version that has it (API reference, "UpdateSecretVersionStage",
    ``RemoveFromVersionId``). So the new value gets a label of its own first, and becomes the
    current one if that is still the value that was read. Otherwise, all is done again.

    Args:
        client: a client of Secrets Manager.
        name: the name of the secret, which must exist; without a value, its content is empty.
        change: changes the content in place; called again with the newer content after a conflict.

    Returns:
        The new content. If it is the old one, nothing is written.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: it was not changed.
    """
    for attempt in range(1, ATTEMPTS + 1):
        version, text = _read(client, name)
        content: dict[str, Any] = json.loads(text)
        change(content)
        if version and content == json.loads(text):
            return content
        try:
            _replace(client, name, version, json.dumps(content))
        except (
            client.exceptions.InvalidParameterException,
            client.exceptions.ResourceExistsException,
        ):
            if attempt == ATTEMPTS:
                raise
            time.sleep(secrets.randbelow(1000) / 1000 * LONGEST_BACKOFF_SECONDS)
        else:
            break
    return content


def _read(client: SecretsManagerClient, name: str) -> tuple[str, str]:
    """Return the version and the text of the current value; an empty version if there is none."""
    try:
        found = client.get_secret_value(SecretId=name, VersionStage=CURRENT)
    except client.exceptions.ResourceNotFoundException:
        return "", "{}"
    return found["VersionId"], found["SecretString"]


def _replace(client: SecretsManagerClient, name: str, version: str, text: str) -> None:
    """Make a text the current value, if the current version is still that one."""
    if not version:
        client.put_secret_value(SecretId=name, ClientRequestToken=FIRST_VERSION, SecretString=text)
        return
    new = secrets.token_hex(16)
    label = f"hirelane-{new}"
    client.put_secret_value(
        SecretId=name, ClientRequestToken=new, SecretString=text, VersionStages=[label]
    )
    try:
        client.update_secret_version_stage(
            SecretId=name, VersionStage=CURRENT, MoveToVersionId=new, RemoveFromVersionId=version
        )
    except client.exceptions.InvalidParameterException:
        # The answer to an earlier attempt of the client may be lost.
        if _read(client, name)[0] != new:
            raise
    finally:
        # Versions with labels count toward the limit of 100. One that stays does no harm.
        with suppress(ClientError):
            client.update_secret_version_stage(
                SecretId=name, VersionStage=label, RemoveFromVersionId=new
            )
