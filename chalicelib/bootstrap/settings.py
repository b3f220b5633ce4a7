"""Settings of a process: its environment, and the secret that the environment names.

``.chalice/config.json`` of each project holds what differs between deployment stages. Keys and the
addresses of the stores, which contain passwords, are in AWS Secrets Manager, so that neither the
repository nor the configuration of a function holds them. A second secret holds the keys of
the API. The API reads it, and the function of operators, which rotates keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from chalicelib.auth.models import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STORES = r"^(valkey|(elasticache|memorydb)/[a-z0-9-]{1,40})$"
DAY = 24 * 3600

Text = Annotated[str, msgspec.Meta(min_length=1)]


class SettingsError(Exception):
    """A setting is missing or invalid; the message names it."""


class Secrets(msgspec.Struct, frozen=True):
    """The secret of all functions.

    Args:
        redis_url: the URL of Redis.
        mongodb_uri: the URI of MongoDB.
        link_secret: signs the links in e-mails.
        public_url: the URL of the web client, which the links lead to.
    """

    redis_url: Text
    mongodb_uri: Text
    link_secret: Text
    public_url: str = ""


class ApiSecrets(msgspec.Struct, frozen=True):
    """The secret of the API.

    Args:
        signing_keys: the first one signs access tokens, all of them verify.
        receipt_keys: the first one signs receipts and tree heads, all of them verify.
        origin_secret_a, origin_secret_b: what CloudFront sends with each request, if it is in front
            of the API. Both are valid, so that CloudFront can change from one to the other.
        purpose_secret: the keys of refresh tokens, device tokens and second factors are derived
            from it; see ``chalicelib.auth.credentials.derived_keys``.
    """

    signing_keys: tuple[SigningKey, ...]
    receipt_keys: tuple[SigningKey, ...]
    purpose_secret: Text
    origin_secret_a: str = ""
    origin_secret_b: str = ""

    @property
    def origin_secrets(self) -> tuple[str, ...]:
        """The secrets of CloudFront that are set."""
        return tuple(filter(None, (self.origin_secret_a, self.origin_secret_b)))


class Environment(msgspec.Struct, frozen=True, rename=lambda name: f"HIRELANE_{name.upper()}"):
    """The environment variables, each with the prefix HIRELANE_."""

    stage: Text
    settings_secret: Text
    mail_sender: Text
    # How many e-mails SES accepts of the account; SES's own default outside the sandbox.
    mail_rate: str = "14 per second"
    # The configuration set of SES whose events name bounces and complaints, and the topic of SNS to
    # which it publishes them. Without them we learn of none.
    mail_configuration_set: str = ""
    mail_feedback_topic: str = ""
    # Only the API and the function of operators have this one.
    keys_secret: str = ""
    # Rate limits of accounts; see chalicelib.auth.rate_limits.
    auth_limits: str = ""
    # Whether CloudFront is in front of the API. Then it sets the headers of the caller's location
    # and one of the origin secrets, and requests without one are refused.
    behind_cdn: bool = False
    applications_drain: str = ""
    mail_drain: str = ""
    # The function that reads a file; the applications worker and the API invoke it.
    files_text: str = ""
    # The function that writes exports of accounts; only the API invokes it.
    export_function: str = ""
    # The bucket with the files of candidates; without one, no files can be uploaded.
    files_bucket: str = ""
    # The host and port of clamd, which scans files for viruses; without it, none are scanned.
    clamd_address: str = ""
    # How often a candidate may apply; commas separate several limits.
    apply_limits: str = "100 per 10 minutes"
    # How many applications for a posting, from one network within an hour, are flagged as a burst.
    burst_size: Annotated[int, msgspec.Meta(ge=2)] = 10
    # Which store keeps the queue, so that readiness can check its promise: a Valkey server of our
    # own, or one that AWS manages; see chalicelib.operations.durability.
    store: Annotated[str, msgspec.Meta(pattern=STORES)] = "valkey"
    shards: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 1
    # How many drains of applications, or of texts, run at once in a shard. Of two, one remains if
    # the other dies. Those of e-mails follow from their rate.
    drains: Annotated[int, msgspec.Meta(ge=2, le=100)] = 4
    # How long finished jobs and dead letters are kept in Redis. What holds an address is kept for
    # 30 days at most.
    result_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 24
    dead_letter_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 365
    redis_cluster: bool = False

    @property
    def result_ttl(self) -> int:
        """How long (s) finished jobs are kept."""
        return self.result_hours * 3600

    @property
    def dead_letter_ttl(self) -> int:
        """How long (s) dead letters of applications are kept."""
        return self.dead_letter_days * DAY

    @property
    def personal_dead_letter_ttl(self) -> int:
        """How long (s) dead letters with an address or a text are kept."""
        return min(self.dead_letter_days, 30) * DAY


class Settings(msgspec.Struct, frozen=True):
    """The environment and the secret of all functions."""

    environment: Environment
    secrets: Secrets


def is_behind_cdn(environ: Mapping[str, str]) -> bool:
    """Return whether CloudFront is in front of the API, without reading a secret.

    Raises:
        msgspec.ValidationError: the setting is not ``true`` or ``false``.
    """
    return msgspec.convert(environ.get("HIRELANE_BEHIND_CDN", "false"), bool, strict=False)


def load_settings(
    environ: Mapping[str, str], read_secret: Callable[[str], str | bytes]
) -> Settings:
    """Read and check the settings.

    Args:
        environ: the environment variables.
        read_secret: returns the text of a secret by its name.

    Raises:
        SettingsError: a variable or a member of the secret is missing or invalid.
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
    """Read and check the secret of the API.

    Raises:
        SettingsError: the name is empty, or a member of the secret is missing or invalid.
    """
    if not name:
        raise SettingsError("environment: HIRELANE_KEYS_SECRET is missing")
    try:
        return msgspec.json.decode(read_secret(name), type=ApiSecrets)
    except msgspec.MsgspecError as error:
        raise SettingsError(f"secret {name}: {error}") from error
