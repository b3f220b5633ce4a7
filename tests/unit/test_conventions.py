"""Conventions of the code base that no other tool checks (docs/style.md)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "chalicelib").rglob("*.py"))
STYLESHEETS = sorted((ROOT / "web").rglob("*.css"))
CONTAINERS = sorted(
    path
    for path in (ROOT / "chalicelib" / "bootstrap").glob("*.py")
    if "Container" in path.read_text()
)

MOST_LINES, MOST_CONTAINER_LINES, MOST_STYLESHEET_LINES = 250, 150, 300
# A gerund or a participle as the last word of a name. An error may be named by its condition.
VERB_FORM = re.compile(r"(?:ing|ed)$")
NOUNS = {"recruiting", "routing", "ring", "posting"}


def classes(path: Path) -> Iterator[str]:
    """Yield the names of the classes in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            yield node.name


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_short(path: Path) -> None:
    most = MOST_CONTAINER_LINES if path in CONTAINERS else MOST_LINES
    assert len(path.read_text().splitlines()) <= most


@pytest.mark.parametrize("path", STYLESHEETS, ids=name_of)
def test_stylesheet_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_STYLESHEET_LINES


def test_all_containers_are_found() -> None:
    found = {path.stem for path in CONTAINERS}
    assert found >= {"auth", "auth_services", "container", "notifications", "recruiting"}


def test_modules_and_classes_are_named_by_nouns() -> None:
    wrong = []
    for path in MODULES:
        if path.name == "errors.py":
            continue
        names = {path.stem.split("_")[-1]: path.stem}
        names |= {re.findall(r"[A-Z][a-z0-9]*|[A-Z]+", name)[-1]: name for name in classes(path)}
        wrong += [
            f"{name_of(path)}: {name}"
            for last_word, name in names.items()
            if VERB_FORM.search(last_word) and last_word.lower() not in NOUNS
        ]
    assert wrong == []


def test_class_does_more_than_be_called() -> None:
    wrong = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                if "__call__" in methods and methods <= {"__init__", "__call__"}:
                    wrong.append(f"{name_of(path)}: {node.name}")
    assert wrong == []


def test_each_collection_is_named_in_one_module() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
                continue
            if ast.unparse(node.value).split(".")[-1].strip("_") == "database":
                named[str(node.slice.value)].add(name_of(path))
    assert len(named) >= 6
    assert {name: modules for name, modules in named.items() if len(modules) > 1} == {}
