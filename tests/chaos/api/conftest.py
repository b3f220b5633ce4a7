"""The API in this process, on stores that the tests may stop."""

from tests.integration.recruiting.conftest import aws, http, log_in, parts, posting, read_secret
from tests.support.stores import database

__all__ = ["aws", "database", "http", "log_in", "parts", "posting", "read_secret"]
