"""Rate limits of attempts, counted in Redis before any password is hashed."""

from __future__ import annotations

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from chalice.test import Client
from redis import Redis

from chalicelib.auth.credentials.device_tokens import DeviceTokens
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.errors import WrongCredentials
from chalicelib.auth.models import Visitor
from chalicelib.auth.rate_limits import DEFAULTS, AuthRateLimits, read_limits
from chalicelib.auth.services import login as login_service
from chalicelib.auth.services.login import LoginRequest, LoginService
from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.settings import load_settings
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.ids import new_id
from chalicelib.queue import Rate
from tests.integration.auth.api_requests import body_of, cookie_value, log_in, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, Person, create_person
from tests.integration.auth.stored_data import audit_event_names, audit_events, newest_link_token
from tests.support.stores import Stores

HERE = Visitor("198.51.100.7", "curl", "198.51.100.7")


class PasswordCheckCounter:
    """Counts password checks; every password is wrong."""

    def __init__(self) -> None:
        self.times = 0

    def verify(self, stored: str | None, password: str) -> bool:
        self.times += 1
        return False


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> PasswordCheckCounter:
    hashing = PasswordCheckCounter()
    monkeypatch.setattr(login_service, "verify_password", hashing.verify)
    return hashing


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_eleventh_login_is_rejected_before_hashing(
    http: Client, parts: Container, ada: Person, hashing: PasswordCheckCounter, email: str
) -> None:
    for _ in range(10):
        problem_of(log_in(http, email), 401, "wrong-credentials")
    for spelling in (email, f" {email.upper()} "):
        answer = log_in(http, spelling)
        problem = problem_of(answer, 429, "too-many-requests")
        assert problem["detail"] == "Too many attempts. Try again in 5 minutes."
        assert 295 <= int(answer.headers["Retry-After"]) <= 300
    assert hashing.times == 10
    assert len(audit_events(parts)) == 10
    problem_of(log_in(http, "bob@example.com"), 401, "wrong-credentials")


def test_network_address_is_limited_to_100_logins(
    http: Client, hashing: PasswordCheckCounter
) -> None:
    for number in range(100):
        problem_of(log_in(http, f"user{number}@example.com"), 401, "wrong-credentials")
    answer = log_in(http, "user100@example.com")
    problem_of(answer, 429, "too-many-requests")
    assert hashing.times == 100


def test_rejected_attempt_counts_for_no_limit(parts: Container) -> None:
    limits = AuthRateLimits(parts.redis, {"a.x": Rate(1, 60), "b.x": Rate(2, 60)})
    limits.take(a_x="1", b_x="2")
    with pytest.raises(TooManyRequests):
        limits.take(a_x="1", b_x="2")
    with pytest.raises(TooManyRequests):
        limits.take(b_x="2", a_x="1")
    limits.take(b_x="2")
    with pytest.raises(TooManyRequests):
        limits.take(b_x="2")
    limits.take(b_x="3", a_x="other")


def test_limit_holds_for_simultaneous_logins(
    stores: Stores, parts: Container, hashing: PasswordCheckCounter
) -> None:
    """Each thread has its own connections, like a process."""
    made = parts.auth_services.login_service
    with connect_mongodb(stores.mongodb_uri) as client:
        accounts: Any = type(parts.auth.accounts)(client.get_default_database())

        def guess(number: int) -> bool:
            redis = connect_redis(stores.redis_url, answer_seconds=20)
            mine = LoginService(
                accounts,
                made.sessions,
                made.second_factors,
                made.access_tokens,
                AuthRateLimits(redis),
                made.audit_log,
                made.device_tokens,
            )
            try:
                mine.log_in(LoginRequest(EMAIL, f"guess {number}"), HERE, "")
            except TooManyRequests:
                return False
            except WrongCredentials:
                return True
            finally:
                redis.close()
            raise AssertionError("a guess was right")

        with ThreadPoolExecutor(20) as pool:
            let_through = sum(pool.map(guess, range(100)))
    assert let_through == 10
    assert hashing.times == 10


def exhaust(http: Client, monkeypatch: pytest.MonkeyPatch, email: str = EMAIL, **more: Any) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(login_service, "verify_password", lambda stored, password: False)
        for _ in range(10):
            problem_of(log_in(http, email, **more), 401, "wrong-credentials")
        problem_of(log_in(http, email, **more), 429, "too-many-requests")


