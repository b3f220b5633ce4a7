"""Ids sort by time and have one written form."""

from __future__ import annotations

import time
import uuid

import pytest

from chalicelib.common.ids import is_id, new_id


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
