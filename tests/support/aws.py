"""Clients of AWS for the tests in one process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap import clients

if TYPE_CHECKING:
    import pytest

_make = clients._aws
_kept: dict[tuple[str, str, str], Any] = {}


def keep_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the containers of all tests share clients, each of which takes 0.1 s to make.

    Clients are shared that have the same options and the same variables for AWS.
    """

    def keep(service: str, **options: Any) -> Any:
        variables = sorted(one for one in os.environ.items() if one[0].startswith("AWS_"))
        key = service, repr(options), repr(variables)
        if key not in _kept:
            _kept[key] = _make(service, **options)
        return _kept[key]

    monkeypatch.setattr(clients, "_aws", keep)
