"""Settings of a process: its environment, and the secret that the environment names.

What differs between stages and is no secret stands in ``.chalice/config.json`` of each project.
Addresses (they carry passwords) and keys are in AWS Secrets Manager, so they are in no file of the
repository and in no configuration of a function. What only the API needs to know is in a secret
that only the API may read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from chalicelib.auth.models import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Text = Annotated[str, msgspec.Meta(min_length=1)]


class SettingsError(Exception):
    """The process is not configured; the message says what to set."""


class Secrets(msgspec.Struct, frozen=True):
    """The secret of all functions.

    ``link_secret`` signs the links in mails. ``public_url`` is what they lead to: where the web
    client is, which is known when the API is deployed.
    """

    redis_url: Text
    mongodb_uri: Text
    link_secret: Text
    public_url: str = ""


class ApiSecrets(msgspec.Struct, frozen=True):
    """The secret of the API.

    The first signing key signs, all of them verify. From ``purpose_secret`` the keys of refresh
    tokens, devices and second factors are derived: see
    ``chalicelib.auth.credentials.derived_keys``.
    """

    signing_keys: tuple[SigningKey, ...]
    purpose_secret: Text


class Environment(msgspec.Struct, frozen=True, rename=lambda name: f"HIRELANE_{name.upper()}"):
    """The environment variables, each with the prefix HIRELANE_."""

    stage: Text
    settings_secret: Text
    mail_sender: Text
    # Of the API alone.
    keys_secret: str = ""
    # How often may be tried what: see chalicelib.auth.rate_limits.
    auth_limits: str = ""
    # Whether CloudFront tells from where requests come.
    behind_cdn: bool = False
    applications_drain: str = ""
    mail_drain: str = ""
    # How often a candidate may apply; several limits are set apart by commas.
    apply_limits: str = "100 per 10 minutes"
    shards: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 1
    redis_cluster: bool = False


class Settings(msgspec.Struct, frozen=True):
    """All of it."""

    environment: Environment
    secrets: Secrets


def load_settings(
    environ: Mapping[str, str], read_secret: Callable[[str], str | bytes]
) -> Settings:
    """Read and check the settings.

    Args:
        environ: the environment variables.
        read_secret: gives the text of the secret of that name.

    Raises:
        SettingsError: a variable or a member of the secret is missing or wrong.
    """
    try:
        environment = msgspec.convert(dict(environ), Environment, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"environment: {error}") from error
    try:
        secrets = msgspec.json.decode(read_secret(environment.settings_secret), type=Secrets)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"secret {environment.settings_secret}: {error}") from error
    return Settings(environment, secrets)


def load_api_secrets(name: str, read_secret: Callable[[str], str | bytes]) -> ApiSecrets:
    """Read and check the API's secret.

    Raises:
        SettingsError: it is not named, or a member of it is missing or wrong.
    """
    if not name:
        raise SettingsError("environment: HIRELANE_KEYS_SECRET is missing")
    try:
        return msgspec.json.decode(read_secret(name), type=ApiSecrets)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"secret {name}: {error}") from error
