"""Modules with routes are registered when a request needs them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from chalice import Chalice

import app as api
from chalicelib.bootstrap.route_paths import FILE, read_route_paths
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.route_table import RouteTable
from chalicelib.http.routing import Blueprint
from infrastructure.cli.routes import route_paths

ROOT = Path(__file__).parents[3]
PATHS = {"/a": ["first"], "/b": ["first", "second"]}
ALL_PATHS = {"first": ("/a", "/b"), "second": ("/b", "/missing")}


@pytest.fixture
def registered() -> list[str]:
    """Return the list of what the table did; the fixture ``table`` writes to it."""
    return []


@pytest.fixture
def table(registered: list[str]) -> RouteTable:
    app = Chalice("test")

    def register(module: str) -> None:
        registered.append(module)
        method = {"first": "GET", "second": "POST"}[module]
        for path in ALL_PATHS[module]:
            app.route(path, methods=[method])(lambda: "")

    table = RouteTable(PATHS, ALL_PATHS, register, lambda: registered.append("complete"))
    app.routes = table
    return table


@pytest.mark.parametrize(
    ("look_up", "expected", "modules"),
    [
        (lambda table: list(table["/a"]), ["GET"], ["first"]),
        (lambda table: sorted(table.get("/b")), ["GET", "POST"], ["first", "second"]),
        (lambda table: "/a" in table, True, ["first"]),
        (lambda table: (table.get("/a"), list(table["/a"]))[1], ["GET"], ["first"]),
        # A path that is not in the file is found, and an unknown one is not.
        (lambda table: list(table.get("/missing")), ["POST"], ["first", "second", "complete"]),
        (lambda table: table.get("/x"), None, ["first", "second", "complete"]),
        (lambda table: "/x" in table, False, ["first", "second", "complete"]),
        # Chalice reads all paths in these ways.
        *(
            (look_up, ["/a", "/b", "/missing"], ["first", "second", "complete"])
            for look_up in (sorted, lambda table: sorted(table.keys()))
        ),
        (lambda table: bool(table), True, ["first", "second", "complete"]),
        (lambda table: len(table.values()), 3, ["first", "second", "complete"]),
        (lambda table: len(table.items()), 3, ["first", "second", "complete"]),
    ],
)
def test_look_up_registers_only_the_modules_it_needs(
    table: RouteTable,
    registered: list[str],
    look_up: Callable[[RouteTable], object],
    expected: object,
    modules: list[str],
) -> None:
    assert registered == []
    assert look_up(table) == expected
    assert registered == modules
    assert look_up(table) == expected
    assert registered == modules


def test_module_that_cannot_be_imported_is_tried_again() -> None:
    calls: list[str] = []

    def register(module: str) -> None:
        calls.append(module)
        if len(calls) == 1:
            raise ImportError(module)

    table = RouteTable({"/a": ["first"]}, ["first"], register, lambda: None)
    with pytest.raises(ImportError):
        table.get("/a")
    table.get("/a")
    assert calls == ["first", "first"]


def test_module_that_failed_half_way_is_registered_whole() -> None:
    """Also with the methods of its routes, which Chalice takes out of a blueprint."""
    app, blueprint = Chalice("test"), Blueprint("test")
    failures = [ImportError(), ImportError(), None]
    for path in ("/a", "/b"):
        blueprint.post(path, policy=PublicPolicy("anybody"), response={200: str})(lambda: "")

    def register(module: str) -> None:
        app.register_blueprint(blueprint)
        if error := failures.pop(0):
            raise error

    table = RouteTable({"/a": ["only"]}, ["only"], register, lambda: None)
    app.routes = table
    for _ in range(2):
        with pytest.raises(ImportError):
            table.get("/a")
    assert [list(table.get(path)) for path in ("/a", "/b")] == [["POST"], ["POST"]]


def test_check_of_all_routes_is_repeated_after_a_failure() -> None:
    failures = [ValueError("a route has no policy")] * 2

    def complete() -> None:
        if failures:
            raise failures.pop()

    table = RouteTable({}, ["only"], lambda module: None, complete)
    for _ in range(2):
        with pytest.raises(ValueError, match="policy"):
            table.register_all()
    table.register_all()


def test_file_names_the_modules_of_each_path() -> None:
    """``make routes`` writes the file after a change of the routes."""
    assert FILE.read_text() == route_paths()
    assert read_route_paths().keys() == api.app.routes.keys()


def test_api_registers_each_module_with_routes() -> None:
    blueprint = re.compile(r"^blueprint = Blueprint\(", re.MULTILINE)
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "chalicelib").rglob("*.py")
        if blueprint.search(path.read_text())
    }
    assert modules == api.SERVICES.keys()
