"""The API in this process, on real stores, with SES of moto."""

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from tests.integration.auth.conftest import ada, clock, http, log, parts, ses, without
from tests.integration.auth.people import Person
from tests.integration.employers.yard import Yard

__all__ = ["ada", "clock", "http", "log", "parts", "ses", "without"]


@pytest.fixture
def yard(http: Client, parts: Container, ada: Person) -> Yard:
    """The employer ``yard``, which ada owns."""
    return Yard(http, parts, ada)
