"""Keys in the Idempotency-Key header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.errors import InvalidIdempotencyKey
from chalicelib.http.idempotency import MAX_LENGTH, parse_key
from tests.support.properties import examples

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
KEYS = st.text(PRINTABLE, min_size=1, max_size=MAX_LENGTH)
UNQUOTED_KEYS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'),
    min_size=1,
    max_size=MAX_LENGTH,
)


def quote(key: str) -> str:
    """Return a key as a string of structured fields (RFC 9651)."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@given(KEYS)
@examples("two words", 'a "quote" and a \\', "k" * MAX_LENGTH)
def test_quoted_key_is_read(key: str) -> None:
    assert parse_key(quote(key)) == key
    assert parse_key(f" {quote(key)}\t") == key


@given(UNQUOTED_KEYS)
@examples("one", "k" * MAX_LENGTH)
def test_key_without_quotes_is_the_same_key(key: str) -> None:
    assert parse_key(key) == parse_key(f"\t{key} ") == parse_key(quote(key)) == key


@given(st.text(min_size=1), st.characters(exclude_characters="".join(map(chr, range(0x20, 0x7F)))))
def test_key_with_other_than_printable_ascii_is_refused(key: str, other: str) -> None:
    for text in (f"{key}{other}{key}", f'"{key}{other}"'):
        with pytest.raises(InvalidIdempotencyKey):
            parse_key(text)


@given(st.text(PRINTABLE, min_size=MAX_LENGTH + 1, max_size=MAX_LENGTH + 20))
@examples("k" * (MAX_LENGTH + 1))
def test_key_that_is_too_long_is_refused(key: str) -> None:
    for text in (quote(key), key.replace(" ", "x").replace('"', "x")):
        with pytest.raises(InvalidIdempotencyKey):
            parse_key(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", '""', "a b", "é"),
        # White space that is not ASCII, at either end and within quotes.
        *("\xa0one", "one\x85", "one\u2003", '"one\xa0"', "one\x0b"),
        # Neither a string of structured fields nor a key without quotes.
        *('"one', 'one"', 'o"ne', '"', '"one"two"', r'"o\ne"', '"one\\"', '"one";p=1', '"a", "b"'),
    ],
)
def test_invalid_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        parse_key(text)
