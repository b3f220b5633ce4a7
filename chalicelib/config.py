"""Settings of a process: its environment, and the secret that the environment names.

What differs between stages and is no secret stands in ``.chalice/config.json`` of each project.
Addresses (they carry passwords) and signing keys are in AWS Secrets Manager, so they are in no
file of the repository and in no configuration of a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Text = Annotated[str, msgspec.Meta(min_length=1)]


class SettingsError(Exception):
    """The process is not configured; the message says what to set."""


class SigningKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An Ed25519 key that signs access tokens: its id and its private half as PEM."""

    kid: Text
    private_key: Text


class Secrets(msgspec.Struct, frozen=True):
    """The JSON document in Secrets Manager. The first signing key signs, all of them verify."""

    redis_url: Text
    mongodb_uri: Text
    signing_keys: tuple[SigningKey, ...] = ()


class Environment(msgspec.Struct, frozen=True, rename=lambda name: f"HIRELANE_{name.upper()}"):
    """The environment variables, each with the prefix HIRELANE_."""

    stage: Text
    settings_secret: Text
    mail_sender: Text
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
