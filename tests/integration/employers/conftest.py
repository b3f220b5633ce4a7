"""The API in this process, on real stores, with SES of moto."""

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.postings import gate_reconciler
from tests.integration.auth.conftest import ada, clock, http, log, parts, ses, without
from tests.integration.auth.people import Person
from tests.integration.employers.yard import Yard

__all__ = ["ada", "clock", "http", "log", "parts", "ses", "without"]


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repair gates without waiting for changes that are in flight, because none is."""
    monkeypatch.setattr(gate_reconciler, "GRACE_SECONDS", 0.0)


@pytest.fixture
def yard(http: Client, parts: Container, ada: Person) -> Yard:
    """The employer ``yard``, which ada owns."""
    return Yard(http, parts, ada)
