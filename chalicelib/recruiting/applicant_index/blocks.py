"""Blocks: the words and states of many applications for one posting."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# So that 100,000 applications are 50 blocks, of about 1 MB each.
BLOCK_SIZE = 2000
# Long letters fill a block earlier. A document of MongoDB has at most 16 MB.
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
    """Return whether a list has applications in a state: of one stage or of all (None)."""
    return is_withdrawn(state) == withdrawn and stage in (None, state.removeprefix(_WITHDRAWN))


class _Content(msgspec.Struct, frozen=True):
    """A block as it is stored: an inverted index.

    Args:
        ids: the ids of the applications, 16 bytes each; zeros for one that was removed.
        states: their states.
        words: all words in their order, a space before each.
        postings: for each word the places of the applications that have it, two bytes each.
    """

    ids: bytes
    states: list[str]
    words: str
    postings: list[bytes]


class Block:
    """The words and states of at most 65,536 applications."""

    def __init__(self, content: bytes | None = None) -> None:
        stored = msgspec.msgpack.decode(content, type=_Content) if content else None
        self._ids = list(_split_ids(stored.ids)) if stored else []
        self._states = stored.states if stored else []
        self._words = stored.words if stored else ""
        self._postings = stored.postings if stored else []

    def encode(self) -> bytes:
        """Return the block as it is stored."""
        ids = b"".join((UUID(one) if one else _NOBODY).bytes for one in self._ids)
        return msgspec.msgpack.encode(_Content(ids, self._states, self._words, self._postings))

    def ids(self) -> list[str]:
        """Return the ids of the applications."""
        return [one for one in self._ids if one]

    def states(self) -> dict[str, str]:
        """Return the states of the applications by id."""
        return {one: state for one, state in zip(self._ids, self._states, strict=True) if one}

    def counts(self) -> dict[str, int]:
        """Return the numbers of applications by state."""
        return dict(Counter(self.states().values()))

    def find(self, terms: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield id and state of the applications that have all search terms."""
        places = set(range(len(self._ids)))
        for term in terms:
            if term not in self._words:
                return
            places &= self._places(term)
        for place in places:
            if self._ids[place]:
                yield self._ids[place], self._states[place]

    def change(
        self, states: Mapping[str, str], texts: Mapping[str, str], removed: Iterable[str] = ()
    ) -> None:
        """Set states, add applications, and remove some with all their words.

        Args:
            states: states by application id.
            texts: the searchable texts of the applications to add, by id.
            removed: the ids of the applications to remove.
        """
        place_of = {one: place for place, one in enumerate(self._ids) if one}
        gone = {place_of[one] for one in removed if one in place_of}
        index: dict[str, array[int]] = {}
        for word, places in zip(self._words.split(" ")[1:], self._postings, strict=True):
            kept = array("H", places)
            if gone:
                kept = array("H", (place for place in kept if place not in gone))
            if kept:
                index[word] = kept
        for place in gone:
            self._ids[place] = self._states[place] = ""
        for one, state in states.items():
            if one in place_of:
                self._states[place_of[one]] = state
        for one, text in texts.items():
            for word in text.split(" ")[1:]:
                index.setdefault(word, array("H")).append(len(self._ids))
            self._ids.append(one)
            self._states.append(states[one])
        words = sorted(index)
        self._words = "".join(f" {word}" for word in words)
        self._postings = [index[word].tobytes() for word in words]

    def _places(self, term: str) -> set[int]:
        words = self._words.split(" ")[1:]
        if term.startswith(" "):
            start = term[1:]
            first = bisect_left(words, start)
            numbers: Iterable[int] = range(first, bisect_left(words, f"{start}\U0010ffff", first))
        else:
            numbers = [number for number, word in enumerate(words) if term in word]
        places: set[int] = set()
        for number in numbers:
            places.update(array("H", self._postings[number]))
        return places


def _split_ids(ids: bytes) -> Iterator[str]:
    for start in range(0, len(ids), 16):
        one = UUID(bytes=ids[start : start + 16])
        yield "" if one == _NOBODY else str(one)
