"""Blocks: the words and states of many applications for one posting."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

# 100,000 applications then fill 50 blocks of about 1 MB each.
BLOCK_SIZE = 2000
# Long cover letters fill a block earlier. A document of MongoDB has at most 16 MB.
BLOCK_BYTES = 4_000_000
_WITHDRAWN = "~"
_NOBODY = UUID(int=0)


def state_of(application: Mapping[str, Any]) -> str:
    """Return the stage of an application, marked if it was withdrawn."""
    stage: str = application.get("stage", "")
    return stage if application.get("active") else f"{_WITHDRAWN}{stage}"


def is_withdrawn(state: str) -> bool:
    """Return whether a state is that of a withdrawn application."""
    return state.startswith(_WITHDRAWN)


def is_listed(state: str, *, stage: str | None, withdrawn: bool) -> bool:
    """Return whether a list of one stage, or of all (None), has applications in a state."""
    return is_withdrawn(state) == withdrawn and stage in (None, state.removeprefix(_WITHDRAWN))


class _Content(msgspec.Struct, frozen=True):
    """A block as it is stored: an inverted index.

    Args:
        ids: the ids of the applications, 16 bytes each; zeros for one that was removed.
        states: their states.
        words: all words in alphabetical order, with a space before each.
        postings: for each word the indexes in ``ids`` of the applications that have it, as numbers
            of two bytes. The name is that of information retrieval, not that of vacancies.
    """

    ids: bytes
    states: list[str]
    words: str
    postings: msgspec.Raw


_EMPTY = _Content(b"", [], "", msgspec.Raw(msgspec.msgpack.encode([])))


class Block:
    """The words and states of at most 65,536 applications.

    The index is decoded only when it is needed, because most blocks that a search reads have none
    of its words.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self._content = msgspec.msgpack.decode(content, type=_Content) if content else _EMPTY

    def encode(self) -> bytes:
        """Return the block as it is stored."""
        return msgspec.msgpack.encode(self._content)

    def ids(self) -> list[str]:
        """Return the ids of the applications."""
        return [one for one in self._all_ids() if one]

    def states(self) -> dict[str, str]:
        """Return the states of the applications by id."""
        every = zip(self._all_ids(), self._content.states, strict=True)
        return {one: state for one, state in every if one}

    def counts(self) -> dict[str, int]:
        """Return the numbers of applications by state."""
        return dict(Counter(self.states().values()))

    def find(self, terms: Sequence[str], is_wanted: Callable[[str], bool]) -> Iterator[str]:
        """Yield the ids of the applications in wanted states that have all search terms."""
        if not all(term in self._content.words for term in terms):
            return
        states = self._content.states
        wanted = {state for state in set(states) if is_wanted(state)}
        places = {place for place, state in enumerate(states) if state in wanted}
        if places and terms:
            words, postings = self._words(), self._postings()
            for term in terms:
                places &= _places(term, words, postings)
        for place in places:
            if one := self._id(place):
                yield one

    def change(
        self, states: Mapping[str, str], texts: Mapping[str, str], removed: Iterable[str] = ()
    ) -> None:
        """Set states, add applications and words, and remove some with all their words.

        Args:
            states: states by application id.
            texts: searchable texts by id: of the applications to add, and of those that the block
                has and that get more words.
            removed: the ids of the applications to remove.
        """
        ids, present = self._all_ids(), list(self._content.states)
        place_of = {one: place for place, one in enumerate(ids) if one}
        gone = {place_of[one] for one in removed if one in place_of}
        extended: dict[int, set[str]] = {place_of[one]: set() for one in texts if one in place_of}
        index: dict[str, array[int]] = {}
        for word, places in zip(self._words(), self._postings(), strict=True):
            kept = array("H", places)
            if gone:
                kept = array("H", (place for place in kept if place not in gone))
            if kept:
                index[word] = kept
            for place in extended.keys() & kept if extended else ():
                extended[place].add(word)
        for place in gone:
            ids[place] = present[place] = ""
        for one, state in states.items():
            if one in place_of:
                present[place_of[one]] = state
        for one, text in texts.items():
            place = place_of.get(one, len(ids))
            for word in text.split(" ")[1:]:
                if word not in extended.get(place, ()):
                    index.setdefault(word, array("H")).append(place)
            if place == len(ids):
                ids.append(one)
                present.append(states[one])
        words = sorted(index)
        self._content = _Content(
            b"".join((UUID(one) if one else _NOBODY).bytes for one in ids),
            present,
            "".join(f" {word}" for word in words),
            msgspec.Raw(msgspec.msgpack.encode([index[word].tobytes() for word in words])),
        )

    def _words(self) -> list[str]:
        return self._content.words.split(" ")[1:]

    def _postings(self) -> list[bytes]:
        return msgspec.msgpack.decode(self._content.postings, type=list[bytes])

    def _all_ids(self) -> list[str]:
        return [self._id(place) for place in range(len(self._content.states))]

    def _id(self, place: int) -> str:
        """Return the id of the application at an index; empty if it was removed."""
        one = UUID(bytes=self._content.ids[place * 16 : place * 16 + 16])
        return "" if one == _NOBODY else str(one)


def _places(term: str, words: list[str], postings: list[bytes]) -> set[int]:
    """Return the indexes of the applications that have a term."""
    if term.startswith(" "):
        start = term[1:]
        first = bisect_left(words, start)
        numbers: Iterable[int] = range(first, bisect_left(words, f"{start}\U0010ffff", first))
    else:
        numbers = [number for number, word in enumerate(words) if term in word]
    places: set[int] = set()
    for number in numbers:
        places.update(array("H", postings[number]))
    return places
