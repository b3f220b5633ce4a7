"""Fits what somebody wrote elsewhere into a resume, and names what does not fit.

The schema of JSON Resume allows more than this API stores: unknown fields, texts of any length, and
any text as a date. Each value that does not fit is left out and named; nothing else of it is.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import inspect

from chalicelib.recruiting.profiles.models import LeftOut
from chalicelib.recruiting.profiles.resume import Resume

MOST_LEFT_OUT = 100
# They describe the document, and not the person.
_ABOUT_THE_DOCUMENT = {"$schema", "meta"}
# What the type of texts does not allow.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NO_VALUE = object()


def fit_resume(document: Any) -> tuple[Resume, list[LeftOut]]:
    """Return a resume with all values of a document that fit, and those that were left out.

    A document that ``ProfileService.resume`` returned fits as a whole.
    """
    fitter = _Fitter()
    if isinstance(document, dict):
        document = {key: document[key] for key in document if key not in _ABOUT_THE_DOCUMENT}
    value = fitter.fit(document, inspect.type_info(Resume), "")
    resume = Resume() if value is _NO_VALUE else msgspec.convert(value, Resume)
    return resume, fitter.left_out[:MOST_LEFT_OUT]


class _Fitter:
    """Collects what does not fit."""

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []

    def fit(self, value: Any, kind: inspect.Type, path: str) -> Any:
        """Return what of a value fits a type, or ``_NO_VALUE``."""
        description = ""
        if isinstance(kind, inspect.Metadata):
            description = str((kind.extra_json_schema or {}).get("description", ""))
            kind = kind.type
        if value is None:
            return _NO_VALUE
        if isinstance(kind, inspect.StructType):
            return self._fit_part(value, kind, path)
        if isinstance(kind, inspect.ListType):
            return self._fit_list(value, kind, path)
        if not isinstance(kind, inspect.StrType):
            raise TypeError(kind)
        return self._fit_text(value, kind, path, description)

    def _fit_part(self, value: Any, kind: inspect.StructType, path: str) -> Any:
        if not isinstance(value, dict):
            return self._leave_out(path, "It is not an object")
        types = {field.encode_name: field.type for field in kind.fields}
        fitted = {}
        for name, own in value.items():
            at = f"{path}.{name}" if path else name
            if name not in types:
                self._leave_out(at, "JSON Resume has no such field")
            elif (fit := self.fit(own, types[name], at)) is not _NO_VALUE:
                fitted[name] = fit
        return fitted

    def _fit_list(self, value: Any, kind: inspect.ListType, path: str) -> Any:
        if not isinstance(value, list):
            return self._leave_out(path, "It is not a list")
        most = kind.max_length or len(value)
        if len(value) > most:
            self._leave_out(f"{path}[{most}]", f"The list has more than {most} entries")
        fitted = (
            self.fit(one, kind.item_type, f"{path}[{n}]") for n, one in enumerate(value[:most])
        )
        return [one for one in fitted if one is not _NO_VALUE]

    def _fit_text(self, value: Any, kind: inspect.StrType, path: str, description: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return self._leave_out(path, "It is not a text")
        text = _CONTROLS.sub("", str(value))
        if kind.max_length is not None and len(text) > kind.max_length:
            return self._leave_out(path, f"It has more than {kind.max_length:,} characters")
        if kind.pattern is not None and not re.search(kind.pattern, text):
            return self._leave_out(path, f"Expected {description[:1].lower()}{description[1:]}")
        return text

    def _leave_out(self, path: str, reason: str) -> Any:
        self.left_out.append(LeftOut(path[:200], reason))
        return _NO_VALUE
