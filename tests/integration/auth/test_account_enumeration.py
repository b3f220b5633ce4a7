"""Neither content nor duration of an answer reveals whether an address has an account."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.credentials.passwords import hash_password
from chalicelib.auth.rate_limits import AuthRateLimits, read_limits
from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import log_in, send
from tests.integration.auth.people import EMAIL, NAME, Person
from tests.support.timing import stretch

pytestmark = pytest.mark.timed

SAMPLES = 30
# A busy machine gets more tries. A real difference shows in each of them.
TRIES = 3
WIDE = (
    "login.account=100000 per second, login.address=100000 per second,"
    "mail.account=100000 per second, mail.address=100000 per second,"
    "mail.visitor=100000 per second"
)


@pytest.fixture(autouse=True)
def _wide_limits(parts: Container) -> None:
    parts.auth.override(rate_limits=AuthRateLimits(parts.redis, read_limits(WIDE)))


def milliseconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def hash_time() -> float:
    return statistics.median(milliseconds(lambda: hash_password(NAME)) for _ in range(20))


def medians(ask_for: Callable[[str], HTTPResponse], status: int) -> list[float]:
    """Return the median durations in ms for an address with an account and one without."""
    times: dict[str, list[float]] = {EMAIL: [], "bob@example.com": []}
    answers: set[tuple[int, bytes]] = set()

    def answer(email: str) -> None:
        response = ask_for(email)
        answers.add((response.status_code, response.body))

    for email in times:
        answer(email)
    for number in range(SAMPLES):
        # Alternate the order, so that the first request does not favour the second.
        for email in sorted(times, reverse=bool(number % 2)):
            times[email].append(milliseconds(lambda email=email: answer(email)))  # type: ignore[misc]
    [(answered, _)] = answers
    assert answered == status
    return [statistics.median(taken) for taken in times.values()]


def assert_alike(what: str, ask_for: Callable[[str], HTTPResponse], status: int) -> None:
    for _ in range(TRIES):
        # On a busy machine the hash takes longer, and the medians spread more.
        allowed = stretch(0.05 * hash_time())
        known, unknown = medians(ask_for, status)
        print(f"{what}: known {known:.2f} ms, unknown {unknown:.2f} ms, allowed {allowed:.2f} ms")
        if abs(known - unknown) <= allowed:
            return
    raise AssertionError(f"{known:.2f} ms known, {unknown:.2f} ms unknown, {allowed:.2f} allowed")


def test_failed_login_takes_equally_long(http: Client, ada: Person) -> None:
    assert_alike("log in", lambda email: log_in(http, email, "a wrong password"), 401)


def test_registration_takes_equally_long(http: Client, ada: Person) -> None:
    def register(email: str) -> HTTPResponse:
        body = {"email": email, "name": NAME, "password": "a new password"}
        return send(http, "POST", "/v1/accounts", body)

    assert_alike("register", register, 202)


def test_password_reset_request_takes_equally_long(http: Client, ada: Person) -> None:
    def forgotten(email: str) -> HTTPResponse:
        return send(http, "POST", "/v1/passwords/forgotten", {"email": email})

    assert_alike("forgotten", forgotten, 202)
