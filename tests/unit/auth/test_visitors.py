"""Visitors: address, device and place of a request."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.auth.models import Visitor
from chalicelib.auth.routes.visitors import read_visitor
from tests.unit.auth.token_forger import make_request

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X; Macintosh)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{WINDOWS} {WEBKIT} Chrome/120.0 Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} {WEBKIT} Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        (f"{WINDOWS} {WEBKIT} Chrome/120.0 Safari/537.36 OPR/106.0", "Opera on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Firefox/121.0", "Firefox on Linux"),
        (f"{MAC} {WEBKIT} Version/17.0 Safari/605.1", "Safari on a Mac"),
        (f"{IPHONE} {WEBKIT} Version/17.0 Mobile/15E148 Safari/604.1", "Safari on an iPhone"),
        (f"{IPAD} {WEBKIT} Version/12.1 Safari/604.1", "Safari on an iPad"),
        (
            f"Mozilla/5.0 (Linux; Android 14) {WEBKIT} Chrome/120.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.31", "a Python program"),
        ("Python-urllib/3.13", "a Python program"),
        ("FIREFOX/121.0 (WINDOWS)", "Firefox on Windows"),
        ("something (Linux)", "an unknown program on Linux"),
        ("something", "an unknown program"),
        ("", "an unknown program"),
    ],
)
def test_user_agent_is_described_in_words(user_agent: str, device: str) -> None:
    assert read_visitor(make_request({"User-Agent": user_agent})).device == device


def test_missing_user_agent_is_an_unknown_program() -> None:
    assert read_visitor(make_request()).device == "an unknown program"


@pytest.mark.parametrize(
    ("address", "counted", "place"),
    [
        ("8.8.8.8", "8.8.8.8", "8.8.8.8"),
        ("2001:4860:4860:0:1:2:3:8888", "2001:4860:4860::/64", "2001:4860:4860:0:1:2:3:8888"),
        ("127.0.0.1", "127.0.0.1", "this computer"),
        ("::1", "::/64", "this computer"),
        ("10.1.2.3", "10.1.2.3", "a private network (10.1.2.3)"),
        ("192.168.0.7", "192.168.0.7", "a private network (192.168.0.7)"),
        ("fd00:0::7", "fd00::/64", "a private network (fd00::7)"),
        ("", "", "an unknown place"),
        ("nowhere", "nowhere", "an unknown place"),
        ("8.8.8.8.8", "8.8.8.8.8", "an unknown place"),
        ("8.8.8.8\n", "8.8.8.8\n", "an unknown place"),
    ],
)
def test_address_gives_counted_address_and_place(address: str, counted: str, place: str) -> None:
    assert read_visitor(make_request(address=address)) == Visitor(
        counted, "an unknown program", place
    )


@settings(deadline=None)
@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_addresses_of_one_ipv6_customer_count_together(address: IPv6Address, host: int) -> None:
    neighbour = IPv6Address(int(address) >> 64 << 64 | host)
    seen = {read_visitor(make_request(address=str(one))).address for one in (address, neighbour)}
    assert len(seen) == 1
    other = IPv6Address(int(address) ^ 1 << 64)
    assert read_visitor(make_request(address=str(other))).address not in seen


@settings(deadline=None)
@given(st.ip_addresses(v=4).map(str))
def test_ipv4_addresses_count_separately(address: str) -> None:
    assert read_visitor(make_request(address=address)).address == address


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_header_gives_a_description(user_agent: str, viewer: str) -> None:
    headers = {"User-Agent": user_agent, "CloudFront-Viewer-Address": viewer}
    visitor = read_visitor(make_request(headers, address="8.8.8.8"), behind_cdn=True)
    assert visitor.address
    assert visitor.device
    assert visitor.place


@pytest.mark.parametrize(
    ("viewer", "address"),
    [
        ("198.51.100.10:46532", "198.51.100.10"),
        ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2::/64"),
        ("nonsense", "8.8.8.8"),
        ("", "8.8.8.8"),
    ],
)
def test_cdn_header_gives_the_address_behind_a_cdn(viewer: str, address: str) -> None:
    asked = make_request({"cloudfront-viewer-address": viewer}, address="8.8.8.8")
    assert read_visitor(asked, behind_cdn=True).address == address
    assert read_visitor(asked).address == "8.8.8.8"


def test_request_without_address_is_an_unknown_place() -> None:
    assert read_visitor(make_request()) == Visitor("", "an unknown program", "an unknown place")
    asked = make_request()
    del asked.context["identity"]
    assert read_visitor(asked) == Visitor("", "an unknown program", "an unknown place")


CITY = {"CloudFront-Viewer-City": "Ghent"}
COUNTRY = {"CloudFront-Viewer-Country-Name": "Belgium"}


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        (CITY | COUNTRY, "Ghent, Belgium"),
        (COUNTRY, "Belgium"),
        (CITY, "Ghent"),
        (COUNTRY | {"CloudFront-Viewer-City": ""}, "Belgium"),
        ({}, "8.8.8.8"),
    ],
)
def test_cdn_headers_give_the_place_behind_a_cdn(headers: dict[str, str], place: str) -> None:
    asked = make_request(headers, address="8.8.8.8")
    assert read_visitor(asked, behind_cdn=True).place == place
    assert read_visitor(asked, behind_cdn=True).address == "8.8.8.8"


def test_cdn_headers_are_ignored_without_a_cdn() -> None:
    assert read_visitor(make_request(CITY | COUNTRY, address="8.8.8.8")).place == "8.8.8.8"
    assert (
        read_visitor(make_request(CITY | COUNTRY, "8.8.8.8"), behind_cdn=False).place == "8.8.8.8"
    )


def test_proxy_headers_are_ignored() -> None:
    headers = {"X-Forwarded-For": "1.1.1.1", "Forwarded": "for=1.1.1.1", "X-Real-IP": "1.1.1.1"}
    assert (
        read_visitor(make_request(headers, address="8.8.8.8"), behind_cdn=True).address == "8.8.8.8"
    )


def test_visitor_is_immutable() -> None:
    seen = read_visitor(make_request())
    with pytest.raises(AttributeError):
        setattr(seen, "place", "elsewhere")  # noqa: B010
