"""Cookies that only this origin's server reads."""

from __future__ import annotations

import pytest

from chalicelib.http.cookies import cookie, no_cookie, read_cookie
from tests.unit.auth.token_forger import make_request

OURS = "__Host-hirelane-refresh=a.1.b-_Z"


def test_a_cookie_is_for_this_server_alone() -> None:
    assert cookie("refresh", "a.1.b-_Z", 2592000) == (
        "__Host-hirelane-refresh=a.1.b-_Z; Max-Age=2592000; Path=/; Secure; HttpOnly; "
        "SameSite=Strict"
    )


def test_a_cookie_is_taken_away() -> None:
    assert no_cookie("device") == (
        "__Host-hirelane-device=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"
    )


@pytest.mark.parametrize(
    "header",
    [OURS, f"a=b; {OURS}", f"{OURS}; a=b", f"a=b; {OURS}; __Host-hirelane-device=x", f"a=b;{OURS}"],
)
@pytest.mark.parametrize("name", ["Cookie", "cookie"])
def test_a_cookie_is_read(name: str, header: str) -> None:
    assert read_cookie(make_request({name: header}), "refresh") == "a.1.b-_Z"


def test_what_is_set_is_read() -> None:
    value, _, _ = cookie("device", "x.y-z_0", 60).partition(";")
    assert read_cookie(make_request({"Cookie": value}), "device") == "x.y-z_0"


@pytest.mark.parametrize(
    "header",
    [
        "",
        ";",
        "x",
        "=",
        "refresh=x",
        "hirelane-refresh=x",
        "__Host-refresh=x",
        "__Host-hirelane-device=x",
        "__Secure-hirelane-refresh=x",
        "x__Host-hirelane-refresh=x",
        "__host-hirelane-refresh=x",
        "__Host-hirelane-refresh",
        "__Host-hirelane-refresh=",
        "a@b=1",
        "a,b=1",
        "\0",
    ],
)
def test_no_cookie_of_this_name(header: str) -> None:
    assert read_cookie(make_request({"Cookie": header}), "refresh") == ""


def test_no_cookies_at_all() -> None:
    assert read_cookie(make_request(), "refresh") == ""


@pytest.mark.parametrize(
    "other", ["a@b=1", 'a={"b":1}', "path=/x", "domain=x", "a b=1", "flag", "é=1", "a=é", "=x", ""]
)
def test_a_cookie_of_someone_else_does_not_hide_ours(other: str) -> None:
    """Other sites of the same domain set what they like, and browsers send it all."""
    for header in (f"{other}; {OURS}", f"{OURS}; {other}"):
        assert read_cookie(make_request({"Cookie": header}), "refresh") == "a.1.b-_Z"
