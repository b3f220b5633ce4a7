"""The command that writes which module declares the routes of each path."""

import json
from collections import defaultdict

import click

from app import app
from chalicelib.bootstrap.route_paths import FILE
from chalicelib.http.routing import all_routes


@click.command("routes")
def command() -> None:
    """Write which module of the API declares the routes of each path."""
    FILE.write_text(route_paths())


def route_paths() -> str:
    """Return the paths of the routes of each module, as JSON."""
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for route in all_routes(app):
        paths[route.view.__module__].add(route.path)
    content = {module: sorted(found) for module, found in sorted(paths.items())}
    return json.dumps(content, indent=2) + "\n"