def test_known_device_logs_in_while_others_guess(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_cookie = f"__Host-hirelane-device={cookie_value(log_in(http), 'device')}"
    device = body_of(log_in(http, deliver="body"))["device_token"]
    guess(http, monkeypatch, 8)
    problem_of(log_in(http), 429, "too-many-requests")
    body_of(log_in(http, device_token=device))
    answer = send(
        http, "POST", "/v1/sessions", {"email": EMAIL, "password": PASSWORD}, Cookie=in_cookie
    )
    body_of(answer)
    assert f"__Host-hirelane-device={cookie_value(answer, 'device')}" == in_cookie


def guess(http: Client, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(login_service, "verify_password", lambda stored, password: False)
        for _ in range(times):
            problem_of(log_in(http), 401, "wrong-credentials")


def test_known_device_is_limited_itself(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = body_of(log_in(http, deliver="body"))["device_token"]
    other = body_of(log_in(http, deliver="body"))["device_token"]
    assert device != other
    exhaust(http, monkeypatch, device_token=device)
    problem_of(log_in(http, device_token=device), 429, "too-many-requests")
    body_of(log_in(http, device_token=other))
    body_of(log_in(http))


def test_login_on_a_known_device_keeps_its_token(
    http: Client, parts: Container, ada: Person
) -> None:
    device = body_of(log_in(http, deliver="body"))["device_token"]
    again = body_of(log_in(http, deliver="body", device_token=device))["device_token"]
    assert again == device


@pytest.mark.parametrize("whose", ["another account's", "forged", "nonsense", "a refresh token"])
def test_invalid_device_token_does_not_help(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    bob = create_person(parts, "bob@example.com", password=OTHER_PASSWORD)
    known = body_of(log_in(http, bob.email, OTHER_PASSWORD, deliver="body"))["device_token"]
    token = {
        "another account's": known,
        "forged": known.replace(bob.id, ada.id),
        "nonsense": "x.y.z",
        "a refresh token": ada.refresh_token,
    }[whose]
    exhaust(http, monkeypatch)
    problem_of(log_in(http, device_token=token), 429, "too-many-requests")
    got = body_of(log_in(http, bob.email, OTHER_PASSWORD, deliver="body", device_token=token))
    assert (got["device_token"] == known) is (whose == "another account's")


def test_device_token_in_the_body_precedes_the_cookie(
    http: Client, parts: Container, ada: Person
) -> None:
    first = body_of(log_in(http, deliver="body"))["device_token"]
    second = body_of(log_in(http, deliver="body"))["device_token"]
    body = {"email": EMAIL, "password": PASSWORD, "deliver": "body", "device_token": first}
    cookie = f"__Host-hirelane-device={second}"
    assert body_of(send(http, "POST", "/v1/sessions", body, Cookie=cookie))["device_token"] == first


def limit_keys(redis: Redis) -> list[str]:
    return sorted(key.decode() for key in redis.scan_iter("{hl:limits}*"))


def test_limit_keys_hold_no_address(http: Client, parts: Container, redis: Redis) -> None:
    log_in(http)
    send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL})
    keys = limit_keys(redis)
    assert [key.rpartition(":")[0] for key in keys] == [
        "{hl:limits}:login.account",
        "{hl:limits}:login.address",
        "{hl:limits}:mail.account",
        "{hl:limits}:mail.address",
        "{hl:limits}:mail.visitor",
    ]
    for key in keys:
        assert re.fullmatch(r"\{hl:limits\}:[a-z]+\.[a-z]+:[0-9a-f]{32}", key)
        assert "127.0.0.1" not in key
        seconds: Any = redis.pttl(key)
        window = 300_000 if "login" in key else 3_600_000
        assert window - 5000 < seconds <= window


def attempt_times(redis: Redis, which: str) -> tuple[str, list[int]]:
    [key] = [key for key in limit_keys(redis) if f":{which}:" in key]
    found: Any = redis.lrange(key, 0, -1)
    return key, [int(time) for time in found]


def move_into_the_past(redis: Redis, which: str, milliseconds: int) -> None:
    """Move the recorded attempts of a limit into the past."""
    key, times = attempt_times(redis, which)
    for at, time_ms in enumerate(times):
        redis.lset(key, at, str(time_ms - milliseconds))


def test_limit_slides_with_time(parts: Container, redis: Redis) -> None:
    limits = AuthRateLimits(parts.redis, {"a.x": Rate(3, 600)})
    limits.take(a_x="who")
    move_into_the_past(redis, "a.x", 100_000)
    limits.take(a_x="who")
    limits.take(a_x="who")
    with pytest.raises(TooManyRequests) as refusal:
        limits.take(a_x="who")
    assert refusal.value.retry_after == 500
    # Half a second before the first attempt leaves the window.
    move_into_the_past(redis, "a.x", 499_500)
    with pytest.raises(TooManyRequests) as refusal:
        limits.take(a_x="who")
    assert refusal.value.retry_after == 1
    move_into_the_past(redis, "a.x", 500)
    limits.take(a_x="who")
    # Only one attempt has left the window.
    with pytest.raises(TooManyRequests) as refusal:
        limits.take(a_x="who")
    assert refusal.value.retry_after == 100
    assert len(attempt_times(redis, "a.x")[1]) == 3


def test_longest_wait_of_several_limits_is_reported(parts: Container, redis: Redis) -> None:
    limits = AuthRateLimits(
        parts.redis, {"a.x": Rate(1, 50), "b.x": Rate(1, 200), "c.x": Rate(1, 9)}
    )
    limits.take(a_x="1", b_x="1", c_x="1")
    with pytest.raises(TooManyRequests) as refusal:
        limits.take(a_x="1", b_x="1", c_x="1")
    assert refusal.value.retry_after == 200


def test_limits_use_the_time_of_redis(parts: Container, redis: Redis) -> None:
    limits = AuthRateLimits(parts.redis, {"a.x": Rate(2, 60)})
    began = time.time()
    limits.take(a_x="who")
    key, [taken] = attempt_times(redis, "a.x")
    assert began - 0.5 <= taken / 1000 <= time.time() + 0.5
    limits.take(a_x="who")
    with pytest.raises(TooManyRequests):
        limits.take(a_x="who")
    # The key expires with the window of the last attempt.
    passed = (time.time() - began) * 1000
    assert 60_000 - passed - 500 <= redis.pttl(key) <= 60_000
    move_into_the_past(redis, "a.x", 60_000)
    limits.take(a_x="who")


def test_lowered_limit_counts_earlier_attempts(parts: Container, redis: Redis) -> None:
    AuthRateLimits(parts.redis, {"a.x": Rate(5, 60)}).take(a_x="who")
    AuthRateLimits(parts.redis, {"a.x": Rate(5, 60)}).take(a_x="who")
    lower = AuthRateLimits(parts.redis, {"a.x": Rate(1, 60)})
    with pytest.raises(TooManyRequests):
        lower.take(a_x="who")
    move_into_the_past(redis, "a.x", 60_000)
    lower.take(a_x="who")
    assert len(attempt_times(redis, "a.x")[1]) == 1


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10 per 5 minutes", Rate(10, 300)),
        ("1 per hour", Rate(1, 3600)),
        (" 3 per 2 days ", Rate(3, 172800)),
        ("7 per second", Rate(7, 1)),
        ("7 per 1 minutes", Rate(7, 60)),
    ],
)
def test_limit_is_parsed(text: str, limit: Rate) -> None:
    assert Rate.parse(text) == limit


