"""The health routes, called as plain functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.operations.routes import Alive, live, ready


class FakeServices:
    """Has the given probes."""

    def __init__(self, **probes: Callable[[], object]) -> None:
        self._probes = probes

    def probes(self) -> Mapping[str, Callable[[], object]]:
        return self._probes

    def is_intake_paused(self) -> bool:
        return True


def fail() -> None:
    raise ConnectionError("redis://:password@host")


def test_live_function_answers_200() -> None:
    assert live() == Alive(live=True)


def test_ready_answers_200_if_all_probes_succeed() -> None:
    response = ready(FakeServices(redis=lambda: True))
    body: dict[str, Any] = json.loads(str(response.body))
    assert (response.status_code, body["ready"]) == (200, True)
    assert body["checks"]["redis"]["ok"] is True
    assert body["intake"] == "paused", "a paused intake is shown, and is no failure"


def test_ready_answers_503_if_a_probe_fails() -> None:
    response = ready(FakeServices(redis=fail, mongodb=lambda: True))
    body: dict[str, Any] = json.loads(str(response.body))
    assert (response.status_code, body["ready"]) == (503, False)
    assert [name for name, check in body["checks"].items() if not check["ok"]] == ["redis"]
    assert body["intake"] == "unknown"
    assert "password" not in str(response.body)
