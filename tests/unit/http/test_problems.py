"""The mapping of errors to problem documents."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chalicelib
from chalicelib.auth.errors import Unauthenticated
from chalicelib.common.errors import DomainError, InvalidField, TooManyRequests
from chalicelib.http.errors import HttpError, InvalidFieldType, ServiceUnavailable
from chalicelib.http.middleware import CHALICE_ERRORS
from chalicelib.http.problems import PROBLEMS, FieldError, problem_for
from chalicelib.recruiting.applications.errors import InvalidAnswers
from chalicelib.recruiting.postings.errors import PostingIncomplete

FIELD_ERRORS = (InvalidAnswers, PostingIncomplete)
ROOT = Path(chalicelib.__path__[0])


def modules() -> Iterator[str]:
    """The names of all modules of chalicelib."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        yield module.name


def subclasses(error: type) -> set[type]:
    """All subclasses of a class, direct or not."""
    direct: set[type] = set(error.__subclasses__())
    return direct.union(*map(subclasses, direct))


def used_names() -> set[str]:
    """All names that the code uses outside the modules that define and map errors."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if path.name not in ("errors.py", "problems.py"):
            tree = ast.parse(path.read_text())
            found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found


def test_every_error_is_mapped() -> None:
    for name in modules():
        importlib.import_module(name)
    errors = subclasses(DomainError) | subclasses(HttpError)
    assert errors == set(PROBLEMS)


def test_every_mapped_error_is_used() -> None:
    used = used_names() | {error.__name__ for error in CHALICE_ERRORS.values()}
    assert {error.__name__ for error in PROBLEMS} <= used


def test_each_slug_belongs_to_one_error() -> None:
    slugs = [problem.slug for problem in PROBLEMS.values()]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("status", CHALICE_ERRORS)
def test_error_of_chalice_keeps_its_status(status: int) -> None:
    assert PROBLEMS[CHALICE_ERRORS[status]].status == status


def test_invalid_field_is_named() -> None:
    for error, status in ((InvalidField, 422), (InvalidFieldType, 400)):
        document, headers = problem_for(error("email", "It is missing"))
        assert document.errors == (FieldError("email", "It is missing"),)
        assert (document.detail, document.status) == ("email: It is missing", status)
        assert headers == {}


def test_missing_authentication_sends_a_challenge() -> None:
    assert problem_for(Unauthenticated()).headers == {"WWW-Authenticate": 'Bearer realm="hirelane"'}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "1 second"),
        (1, "1 second"),
        (40, "40 seconds"),
        (60, "60 seconds"),
        (61, "2 minutes"),
        (3600, "60 minutes"),
        (3601, "2 hours"),
    ],
)
def test_rate_limit_says_when_to_retry(seconds: int, text: str) -> None:
    document, headers = problem_for(TooManyRequests("Too many attempts.", seconds))
    assert document.detail == f"Too many attempts. Try again in {text}."
    assert headers == {"Retry-After": str(max(1, seconds))}


def test_unavailable_service_says_when_to_retry() -> None:
    assert problem_for(ServiceUnavailable("x")).headers == {"Retry-After": "2"}


def test_header_of_a_type_is_sent_by_its_errors() -> None:
    for error, problem in PROBLEMS.items():
        arguments: list[Any] = [{"x": "y"}] if error in FIELD_ERRORS else ["x"]
        if issubclass(error, InvalidField):
            arguments.append("reason")
        if issubclass(error, TooManyRequests):
            arguments.append(1)
        assert set(problem_for(error(*arguments)).headers) == ({problem.header} - {""})
