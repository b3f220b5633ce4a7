"""Ids sort by time, have one written form, and are new in every process."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.common.ids import is_id, new_id
from chalicelib.queue import Lanes
from chalicelib.recruiting.applications.jobs import amendment_job_id

NOT_USED: Any = None


def test_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_sort_by_time() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


@pytest.mark.parametrize("text", ["", "x", "{}", "$ne", "01A20ECF-8A92-73E0-9454-11C808C1B646"])
def test_other_texts_are_not_ids(text: str) -> None:
    assert not is_id(text)
    assert is_id(new_id())


@pytest.mark.parametrize(
    "make",
    [new_id, lambda: amendment_job_id("a"), lambda: Lanes(NOT_USED, "mail").new_drain().drain_id],
    ids=["document", "amendment", "drain"],
)
def test_processes_of_one_snapshot_make_different_ids(make: Callable[[], str]) -> None:
    """SnapStart restores the state of ``random``, so each process would draw the same numbers."""
    made = set()
    for _ in range(2):
        random.seed(1)
        made.add(make())
    assert len(made) == 2
