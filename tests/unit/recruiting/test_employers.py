"""Employers: slugs from names, and texts that cannot disturb the text beside them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.recruiting.employers.models import EmployerDraft, Slug
from chalicelib.recruiting.employers.slugs import derive_slug
from chalicelib.recruiting.texts import clean_line, clean_text


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Yard & Sons", "yard-sons"),
        ("  Müller & Söhne GmbH ", "muller-sohne-gmbh"),
        ("Straße 7", "strasse-7"),
        ("C++", "c"),
        ("日本", ""),
        ("ﬁne", "fine"),
        ("a\u202eb", "ab"),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_slug_is_derived_from_the_name(name: str, slug: str) -> None:
    assert derive_slug(name) == slug


@given(st.text(max_size=300))
@example("-" * 200)
def test_derived_slug_is_valid_or_too_short(name: str) -> None:
    slug = derive_slug(name)
    if len(slug) >= 2:
        assert msgspec.convert(slug, Slug) == slug


@pytest.mark.parametrize(
    "slug", ["", "a", "-ab", "ab-", "a--b", "Ab", "a_b", "ä-b", "a b", "ab\n", "a" * 61, "../ab"]
)
def test_invalid_slug_is_refused(slug: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "Yard", "slug": slug}, EmployerDraft)


@pytest.mark.parametrize("about", ["a\0b", "\x1b[31m", "a\x85b", "x" * 10_001, "x" * 100_000])
def test_text_with_controls_or_too_long_is_refused(about: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "Yard", "about": about}, EmployerDraft)


def test_texts_are_stored_without_direction_controls() -> None:
    assert clean_line(" \u202eYard\u2066 <b> ") == "Yard <b>"
    assert clean_text("a\r\nb\rc\u2028d\n\n\u202dshalom שלום\t") == "a\nb\nc\nd\n\nshalom שלום"
