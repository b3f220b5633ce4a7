"""Print what `chalice deploy` reads from the app in the current directory, to compare it later.

These are the routes, the functions, and the sources of their events.
"""

import json
from typing import Any

from chalice import Chalice


def describe(app: Chalice) -> dict[str, Any]:
    """Return the routes, functions and event sources of an app as values of JSON."""
    routes = [
        [path, method, entry.content_types, entry.api_key_required, _plain(entry.cors)]
        for path, by_method in sorted(app.routes.items())
        for method, entry in sorted(by_method.items())
    ]
    return {
        "routes": routes,
        "binary types": sorted(app.api.binary_types),
        "functions": sorted([f.name, f.handler_string] for f in app.pure_lambda_functions),
        "event sources": sorted(
            [type(source).__name__, *(f"{k}={_plain(v)}" for k, v in sorted(vars(source).items()))]
            for source in app.event_sources
        ),
    }


def _plain(value: Any) -> Any:
    """Return a text for an object of Chalice that has no useful `repr`."""
    if hasattr(value, "to_string"):
        return value.to_string()
    return sorted(map(str, vars(value).items())) if hasattr(value, "__dict__") else value


def main() -> None:
    """Print the description of `app` in `app.py`."""
    # The present directory is first in the import path.
    from app import app

    print(json.dumps(describe(app)))


if __name__ == "__main__":
    main()
