"""The API in this process, on real stores, with SES of moto."""

from tests.integration.auth.conftest import ada, clock, http, log, parts, ses

__all__ = ["ada", "clock", "http", "log", "parts", "ses"]
