"""Models of the API for erasures."""

from __future__ import annotations

from typing import Literal

import msgspec


class AcceptedErasure(msgspec.Struct, frozen=True):
    """The answer to an accepted erasure. ``id`` is the application that it erases."""

    id: str
    status: Literal["erasing"] = "erasing"
