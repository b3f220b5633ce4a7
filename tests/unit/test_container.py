"""Containers, without any server."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import get_container, use_container
from chalicelib.bootstrap.settings import (
    ApiSecrets,
    Environment,
    Secrets,
    Settings,
    SettingsError,
)
from chalicelib.operations.health import readiness


def make_container(**environment: Any) -> Container:
    settings = Settings(
        Environment("local", "secret", "no-reply@example.com", **environment),
        Secrets("redis://127.0.0.1:1", "mongodb://127.0.0.1:1/hirelane", "x"),
    )

    def no_secrets(name: str) -> str:
        raise AssertionError("nothing here needs a secret")

    container = Container("api", read_secret=no_secrets)
    container.override(settings=settings)
    return container


def test_valid_settings_are_ready() -> None:
    parts = make_container(
        apply_limits="5 per minute, 9 per day", auth_limits="login.account=2 per hour"
    )
    assert readiness({"settings": parts.operations.probes()["settings"]}, lambda: False).ready


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"apply_limits": "many"}, "write it like '10 per 5 minutes'"),
        ({"mail_rate": "14"}, "write it like '10 per 5 minutes'"),
        ({"auth_limits": "login.acount=2 per hour"}, "Unknown limit 'login.acount'"),
    ],
)
def test_invalid_limit_is_found_before_a_request(wrong: dict[str, str], message: str) -> None:
    parts = make_container(**wrong)
    with pytest.raises(ValueError, match=message):
        parts.operations.prepare()
    checks = {"settings": parts.operations.probes()["settings"]}
    assert not readiness(checks, lambda: False).ready


@pytest.mark.parametrize("secrets", [{}, {"origin_secret_b": "b"}])
def test_edge_needs_an_origin_secret(secrets: dict[str, str]) -> None:
    """Without one, the API would refuse everything."""
    parts = make_container(behind_cdn=True)
    parts.override(api_secrets=ApiSecrets((), (), "purpose", **secrets))
    if secrets:
        parts.operations.check_settings()
    else:
        with pytest.raises(SettingsError, match="origin_secret_a or origin_secret_b"):
            parts.operations.check_settings()


@pytest.mark.parametrize(
    ("rate", "shards", "drains", "parallel", "batch"),
    [
        ("200 per day", 1, 2, 1, 20),
        ("1 per second", 1, 2, 1, 20),
        ("14 per second", 1, 2, 7, 28),
        ("14 per second", 64, 2, 7, 28),
        ("1000 per second", 1, 7, 16, 100),
        ("60000 per minute", 2, 4, 16, 100),
    ],
)
def test_mail_rate_decides_how_much_is_sent_at_once(
    rate: str, shards: int, drains: int, parallel: int, batch: int
) -> None:
    notifications = make_container(mail_rate=rate, shards=shards).notifications
    assert notifications.limits.max_drains == drains
    assert notifications.limits.batch_size == batch
    assert notifications.parallel == parallel


def test_override_replaces_a_part_until_its_end() -> None:
    container: Any = make_container()
    auth = container.auth
    with auth.override(email_links="replacement"):
        assert auth.email_links == "replacement"
    assert "email_links" not in vars(auth)


def test_override_without_with_stays() -> None:
    container: Any = make_container()
    container.override(redis="first")
    with container.override(redis="second"):
        assert container.redis == "second"
    assert container.redis == "first"


def test_override_renews_parts_that_hold_the_replaced_one() -> None:
    container: Any = make_container()
    container.override(redis="redis", database={"postings": None})
    lanes = container.recruiting.lanes
    assert container.recruiting.lanes is lanes
    container.notifications.override(outbox="outbox")
    assert container.recruiting.lanes is not lanes
    assert container.notifications.outbox == "outbox"
    assert container.redis == "redis"


def test_unknown_part_cannot_be_overridden() -> None:
    with pytest.raises(AttributeError, match="Container has no part 'reddis'"):
        make_container().override(reddis=None)


def test_container_of_the_process_can_be_replaced() -> None:
    replacement = Container("tests")
    with use_container(replacement):
        assert get_container("tests") is replacement
    other = get_container("tests")
    assert other is not replacement
    with use_container(replacement):
        assert get_container("tests") is replacement
    assert get_container("tests") is other
