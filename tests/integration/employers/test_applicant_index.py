"""The index of applicants: exact for every reader, whenever its writers are killed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from pymongo import MongoClient

from benchmarks.examined import ReadRecorder, documents_examined
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applicant_index import indexer, reader
from chalicelib.recruiting.applicant_index.blocks import Block, state_of
from chalicelib.recruiting.applicant_index.reader import SearchQuery
from chalicelib.recruiting.applications.events import ApplicationChange
from chalicelib.recruiting.file_texts.models import Extraction
from chalicelib.recruiting.postings.search_text import search_terms
from tests.integration.employers.example_files import example_file
from tests.integration.recruiting.candidates import copy_with
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill
from tests.support.stores import Stores

STEPS = 40
# More than an indexer makes for a batch.
WRITES = 8


class Scene:
    """Applications for one posting, and what happens to them."""

    def __init__(self, parts: Container, interrupter: WriteInterrupter) -> None:
        self.parts, self.interrupter = parts, interrupter
        self.employer, self.posting = new_id(), new_id()
        self.stored = parts.database["applications"]
        self.chance = random.Random(5)  # noqa: S311

    def add(self) -> None:
        candidate, now = new_id(), times.now()
        number = self.chance.randrange(3)
        account = {"_id": candidate, "name": "Ada", "email": f"{candidate}@example.com"}
        self.parts.database["accounts"].insert_one(account)
        document = {
            "_id": new_id(),
            "candidate_id": candidate,
            "employer_id": self.employer,
            "posting_id": self.posting,
            "cover_letter": f"I build boats {number}, secret{candidate[-6:]}.",
            "links": [],
            "files": [example_file()],
            "active": True,
            "stage": "new",
            "version": 2,
            **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
        }
        self.parts.recruiting.applications.insert([document])

    def change(self) -> None:
        if document := self._any():
            self._change(document)

    def read_file(self) -> None:
        """Store the text of a file, as the job does; again if it is stored already."""
        if document := self._any():
            self._read_file(document)

    def read_all_files(self) -> None:
        for document in self.stored.find({"employer_id": self.employer}):
            self._read_file(document)

    def _read_file(self, document: dict[str, Any]) -> None:
        # A file never changes, so neither does its text.
        number = int(document["_id"][-1], 16) % 3
        extraction = Extraction(text=f"Boats, welding {number} secret{document['_id'][-6:]}")
        own = document["candidate_id"], document["_id"], document["files"][0]["id"]
        self.parts.file_texts.texts.save(*own, extraction)

    def change_all(self) -> None:
        for document in self.stored.find({"employer_id": self.employer}):
            self._change(document)

    def _change(self, document: dict[str, Any]) -> None:
        change = ApplicationChange(document)
        if document["active"] and self.chance.random() < 0.2:
            change.withdraw()
        elif self.chance.random() < 0.3:
            change.add("amended", "candidate")
            number = self.chance.randrange(3)
            letter = f"Boats {number} are mine, secret{document['candidate_id'][-6:]}."
            change.set(cover_letter=letter, text_changed=True)
        else:
            change.add("moved", "-")
            change.set(stage=self.chance.choice(("new", "review", "rejected")))
        self.parts.recruiting.applications.save_changes([change])

    def erase(self) -> None:
        if document := self._any():
            self.erase_candidate(document["candidate_id"])

    def erase_candidate(self, candidate_id: str) -> None:
        self.interrupted(lambda: self.parts.privacy.candidate_data.remove(candidate_id))
        self.parts.privacy.candidate_data.remove(candidate_id)

    def erase_all(self) -> None:
        for candidate in self.stored.distinct("candidate_id"):
            self.parts.privacy.candidate_data.remove(candidate)

    def check_nothing_remains(self) -> None:
        assert self.stored.count_documents({}) == 0
        for stored in self.parts.database["applicant_blocks"].find():
            block = Block(stored["content"])
            assert (block.ids(), stored["pending"]) == ([], [])
            assert b"secret" not in stored["content"]

    def index(self) -> None:
        self.interrupted(lambda: self.parts.review.sweep_index())

    def interrupted(self, work: Callable[[], Any]) -> None:
        """Do work; kill it before some write, or let something else happen there."""
        document = self._any()
        erased = document["candidate_id"] if document else ""

        def sweep() -> None:
            self.parts.review.sweep_index()

        def erase() -> None:
            self.parts.privacy.candidate_data.remove(erased)

        other = self.chance.choice((kill, kill, sweep, self.add, erase))
        with suppress(Killed), self.interrupter.before(self.chance.randrange(WRITES), other):
            work()

    def check(self) -> None:
        """Compare counts and searches with the applications."""
        documents = list(self.stored.find({"employer_id": self.employer}))
        index = self.parts.review.index
        expected = Counter(map(state_of, documents))
        assert Counter(index.count(self.employer, self.posting)) == expected
        for query, stage in (
            ("boats ad", None),
            ("2", "new"),
            ("2 secret", "review"),
            ("weld", None),
        ):
            wanted = sorted(
                one["_id"]
                for one in documents
                if one["active"]
                and stage in (None, one["stage"])
                and all(
                    any(word.startswith(term) for word in self.words(one)) for term in query.split()
                )
            )
            assert self.search(query, stage) == wanted[::-1], (query, stage)

    def words(self, document: dict[str, Any]) -> list[str]:
        texts = [document["cover_letter"], *document.get("file_texts", {}).values()]
        text = " ".join(texts).replace(",", "").replace(".", "")
        return [*text.lower().split(), "ada"]

    def search(self, query: str, stage: str | None) -> list[str]:
        found: list[str] = []
        before: str | None = ""
        while before is not None:
            own = SearchQuery(
                self.employer, self.posting, search_terms(query), stage, False, before, 4
            )
            ids, before = self.parts.review.index.search(own)
            kept = {"_id": {"$in": ids}, "employer_id": self.employer, "active": True}
            documents = self.stored.find(kept)
            listed = {one["_id"] for one in documents if stage in (None, one["stage"])}
            found += [one for one in ids if one in listed]
        return found

    def _any(self) -> dict[str, Any] | None:
        documents = list(self.stored.find({"employer_id": self.employer}))
        return self.chance.choice(documents) if documents else None


@pytest.fixture
def scene(parts: Container, monkeypatch: pytest.MonkeyPatch) -> Scene:
    # Erasures would look for files of the applications.
    monkeypatch.delenv("HIRELANE_FILES_BUCKET")
    monkeypatch.setattr(indexer, "BLOCK_SIZE", 6)
    monkeypatch.setattr(indexer, "BLOCK_BYTES", 700)
    monkeypatch.setattr(indexer, "_BATCH", 5)
    monkeypatch.setattr(indexer, "LEAST_WAITING", 1)
    monkeypatch.setattr(reader, "MAX_WAITING", 3)
    monkeypatch.setattr(reader, "MAX_BLOCKS", 2)
    return Scene(parts, WriteInterrupter(monkeypatch, ("insert_many", "bulk_write")))


@pytest.mark.parametrize("event", ["kill", "erase", "change", "read"])
def test_index_is_exact_whatever_happens_between_its_writes(scene: Scene, event: str) -> None:
    happens = {
        "kill": kill,
        "erase": scene.erase_all,
        "change": scene.change_all,
        "read": scene.read_all_files,
    }[event]
    for write in range(WRITES):
        scene.add()
        scene.parts.review.sweep_index()
        scene.change_all()
        scene.read_file()
        scene.add()
        scene.add()
        with suppress(Killed), scene.interrupter.before(write, happens) as point:
            scene.parts.review.sweep_index()
        scene.check()
        scene.parts.review.sweep_index()
        scene.check()
        assert scene.stored.count_documents({"indexed": None}) == 0
        scene.erase_all()
        scene.check_nothing_remains()
        if not point.is_reached:
            break
    assert 3 < write < WRITES - 1, "the sweep was interrupted before each of its writes"


@pytest.mark.parametrize("write", range(5))
@pytest.mark.parametrize("event", ["kill", "sweep"])
def test_first_block_of_a_posting_is_found(scene: Scene, event: str, write: int) -> None:
    def happens() -> None:
        if event == "kill":
            kill()
        scene.add()
        scene.parts.review.sweep_index()

    scene.add()
    with suppress(Killed), scene.interrupter.before(write, happens):
        scene.parts.review.sweep_index()
    scene.check()
    scene.parts.review.sweep_index()
    scene.check()
    assert scene.stored.count_documents({"indexed": None}) == 0


def test_counts_are_exact_after_a_killed_erasure(scene: Scene) -> None:
    for write in range(WRITES):
        for _ in range(2):
            scene.add()
        scene.parts.review.sweep_index()
        candidate = scene.stored.distinct("candidate_id")[0]
        with suppress(Killed), scene.interrupter.before(write, kill):
            scene.parts.privacy.candidate_data.remove(candidate)
        scene.parts.privacy.candidate_data.remove(candidate)
        scene.check()


def test_index_is_exact_under_kills_and_forgets_everybody(scene: Scene) -> None:
    for _ in range(STEPS):
        weights = {scene.add: 4, scene.change: 3, scene.read_file: 2, scene.index: 2}
        weights[scene.erase] = 1
        [step] = scene.chance.choices(list(weights), list(weights.values()))
        step()
        scene.check()
    scene.erase_all()
    scene.parts.review.sweep_index()
    scene.check_nothing_remains()


def test_sweep_examines_nothing_that_is_indexed(parts: Container, stores: Stores) -> None:
    recorder = ReadRecorder()
    with MongoClient[dict[str, Any]](stores.mongodb_uri, event_listeners=[recorder]) as client:
        recorded = copy_with(parts, database=client.get_default_database())
        check_what_a_sweep_examines(recorded, recorder)


def check_what_a_sweep_examines(parts: Container, recorder: ReadRecorder) -> None:
    employer, posting = new_id(), new_id()
    documents: list[dict[str, Any]] = [
        {
            "_id": new_id(),
            "candidate_id": new_id(),
            "employer_id": employer,
            "posting_id": posting,
        }
        for _ in range(300)
    ]
    for document in documents[10:]:
        document["indexed"] = True
    parts.database["applications"].insert_many(documents)
    blocks: list[dict[str, Any]] = [
        {"_id": f"{posting}:{n}", "posting_id": posting, "number": n, "pending": []}
        for n in range(50)
    ]
    # As an earlier version left it.
    blocks[7]["pending"] = [documents[0]["_id"]]
    parts.database["applicant_blocks"].insert_many(blocks)
    parts.review.blocks.create_indexes()
    recorder.take()
    assert parts.review.blocks.find_pending() == [(posting, 7, [documents[0]["_id"]])]
    assert examined(recorder, parts) == 1
    assert parts.review.sweep_index() == 0
    # The waiting applications, and the one that was pending.
    assert examined(recorder, parts) <= 10 + 1
    assert parts.review.blocks.find_pending() == []
    assert examined(recorder, parts) == 0


def examined(recorder: ReadRecorder, parts: Container) -> int:
    """Return how many documents the reads since the last call examine."""
    return sum(documents_examined(parts.database, read) for read in recorder.take())


@pytest.mark.parametrize("seconds", [5.0, 0.0])
def test_each_sweep_indexes_something_however_slow(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(indexer, "_PAGE", 3)
    for _ in range(4):
        scene.posting = new_id()
        for _ in range(3):
            scene.add()
    while waiting := scene.stored.count_documents({"indexed": None}):
        assert scene.parts.review.indexer.sweep(seconds)
        assert scene.stored.count_documents({"indexed": None}) < waiting


@pytest.mark.parametrize("count", [1, 7, 40, 1000])
def test_pages_find_every_posting_with_enough_waiting(parts: Container, count: int) -> None:
    waiting, chance = parts.review.waiting, random.Random(3)  # noqa: S311
    waiting.create_indexes()
    counts = {
        (employer, new_id()): chance.choice((1, 2, 3, 9))
        for employer in (new_id() for _ in range(8))
        for _ in range(3)
    }
    parts.database["applications"].insert_many(
        {"_id": new_id(), "employer_id": employer, "posting_id": posting}
        for (employer, posting), number in counts.items()
        for _ in range(number)
    )
    wanted = {one for one, number in counts.items() if number >= 3}
    indexed: set[tuple[str, str]] = set()
    # A posting may be hidden behind one of its employer that is found, and indexed, before.
    for _ in range(3):
        before: str | None = ""
        while before is not None:
            page = waiting.find_postings(3, before=before, count=count)
            assert len(set(page.postings)) == len(page.postings)
            for employer, posting in page.postings:
                own = {"employer_id": employer, "posting_id": posting}
                parts.database["applications"].update_many(own, {"$set": {"indexed": True}})
            indexed.update(page.postings)
            before = page.before or None
    assert indexed == wanted
