"""The secrets with the settings and the keys of the functions."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infrastructure.local.stack.endpoints import Endpoints
from infrastructure.local.stack.layout import Layout

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SETTINGS = "hirelane/local/settings"
# Only the API may read it, not the workers.
KEYS = "hirelane/local/keys"

Change = Callable[[dict[str, Any]], None]


def ensure_settings(secrets: "SecretsManagerClient", endpoints: Endpoints, layout: Layout) -> None:
    """Store the settings secret, with the present addresses of the stack, and the keys secret.

    Signing keys and other random values are generated once. LocalStack loses its secrets when it
    stops, so there are copies in files. Tokens therefore stay valid when the stack restarts.
    """
    # Imported here, because `delete` must work even if this code does not load.
    from chalicelib.auth.credentials.derived_keys import new_secret
    from chalicelib.auth.sessions.signing_keys import generate_signing_key

    def settings(content: dict[str, Any]) -> None:
        content["redis_url"] = endpoints.redis_url
        content["mongodb_uri"] = endpoints.mongodb_uri
        content["public_url"] = endpoints.api_url
        content.setdefault("link_secret", new_secret())

    def keys(content: dict[str, Any]) -> None:
        content["signing_keys"] = content.get("signing_keys") or [generate_signing_key()]
        content["receipt_keys"] = content.get("receipt_keys") or [generate_signing_key()]
        content.setdefault("purpose_secret", new_secret())

    change_secret(secrets, SETTINGS, layout.settings_file, settings)
    change_secret(secrets, KEYS, layout.keys_file, keys)


def change_secret(secrets: "SecretsManagerClient", name: str, copy: Path, change: Change) -> None:
    """Change the content of a secret and of its copy; create them if they are missing."""
    content = _stored(secrets, name) or _read(copy)
    change(content)
    text = json.dumps(content)
    _write_private(copy, text)
    try:
        secrets.put_secret_value(SecretId=name, SecretString=text)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=text)


def delete_settings(secrets: "SecretsManagerClient") -> None:
    """Delete the secrets; the copies stay for the next deployment."""
    for name in (SETTINGS, KEYS):
        try:
            secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        except secrets.exceptions.ResourceNotFoundException:
            continue


def _stored(secrets: "SecretsManagerClient", name: str) -> dict[str, Any]:
    try:
        return _parse(secrets.get_secret_value(SecretId=name)["SecretString"])
    except secrets.exceptions.ResourceNotFoundException:
        return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return _parse(path.read_text())
    except OSError:
        return {}


def _parse(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}


def _write_private(path: Path, text: str) -> None:
    """Replace the file by one that only its owner can read, at any moment."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with open(temporary, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    temporary.replace(path)
