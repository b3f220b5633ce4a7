"""Change a secret of a deployment stage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap.clients import secrets_client

if TYPE_CHECKING:
    from collections.abc import Callable


def change_secret(name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the content of a secret, which must exist.

    Args:
        name: the name of the secret.
        change: changes the content in place.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: it was not changed.
    """
    client = secrets_client()
    content = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    change(content)
    client.put_secret_value(SecretId=name, SecretString=json.dumps(content))
