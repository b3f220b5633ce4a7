"""The metrics that the functions can write, read from the code without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (
    ROOT / "app.py",
    *sorted((ROOT / "chalicelib").rglob("*.py")),
    *sorted((ROOT / "worker_functions").glob("*/app.py")),
)
# The calls that write metrics, or get their names.
CALLS = ("count", "measure", "SweepTask", "Done", "Worker")
# Arguments of ``count`` and ``measure`` that are no dimensions.
NO_DIMENSIONS = {"properties", "value", "name"}
Dimensions = frozenset[str]
# ``SweepTask`` and ``LoggingObserver`` write metrics whose names are given to them.
BY_TASK: Dimensions = frozenset({"stage"})
BY_KIND: Dimensions = frozenset({"stage", "kind"})


# Effects of jobs that are names of events (recruiting/applications/events.py).
EVENTS = ("amended", "moved", "rejected", "reinstated", "hired")
# Results of reports of SES (notifications/feedback.py).
FEEDBACK = ("mail_bounced", "mail_feedback_ignored", "mail_feedback_refused", "mail_reported")


@cache
def written_metrics() -> dict[str, Dimensions]:
    """Return the dimensions of each metric by its name."""
    found: dict[str, Dimensions] = {
        **dict.fromkeys(EVENTS, BY_KIND),
        **dict.fromkeys(FEEDBACK, BY_TASK),
    }
    for path in SOURCES:
        text = path.read_text()
        # Parsing every module would take a second.
        if not any(f"{call}(" in text for call in CALLS):
            continue
        for name, dimensions in _metrics_of(ast.parse(text)):
            assert found.setdefault(name, dimensions) == dimensions, (name, path)
    return found


def _metrics_of(tree: ast.Module) -> Iterator[tuple[str, Dimensions]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            yield from _measured_in(function)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        words = {word.arg: word.value for word in node.keywords if word.arg}
        match ast.unparse(node.func):
            case "count":
                for name in _texts(node.args[0]):
                    yield name, _dimensions(node)
            case "SweepTask":
                for name in (*_texts(words["repaired"]), *_texts(words["failed"])):
                    yield name, BY_TASK
            case "Done" if "effect" in words:
                for name in _texts(words["effect"]):
                    yield name, BY_KIND
            case "Worker":
                for name in _texts(node.args[3]):
                    yield name, BY_KIND


def _measured_in(function: ast.FunctionDef) -> Iterator[tuple[str, Dimensions]]:
    """Yield what a function passes to ``measure``, as a literal or by way of its variables."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "measure"):
            continue
        metrics, dimensions = node.args[0], _dimensions(node)
        if isinstance(metrics, ast.Dict):
            for key in metrics.keys:
                for name in _texts(key):
                    yield name, dimensions
        elif function.name != "measure" and function.name != "count":
            for store in ast.walk(function):
                if isinstance(store, ast.Subscript) and isinstance(store.ctx, ast.Store):
                    for name in _texts(store.slice):
                        yield name, dimensions


def _dimensions(call: ast.Call) -> Dimensions:
    return frozenset({"stage", *(word.arg for word in call.keywords if word.arg)} - NO_DIMENSIONS)


def _texts(node: ast.expr | None) -> Iterator[str]:
    """Yield the texts that an expression can be: its constants that are not empty."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
