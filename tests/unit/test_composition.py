"""The parts of a process, as far as they need no server."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.settings import Environment, Secrets, Settings
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


def test_settings_that_can_be_read_are_well() -> None:
    parts = make_container(
        apply_limits="5 per minute, 9 per day", auth_limits="login.account=2 per hour"
    )
    assert readiness({"settings": parts.operations.probes()["settings"]}).ready


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"apply_limits": "many"}, "a rate is written like '10 per 5 minutes'"),
        ({"auth_limits": "login.acount=2 per hour"}, "Unknown limit 'login.acount'"),
    ],
)
def test_a_limit_that_cannot_be_read_is_found_before_a_request_needs_it(
    wrong: dict[str, str], said: str
) -> None:
    parts = make_container(**wrong)
    with pytest.raises(ValueError, match=said):
        parts.operations.prepare()
    checks = {"settings": parts.operations.probes()["settings"]}
    assert not readiness(checks).ready
