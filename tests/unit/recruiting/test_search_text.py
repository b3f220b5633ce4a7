"""Search terms."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.recruiting.postings.search_text import search_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Boat builder, boat", ["boat", "builder"]),
        ("Crème BRÛLÉE", ["brulee", "creme"]),
        ("Cre\u0301me", ["creme"]),  # the accent is a character of its own
        ("Straße", ["strasse"]),
        ("Tromsø Łódź Þórshöfn", ["lodz", "thorshofn", "tromso"]),
        ("İzmir ΚΌΣΜΟΣ космос", ["izmir", "κοσμοσ", "космос"]),
        ("ﬁtter № ①", ["1", "fitter", "no"]),
        ("C++, 24/7 on-site_work", ["24", "7", "c", "on", "site", "work"]),
        ("東京 で", ["て", "東京"]),
        (".* ^$ --- “…”", []),
        ("", []),
    ],
)
def test_terms_have_no_case_no_accents_and_no_signs(text: str, terms: list[str]) -> None:
    assert search_terms(text) == terms


def test_terms_of_several_texts_are_distinct() -> None:
    assert search_terms("Sea and boat", "Boat and lake") == ["and", "boat", "lake", "sea"]


def test_every_spelling_of_a_word_has_the_same_term() -> None:
    assert search_terms("Ærøskøbing") == search_terms("ærøskøbing") == search_terms("AEROSKOBING")


@given(st.text())
def test_terms_are_sorted_distinct_and_have_no_accents(text: str) -> None:
    terms = search_terms(text)
    assert terms == sorted(set(terms))
    assert all(terms)
    assert not any(unicodedata.combining(character) for term in terms for character in term)


@given(st.lists(st.text(), max_size=4))
def test_terms_do_not_depend_on_where_texts_are_split(texts: list[str]) -> None:
    assert search_terms(*texts) == search_terms(" ".join(texts))


# The capital letter of the dotless i is "I", whose small letter is "i".
@given(
    st.text(
        st.characters(max_codepoint=0x24F, exclude_characters="\N{LATIN SMALL LETTER DOTLESS I}")
    )
)
def test_terms_of_latin_text_find_themselves(text: str) -> None:
    """A candidate who searches for a term of a posting finds it, in any case."""
    for term in search_terms(text):
        assert search_terms(term) == [term]
        assert search_terms(term.upper()) == [term]