@pytest.mark.parametrize(
    "text",
    ["", "10", "ten per hour", "0 per hour", "1 per 0 hours", "1 per week", "-1 per day",
     "1 per hour and a half", "x 1 per hour", "1.5 per hour", "1 per hours 2"],
)  # fmt: skip
def test_invalid_limit_is_rejected(text: str) -> None:
    with pytest.raises(
        ValueError, match="is not a rate; write it like '10 per 5 minutes'"
    ) as error:
        Rate.parse(text)
    assert str(error.value).startswith(repr(text))


def test_setting_changes_the_named_limits() -> None:
    assert read_limits("") == DEFAULTS == {
        "employer.account": Rate(10, 86400),
        "change.account": Rate(1200, 300),
        "change.employer": Rate(6000, 300),
        "operation.employer": Rate(120, 3600),
        "command.account": Rate(1200, 300),
        "login.account": Rate(10, 300),
        "login.device": Rate(10, 300),
        "login.devices": Rate(50, 300),
        "login.address": Rate(100, 300),
        "code.account": Rate(50, 86400),
        "mail.visitor": Rate(5, 3600),
        "mail.address": Rate(50, 3600),
        "mail.account": Rate(20, 3600),
        "password.session": Rate(10, 300),
        "password.link": Rate(10, 300),
        "export.account": Rate(3, 86400),
        "upload.account": Rate(30, 3600),
        "completion.account": Rate(60, 3600),
        "facts.account": Rate(30, 3600),
        "import.account": Rate(30, 3600),
    }  # fmt: skip
    changed = read_limits(" login.account = 20 per minute ,, mail.address=1 per 2 days,")
    assert changed == {
        **DEFAULTS, "login.account": Rate(20, 60), "mail.address": Rate(1, 172800),
    }  # fmt: skip
    assert DEFAULTS["login.account"] == Rate(10, 300)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("login.acount=1 per hour", "Unknown limit 'login.acount'. Known limits: login.account, "),
        ("login.account=often", "'often' is not a rate"),
        ("login.account", "'' is not a rate"),
        ("10 per hour", "Unknown limit '10 per hour'."),
    ],
)
def test_invalid_setting_is_explained(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_limits(text)


def test_limits_come_from_the_environment(
    http: Client, parts: Container, monkeypatch: pytest.MonkeyPatch, hashing: PasswordCheckCounter
) -> None:
    monkeypatch.setenv("HIRELANE_AUTH_LIMITS", "login.account=2 per hour")
    secrets = msgspec.json.encode(parts.settings.secrets)
    parts.override(settings=load_settings(os.environ, lambda _: secrets))
    for _ in range(2):
        problem_of(log_in(http), 401, "wrong-credentials")
    answer = log_in(http)
    problem_of(answer, 429, "too-many-requests")
    assert 3595 <= int(answer.headers["Retry-After"]) <= 3600
    assert json.loads(answer.body)["title"] == "Too many requests"
    assert audit_event_names(parts) == ["log_in_failed"] * 2


def test_device_token_ends_after_a_year_or_new_credentials(
    http: Client, parts: Container, ada: Person, clock: ManualClock
) -> None:
    account = parts.auth.accounts.get(ada.id)
    devices = DeviceTokens(parts.auth.device_tokens.key, clock.seconds)
    token = devices.issue(account)
    assert devices.find_device_id(account, token)
    assert devices.find_device_id(None, token) is None
    assert devices.find_device_id(account, token + "x") is None
    assert devices.find_device_id({**account, "_id": new_id()}, token) is None
    assert devices.find_device_id({**account, "password": "another"}, token) is None
    factor = {"on": True, "secret": "x"}
    assert devices.find_device_id({**account, "second_factor": factor}, token) is None
    assert devices.find_device_id({**account, "second_factor": {**factor, "on": False}}, token)
    clock.forward(days=365, seconds=-1)
    assert devices.find_device_id(account, token)
    clock.forward(seconds=1)
    assert devices.find_device_id(account, token) is None


def test_known_device_counts_for_three_limits(
    http: Client, parts: Container, ada: Person, redis: Redis
) -> None:
    account = parts.auth.accounts.get(ada.id)
    log_in(http, device_token=parts.auth.device_tokens.issue(account))
    assert [key.rpartition(":")[0] for key in limit_keys(redis)] == [
        "{hl:limits}:login.address",
        "{hl:limits}:login.device",
        "{hl:limits}:login.devices",
    ]


def test_owner_logs_in_after_a_reset_while_others_guess(
    http: Client, parts: Container, ada: Person
) -> None:
    for _ in range(10):
        log_in(http, password="guessed")
    problem_of(log_in(http), 429, "too-many-requests")
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": ada.email}), 202)
    body = {
        "token": newest_link_token(parts, LinkPurpose.RESET_PASSWORD),
        "password": OTHER_PASSWORD,
    }
    answer = send(http, "POST", "/v1/passwords/reset", body)
    device = cookie_value(answer, "device")
    body_of(log_in(http, password=OTHER_PASSWORD, device_token=device))


def ask_for_mail(http: Client, kind: str, email: str, token: str) -> int:
    """Request an e-mail to an address. Return the status."""
    path, body = {
        "register": ("/v1/accounts", {"email": email, "name": "Bob", "password": PASSWORD}),
        "forgotten": ("/v1/passwords/forgotten", {"email": email}),
        "change": ("/v1/account/email", {"email": email, "password": PASSWORD}),
    }[kind]
    return int(send(http, "POST", path, body, token).status_code)


@pytest.mark.parametrize("kind", ["register", "forgotten", "change"])
def test_email_requests_are_limited_by_purpose_and_mailbox(
    http: Client, ada: Person, kind: str
) -> None:
    """A visitor at the limit of one purpose and mailbox can use all others."""
    for _ in range(5):
        assert ask_for_mail(http, kind, "bob@example.com", ada.token) == 202
    assert ask_for_mail(http, kind, "bob@example.com", ada.token) == 429
    assert ask_for_mail(http, kind, "eve@example.com", ada.token) == 202
    for other in {"register", "forgotten", "change"} - {kind}:
        assert ask_for_mail(http, other, "bob@example.com", ada.token) == 202
