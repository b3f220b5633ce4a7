"""The catalogue of postings: what readers in several processes see, and what a read costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pymongo import MongoClient, monitoring

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.postings import posting_cache
from chalicelib.recruiting.postings.catalogue import PostingCatalogue
from chalicelib.recruiting.postings.catalogue_repository import PARTS, CatalogueRepository
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.models import Posting, PostingsQuery
from tests.integration.recruiting.candidates import copy_with
from tests.integration.recruiting.steps import publish
from tests.support.stores import Stores

# A read by `_id` examines only the documents that it returns.
ONE_DOCUMENT = ("posting_catalogue", ["_id"], 1)


class ReplyRecorder(monitoring.CommandListener):
    """Records each read of MongoDB: its collection, its filter, how many documents it returned."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, list[str], int]] = []
        self._filter: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self._filter = list(event.command.get("filter", {}))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if "cursor" in event.reply:
            cursor = event.reply["cursor"]
            collection = cursor["ns"].partition(".")[2]
            self.reads.append((collection, self._filter, len(cursor["firstBatch"])))

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def catalogue(parts: Container, build: Any = None) -> PostingCatalogue:
    """Return the catalogue of another process."""
    repository = CatalogueRepository(parts.database)
    postings = parts.recruiting.postings
    return PostingCatalogue(repository, build or postings.build_catalogue, postings.get)


def listed(some: PostingCatalogue, query: PostingsQuery | None = None) -> list[str]:
    return [one.id for one in some.open_postings().page(query or PostingsQuery(limit=50)).postings]


def test_list_examines_one_document(parts: Container, stores: Stores) -> None:
    for _ in range(45):
        publish(parts)
    recorder = ReplyRecorder()
    with MongoClient[dict[str, Any]](
        stores.mongodb_uri, event_listeners=[recorder], tz_aware=True
    ) as client:
        search = copy_with(parts, database=client.get_default_database()).recruiting.posting_search
        next_page = search.page(PostingsQuery()).next or ""
        publish(parts)
        recorder.reads.clear()
        search.facets()
        assert recorder.reads == [ONE_DOCUMENT] * 2, "the versions, the changed part"
        recorder.reads.clear()
        for query in (
            PostingsQuery(),
            PostingsQuery(cursor=next_page),
            PostingsQuery(workplace=("remote", "on-site"), location="Bergen"),
        ):
            search.page(query)
        search.facets()
        assert recorder.reads == [ONE_DOCUMENT] * 4


def test_read_posting_is_answered_from_memory(
    parts: Container, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting_cache, "MAX_POSTINGS", 2)
    recorder = ReplyRecorder()
    with MongoClient[dict[str, Any]](
        stores.mongodb_uri, event_listeners=[recorder], tz_aware=True
    ) as client:
        copy = copy_with(parts, database=client.get_default_database())
        some = copy.recruiting.catalogue
        first, second, third = (publish(parts) for _ in range(3))
        read: list[int] = []
        for posting_id in (first, second, first, third, first, second):
            recorder.reads.clear()
            assert some.get(posting_id).id == posting_id
            assert recorder.reads[0] == ONE_DOCUMENT
            read.append(len(recorder.reads) - 1)
        assert read == [1, 1, 0, 1, 0, 1], "the least recently read posting is forgotten"


def test_every_process_reads_a_changed_posting_at_once(parts: Container) -> None:
    repository = parts.recruiting.postings
    some, posting_id = catalogue(parts), publish(parts)
    for change in ({"title": "Sail maker"}, {"closes_at": datetime(2026, 1, 1, tzinfo=UTC)}):
        changed = msgspec.structs.replace(some.get(posting_id), **change)
        repository.publish(changed)
        assert some.get(posting_id) == changed
    parts.database["postings"].delete_one({"_id": posting_id})
    repository.build_catalogue()
    with pytest.raises(PostingNotFound):
        some.get(posting_id)


def test_publication_during_a_read_is_not_missed(parts: Container) -> None:
    repository, published = parts.recruiting.postings, publish(parts)
    changed = msgspec.structs.replace(repository.get(published), title="Sail maker")

    def find_old(posting_id: str) -> Posting:
        old = repository.get(posting_id)
        repository.publish(changed)
        return old

    some = PostingCatalogue(CatalogueRepository(parts.database), lambda: None, find_old)
    assert [some.get(published).title for _ in range(2)] == ["Boat builder", "Sail maker"]


def test_every_process_sees_a_publication_at_once(parts: Container) -> None:
    one, other = catalogue(parts), catalogue(parts)
    for _ in range(3):
        published = publish(parts)
        assert published in listed(one)
        assert listed(one) == listed(other)


def test_posting_leaves_the_list_when_it_closes(parts: Container) -> None:
    now = datetime.now(UTC)
    repository = CatalogueRepository(parts.database)
    postings = parts.recruiting.postings
    some = PostingCatalogue(repository, lambda: None, postings.get, lambda: now)
    stays, first, second = (
        publish(parts),
        publish(parts, timedelta(hours=1)),
        publish(parts, timedelta(hours=2)),
    )
    seen = []
    for hours in (0, 1.01, 2.01, 0):
        now = datetime.now(UTC) + timedelta(hours=hours)
        assert some.open_postings().page(PostingsQuery()).total == len(listed(some))
        seen.append(set(listed(some)))
    every = {stays, first, second}
    assert seen == [every, every - {first}, {stays}, every]


def test_postings_of_older_code_are_listed(parts: Container) -> None:
    """Neither the code before the catalogue nor a restored backup has written it."""
    expected = {publish(parts) for _ in range(3)}
    parts.database["posting_catalogue"].delete_many({})
    assert set(listed(catalogue(parts))) == expected


def test_build_removes_closed_and_deleted_postings(parts: Container) -> None:
    stays, deleted, closed = publish(parts), publish(parts), publish(parts)
    postings = parts.database["postings"]
    postings.delete_one({"_id": deleted})
    postings.update_one({"_id": closed}, {"$set": {"closes_at": datetime(2026, 1, 1, tzinfo=UTC)}})
    some = catalogue(parts)
    assert len(listed(some)) == 3
    parts.recruiting.postings.build_catalogue()
    assert listed(some) == [stays]
    repository = CatalogueRepository(parts.database)
    stored = repository.find_parts(repository.find_versions() or {})
    assert [one.id for part in stored.values() for one in part] == [stays]


def test_build_keeps_what_is_published_meanwhile(parts: Container) -> None:
    before = publish(parts)
    meanwhile: list[str] = []

    def find_and_publish() -> Iterable[dict[str, Any]]:
        found = list(parts.database["postings"].find())
        if len(meanwhile) < 2:
            meanwhile.append(publish(parts))
        return found

    some = catalogue(parts)
    CatalogueRepository(parts.database).build(find_and_publish)
    assert set(listed(some)) == {before, *meanwhile}
    assert parts.database["posting_catalogue"].count_documents({}) == PARTS + 1


def test_failed_read_is_repeated(parts: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    some = catalogue(parts)
    published = publish(parts)
    with monkeypatch.context() as broken:
        broken.setattr(CatalogueRepository, "find_parts", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            some.open_postings()
    assert listed(some) == [published]
