"""If-Match: a change is made only to the version that the client has read."""

from __future__ import annotations

import pytest

from chalicelib.common.versions import ExpectedVersions
from chalicelib.http.errors import PreconditionRequired
from chalicelib.http.preconditions import read_expected_versions
from tests.unit.auth.token_forger import make_request

ANY = None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"3"', {3}),
        (' "3"\t', {3}),
        ('W/"3"', {3}),
        ('"3", W/"4" ,"3"', {3, 4}),
        ("*", ANY),
        (" * ", ANY),
        ("", set()),
        ("3", set()),
        ('"*"', set()),
        ('"3", *', {3}),
        ('"-3"', set()),
        ('"3.0"', set()),
        ('"٣"', set()),
        ('w/"3"', set()),
        ('"1' + "0" * 18 + '"', set()),
    ],
)
def test_header_names_the_versions(header: str, expected: set[int] | None) -> None:
    versions = read_expected_versions(make_request({"If-Match": header}))
    assert versions == ExpectedVersions(None if expected is None else frozenset(expected))


def test_missing_header_is_explained() -> None:
    with pytest.raises(PreconditionRequired, match='If-Match: "3"'):
        read_expected_versions(make_request())


def test_only_expected_versions_are_changed() -> None:
    some = ExpectedVersions(frozenset({4, 2}))
    assert [version for version in range(6) if some.includes(version)] == [2, 4]
    assert some.to_filter() == {"version": {"$in": [2, 4]}}
    assert ExpectedVersions(None).includes(7)
    assert ExpectedVersions(None).to_filter() == {}
