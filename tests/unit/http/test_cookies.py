"""Cookies that only the server of this origin reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.cookies import delete_cookie, read_cookie, set_cookie
from tests.support.properties import examples
from tests.unit.auth.token_forger import make_request

VALUE = "a.1.b-_Z"
OURS = f"__Host-hirelane-refresh={VALUE}"
VALUES = st.text("abcXYZ019.-_", min_size=1)
# What other sites of the same domain set, and browsers send along.
OTHER_COOKIES = st.text(st.characters(exclude_characters=";")).filter(
    lambda text: not text.strip().startswith("__Host-hirelane-refresh=")
)


def test_cookie_is_restricted_to_this_server() -> None:
    assert set_cookie("refresh", VALUE, 2592000) == (
        f"{OURS}; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Strict"
    )


def test_cookie_is_deleted() -> None:
    assert delete_cookie("device") == (
        "__Host-hirelane-device=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"
    )


@given(VALUES)
@examples("x.y-z_0")
def test_cookie_that_was_set_is_read(value: str) -> None:
    pair, _, _ = set_cookie("device", value, 60).partition(";")
    assert read_cookie(make_request({"Cookie": pair}), "device") == value


@pytest.mark.parametrize("name", ["Cookie", "cookie"])
def test_name_of_the_header_has_any_case(name: str) -> None:
    for header in (OURS, f"a=b;{OURS}", f"a=b; {OURS}; __Host-hirelane-device=x"):
        assert read_cookie(make_request({name: header}), "refresh") == VALUE


@given(OTHER_COOKIES)
@examples(
    "a=b", "a@b=1", 'a={"b":1}', "path=/x", "domain=x", "a b=1", "flag", "é=1", "a=é", "=x", ""
)
def test_cookies_of_other_sites_do_not_hide_ours(other: str) -> None:
    for header in (f"{other}; {OURS}", f"{OURS}; {other}", f"{other}; {OURS}; {other}"):
        assert read_cookie(make_request({"Cookie": header}), "refresh") == VALUE


@given(st.lists(OTHER_COOKIES, max_size=3).map(";".join))
@examples(
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
)
def test_cookie_of_another_name_is_not_read(header: str) -> None:
    assert read_cookie(make_request({"Cookie": header}), "refresh") == ""


def test_request_without_cookies_has_none() -> None:
    assert read_cookie(make_request(), "refresh") == ""
