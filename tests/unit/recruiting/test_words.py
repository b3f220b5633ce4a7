"""Words as they are searched for, and beginnings of texts."""

from __future__ import annotations

import pytest

from chalicelib.recruiting.postings.search_text import excerpt, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Boat builder, boat", ["boat", "builder"]),
        ("Crème BRÛLÉE", ["brulee", "creme"]),
        ("Cre\u0301me", ["creme"]),  # its accent a character of its own
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
def test_words_have_no_case_no_accents_and_no_signs(text: str, words: list[str]) -> None:
    assert words_in(text) == words


def test_the_words_of_several_texts_are_each_there_once() -> None:
    assert words_in("Sea and boat", "Boat and lake") == ["and", "boat", "lake", "sea"]


def test_a_word_finds_itself_however_it_is_written() -> None:
    assert words_in("Ærøskøbing") == words_in("ærøskøbing") == words_in("AEROSKOBING")


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("Build boats.", "Build boats."),
        ("Build\n\n- s\n- l", "Build - s - l"),
        ("Build ten boats", "Build ten boats"),  # just as long as may be
        ("Build some boats", "Build some…"),
        ("Build many, many boats", "Build many…"),
        ("Build more boats", "Build more…"),
        ("Build the ships of", "Build the…"),
        ("Bootsbauerinnungen", "Bootsbauerinnu…"),
        (" \n ", ""),
    ],
)
def test_an_excerpt_is_one_line_cut_at_a_word(text: str, beginning: str) -> None:
    assert excerpt(text, 15) == beginning


def test_an_excerpt_is_never_longer_than_asked_for() -> None:
    text = "a bb ccc dddd, eeeee; ffffff ggggggg"
    for length in range(1, len(text) + 2):
        assert len(excerpt(text, length)) <= length
