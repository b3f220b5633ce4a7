"""The secret from which the functions learn their stores and signing keys."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infrastructure.local.stack.endpoints import Endpoints

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SECRET_NAME = "hirelane/local/settings"  # noqa: S105 - the name, not the secret


def ensure_settings(secrets: "SecretsManagerClient", endpoints: Endpoints, copy: Path) -> None:
    """Stores the settings with the stack's present addresses.

    Signing keys are made once. They are kept in the secret and, because LocalStack forgets it when
    it stops, in the copy: tokens stay valid when the stack is restarted.
    """
    settings = _stored(secrets) or _read(copy)
    settings["redis_url"] = endpoints.redis_url
    settings["mongodb_uri"] = endpoints.mongodb_uri
    settings["signing_keys"] = settings.get("signing_keys") or _new_signing_keys()
    text = json.dumps(settings)
    _write_private(copy, text)
    try:
        secrets.put_secret_value(SecretId=SECRET_NAME, SecretString=text)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=SECRET_NAME, SecretString=text)


def delete_settings(secrets: "SecretsManagerClient") -> None:
    """Deletes the secret; the copy stays, for the next deployment."""
    try:
        secrets.delete_secret(SecretId=SECRET_NAME, ForceDeleteWithoutRecovery=True)
    except secrets.exceptions.ResourceNotFoundException:
        return


def _stored(secrets: "SecretsManagerClient") -> dict[str, Any]:
    try:
        return _parse(secrets.get_secret_value(SecretId=SECRET_NAME)["SecretString"])
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


def _new_signing_keys() -> list[dict[str, str]]:
    # Here, because deleting and help must work without the functions' packages.
    from chalicelib.auth.keys import generate_signing_key

    return [generate_signing_key()]


def _write_private(path: Path, text: str) -> None:
    """Replaces the file by one that only its owner can read, at no moment otherwise."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with open(temporary, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    temporary.replace(path)
