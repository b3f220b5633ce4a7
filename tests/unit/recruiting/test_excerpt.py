"""Excerpts: one line, cut at words or between grapheme clusters, near the target length."""

from __future__ import annotations

import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.recruiting.postings.excerpt import excerpt

FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{MICROSCOPE}"
CLUSTERS = [FAMILY, "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}", "e\u0301", "x", "中"]
CLUSTERS += [
    "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}",
    "नि",
    "กำ",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Build boats.", "Build boats."),
        ("Build\n\n- s\n- l", "Build - s - l"),
        ("Build ten boats", "Build ten boats"),  # exactly the length
        ("Build some boats", "Build some…"),
        ("Build many, many boats", "Build many…"),
        ("Build more boats", "Build more…"),
        ("Build the ships of", "Build the…"),
        ("Bootsbauerinnungen", "Bootsbauerinnu…"),
        ("Ein Bootsbauerinnungstag", "Ein Bootsbauer…"),  # its space is far from the length
        ("我们 " + "招" * 20, "我们 " + "招" * 11 + "…"),
        ("a" * 12 + FAMILY, "a" * 12 + FAMILY),
        ("a" * 12 + FAMILY * 2, "a" * 12 + "…"),
        ("a" * 13 + "e\u0301 and more", "a" * 13 + "…"),
        (" \n ", ""),
    ],
)
def test_excerpt_is_one_line_cut_near_the_length(text: str, expected: str) -> None:
    assert excerpt(text, 15) == expected


@given(
    st.lists(st.one_of(st.sampled_from([*CLUSTERS, " "]), st.text(max_size=3))).map("".join),
    st.integers(min_value=1, max_value=40),
)
def test_excerpt_fits_and_begins_as_the_text(text: str, length: int) -> None:
    line = " ".join(text.split())
    shown = excerpt(text, length)
    assert len(shown) <= length
    if len(line) <= length:
        assert shown == line
    else:
        assert shown.endswith("…")
        assert line.startswith(shown[:-1])


@given(st.lists(st.sampled_from(CLUSTERS), min_size=1).map("".join), st.integers(10, 40))
def test_excerpt_cuts_no_cluster_and_no_more_than_one(text: str, length: int) -> None:
    shown = excerpt(f"x {text}", length)
    if shown.endswith("…"):
        clusters = list(grapheme.graphemes(f"x {text}"))
        kept = list(grapheme.graphemes(shown[:-1]))
        assert kept == clusters[: len(kept)]
        assert len(shown) + len(clusters[len(kept)]) > length
