"""Which module declares the routes of a path, so that the others need not be imported."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).with_name("route_paths.json")


def read_route_paths() -> dict[str, list[str]]:
    """Return the modules with the routes of each path. ``make routes`` writes the file."""
    modules_by_path: dict[str, list[str]] = {}
    for module, paths in json.loads(FILE.read_text()).items():
        for path in paths:
            modules_by_path.setdefault(path, []).append(module)
    return modules_by_path
