"""Settings are validated when they are read, and errors name the setting."""

from __future__ import annotations

import json

import pytest

from chalicelib.bootstrap.settings import SettingsError, load_api_secrets, load_settings

ENVIRONMENT = {
    "HIRELANE_STAGE": "test",
    "HIRELANE_SETTINGS_SECRET": "hirelane/test/settings",
    "HIRELANE_MAIL_SENDER": "no-reply@hirelane.example",
    "PATH": "/bin",
}
SECRET = {
    "redis_url": "redis://localhost",
    "mongodb_uri": "mongodb://localhost",
    "link_secret": "link",
}
KEYS = {
    "signing_keys": [{"kid": "1", "private_key": "pem"}],
    "receipt_keys": [{"kid": "2", "private_key": "pem"}],
    "purpose_secret": "purpose",
}


def test_settings_come_from_environment_and_secret() -> None:
    asked: list[str] = []

    def read(name: str) -> str:
        asked.append(name)
        return json.dumps(SECRET)

    settings = load_settings(ENVIRONMENT, read)
    assert asked == ["hirelane/test/settings"]
    assert settings.environment.stage == "test"
    assert settings.secrets.redis_url == "redis://localhost"


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if name.startswith("HIRELANE")])
def test_missing_variable_is_named(name: str) -> None:
    environ = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(SettingsError, match=name):
        load_settings(environ, lambda _: json.dumps(SECRET))


@pytest.mark.parametrize("name", list(SECRET))
def test_missing_member_of_the_secret_is_named(name: str) -> None:
    secret = {key: value for key, value in SECRET.items() if key != name}
    with pytest.raises(SettingsError, match=name):
        load_settings(ENVIRONMENT, lambda _: json.dumps(secret))


def test_error_does_not_reveal_the_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(ENVIRONMENT, lambda _: "redis://:password@host")
    assert "password" not in str(caught.value)


def test_api_secrets_come_from_the_named_secret() -> None:
    keys = load_api_secrets(
        "hirelane/test/keys", {"hirelane/test/keys": json.dumps(KEYS)}.__getitem__
    )
    assert keys.signing_keys[0].kid == "1"
    assert keys.signing_keys[0].retired_at is None
    assert keys.purpose_secret == "purpose"


def test_missing_name_of_the_api_secret_is_reported() -> None:
    with pytest.raises(SettingsError, match="HIRELANE_KEYS_SECRET is missing"):
        load_api_secrets("", lambda _: json.dumps(KEYS))


@pytest.mark.parametrize("name", list(KEYS))
def test_missing_member_of_the_api_secret_is_named(name: str) -> None:
    keys = {key: value for key, value in KEYS.items() if key != name}
    with pytest.raises(SettingsError, match=name):
        load_api_secrets("keys", lambda _: json.dumps(keys))
