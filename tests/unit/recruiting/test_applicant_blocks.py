"""Blocks of applications: the words and states of many applications."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.common.ids import new_id
from chalicelib.recruiting.applicant_index.blocks import Block
from chalicelib.recruiting.postings.search_text import (
    contains_terms,
    search_terms,
    searchable_text,
)

IDS = [new_id() for _ in range(6)]
WORDS = ("Ada", "adapt", "Añejo", "C++", "c", "工程师", "高级软件工程师", "พนักงานขาย", "ขาย")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
STEPS = st.lists(
    st.tuples(st.sampled_from(IDS), TEXTS, st.sampled_from(("new", "~new", ""))), max_size=20
)


@given(STEPS, TEXTS)
def test_block_finds_and_counts_what_was_not_removed(
    steps: list[tuple[str, str, str]], query: str
) -> None:
    block, texts, states = Block(), dict[str, str](), dict[str, str]()
    for application, text, state in steps:
        if not state:
            block.change({}, {}, [application])
            texts.pop(application, None)
            states.pop(application, None)
        elif application in texts:
            block.change({application: state}, {})
            states[application] = state
        else:
            texts[application], states[application] = searchable_text(text), state
            block.change({application: state}, {application: texts[application]})
        block = Block(block.encode())
    terms = search_terms(query)
    for state in ("new", "~new"):
        assert set(block.find(terms, state.__eq__)) == {
            one
            for one, text in texts.items()
            if states[one] == state and contains_terms(text, terms)
        }
    assert block.counts() == Counter(states.values())
    assert set(block.ids()) == set(texts)
    if not texts:
        assert not any(word.encode() in block.encode() for word in ("ada", "工程师"))
