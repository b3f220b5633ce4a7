"""Files of applications, as they are stored."""

from __future__ import annotations

from typing import Any

from chalicelib.common.ids import new_id


def example_file(name: str = "resume.pdf") -> dict[str, Any]:
    """Return the description of a new file."""
    kind = name.rpartition(".")[2]
    return {"id": new_id(), "name": name, "type": kind, "bytes": 7, "sha256": "0" * 64}
