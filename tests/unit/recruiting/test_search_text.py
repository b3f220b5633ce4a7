"""Search terms and searchable texts, in every script."""

# ruff: noqa: RUF001 - letters of other scripts are what these tests are about.

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.recruiting.postings.search_text import (
    contains_terms,
    search_terms,
    searchable_text,
)

SCRIPTS = (
    "aZ ßIıİşÇéøŁ ΚΌσς Жйё שָׁ مُأك हिन्दी ขายกำ 软件工程师 がカﾞ 한국 ខ្មែរ 7٣७７ ++#. \u200d\u00ad"
)


def finds(query: str, *texts: str) -> bool:
    terms = search_terms(query)
    return bool(terms) and contains_terms(searchable_text(*texts), terms)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("BOAT buil", "Boat builder"),
        ("creme BRÛLÉE", "Cre\u0301me brûlée"),
        ("strasse", "STRAẞE"),
        ("Lodz Tromso thorshofn", "Łódź, Tromsø, Þórshöfn"),
        ("aşçı", "AŞÇI"),  # the dotless i, both ways
        ("asci", "AŞÇI"),
        ("diyarbakir", "Diyarbakır"),
        ("DİYARBAKIR", "Diyarbakır"),
        ("ıstanbul", "İSTANBUL"),
        ("κοσμος", "ΚΌΣΜΟΣ"),
        ("елка", "Ёлка"),
        ("שלום", "שָׁלוֹם"),
        ("احمد", "أَحْمَد"),
        ("کتاب", "كتاب"),
        ("हिन्दी", "हिन्दी शिक्षक"),
        ("हिन्द", "हिन्दी"),
        ("工程师", "高级软件工程师"),
        ("AI工程师", "高级AI 工程师"),
        ("ขาย", "พนักงานขาย"),
        ("エンジニア", "ソフトウェアｴﾝｼﾞﾆｱ"),
        ("엔지니어", "소프트웨어엔지니어"),
        ("ខ្មែរ", "ភាសាខ្មែរ"),
        ("2024 7", "٢٠٢٤ ७"),
        ("engi\u200bneer", "engi\u00adneer\ufe0f"),
        ("№ ① ﬁtter", "No 1 fitter"),
        ("C++", "C/C＋＋"),
        ("c++", "C++17"),
        ("C#", "F#, C♯."),
        (".NET", "ASP.NET"),
        ("net js", "ASP.NET, Node.js."),
        ("node.js", "React and Node.js."),
        ("50", "50+ people"),
    ],
)
def test_query_finds_other_spellings(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("C++", "Cook, C and C#"),
        (".NET", "Network"),
        ("oat", "Boat"),
        ("が", "か"),
        ("か", "が"),
        ("工程师", "工程"),
        ("हिन्दी", "हिन्दू"),
        ("boat rope", "Boat"),
        (".* ^$ --- “…” +++", ".* ^$ --- “…” +++"),
        ("", "Boat"),
    ],
)
def test_query_finds_no_other_words(query: str, text: str) -> None:
    assert not finds(query, text)


@given(st.one_of(st.text(), st.text(SCRIPTS)))
def test_text_finds_itself_in_every_spelling(text: str) -> None:
    terms = search_terms(text)
    assert contains_terms(searchable_text(text), terms)
    joined = "\u200d".join(text)
    spellings = [text.upper(), text.casefold(), joined]
    spellings += [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    for spelling in spellings:
        assert search_terms(spelling) == terms


@given(st.lists(st.text(SCRIPTS), max_size=4))
def test_terms_do_not_depend_on_where_texts_are_split(texts: list[str]) -> None:
    assert searchable_text(*texts) == searchable_text(" ".join(texts))
