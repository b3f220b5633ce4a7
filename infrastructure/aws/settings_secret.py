"""The secrets of a stage: addresses of the stores, and keys that are generated once."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from chalicelib.commands.origin_secrets import SENT, SLOTS
from chalicelib.commands.stage_secrets import change_secret
from infrastructure.aws.documents import Template
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError

# Beside that of the stage `local`, on the same local servers.
LOCAL_DATABASE = 1


class SettingsSecrets:
    """The secrets `hirelane/<stage>/settings` and `hirelane/<stage>/keys`."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client = target.client("secretsmanager")

    def set_mongodb_uri(self, uri: str) -> None:
        """Store the URI of MongoDB, which contains a password."""
        self._change("settings", lambda settings: settings.update(mongodb_uri=uri))

    def update(self, outputs: Mapping[str, str], public_url: str) -> str:
        """Write the known values, and generate missing keys.

        Args:
            outputs: The outputs of the stacks, with those of the store.
            public_url: The URL of the web client; empty while it is not known.

        Returns:
            A text that changes when the content of a secret does.

        Raises:
            DeployError: The URI of MongoDB or the store is missing.
        """
        # Imported here: the commands must start fast, and work even if this code does not load.
        from chalicelib.auth.credentials.derived_keys import new_secret
        from chalicelib.auth.sessions.signing_keys import generate_signing_key

        def fill_settings(settings: dict[str, Any]) -> None:
            settings |= self._addresses(settings, outputs)
            settings.setdefault("link_secret", new_secret())
            if public_url:
                settings["public_url"] = public_url
            settings.setdefault("public_url", "")

        def fill_keys(keys: dict[str, Any]) -> None:
            keys["signing_keys"] = keys.get("signing_keys") or [generate_signing_key()]
            keys["receipt_keys"] = keys.get("receipt_keys") or [generate_signing_key()]
            keys.setdefault("purpose_secret", new_secret())
            # Both are valid. CloudFront sends the one that OriginSecretSlot of `edge` names.
            for slot in SLOTS:
                keys[f"origin_secret_{slot}"] = keys.get(f"origin_secret_{slot}") or new_secret()

        settings = self._change("settings", fill_settings)
        keys = self._change("keys", fill_keys)
        # No function reads this record.
        keys.pop(SENT, None)
        text = json.dumps([settings, keys], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @contextmanager
    def sending_origin(self, template: Template, parameters: Mapping[str, str]) -> Iterator[None]:
        """Record the origin secret that CloudFront sends, while the block deploys a template.

        If the block fails, CloudFront may send the earlier one or the new one.

        Args:
            template: The template; nothing is recorded if it has no distribution of CloudFront.
            parameters: The values of its parameters that are not the defaults.
        """
        if "Distribution" not in template["Resources"]:
            yield
            return
        default = template["Parameters"]["OriginSecretSlot"]["Default"]
        slot = parameters.get("OriginSecretSlot", default)
        # Without a record, a distribution of an earlier version may send either.
        self._record_sent(lambda sent: {*sent, slot})
        yield
        self._record_sent(lambda sent: {slot})

    def delete(self) -> None:
        """Delete both secrets: on AWS after a week, so that a mistake can be corrected."""
        window: dict[str, Any] = {"RecoveryWindowInDays": 7}
        if self._target.is_localstack:
            window = {"ForceDeleteWithoutRecovery": True}
        for name in ("settings", "keys"):
            try:
                self._client.delete_secret(SecretId=self._target.stage.secret(name), **window)
            except self._client.exceptions.ResourceNotFoundException:
                continue

    def _addresses(self, stored: dict[str, Any], outputs: Mapping[str, str]) -> dict[str, str]:
        endpoints = self._target.endpoints
        stage = self._target.stage.name
        if endpoints is not None:
            return {
                "redis_url": _with_path(endpoints.redis_url, str(LOCAL_DATABASE)),
                "mongodb_uri": _with_path(endpoints.mongodb_uri, f"hirelane-{stage}"),
            }
        if not stored.get("mongodb_uri"):
            raise DeployError(
                "The URI of MongoDB is not in the secret of the stage:"
                f" set MONGODB_URI and run `make bootstrap STAGE={stage}`."
            )
        try:
            password = json.loads(
                self._client.get_secret_value(SecretId=outputs["StoreSecret"])["SecretString"]
            )["password"]
            address = f"{quote(outputs['StoreUser'])}:{quote(password)}@{outputs['StoreHost']}"
            scheme = "redis" if outputs["Store"] == "valkey-ec2" else "rediss"
        except KeyError as error:
            raise DeployError(f"The part `store` is not deployed: {error} is missing.") from None
        return {"redis_url": f"{scheme}://{address}:6379/0"}

    def _record_sent(self, change: Callable[[Iterable[str]], set[str]]) -> None:
        self._change(
            "keys", lambda keys: keys.update({SENT: sorted(change(keys.get(SENT, SLOTS)))})
        )

    def _change(self, name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        return change_secret(self._client, self._target.stage.secret(name), change)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
