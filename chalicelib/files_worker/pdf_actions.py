"""Finds what a PDF file would do in a viewer: scripts, programs, and data that it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

if TYPE_CHECKING:
    from collections.abc import Iterator

# The types of actions (ISO 32000-2, 12.6.4). Links and jumps within the file are harmless.
_ACTIVE = frozenset({"/ImportData", "/JavaScript", "/Launch", "/Rendition", "/SubmitForm"})
_ACTIVE_ANNOTATIONS = frozenset({"/3D", "/RichMedia"})
# How many annotations of a page, and actions of a chain, are looked at.
_MOST = 1000


def is_active(owner: Any) -> bool:
    """Return whether a catalog, a page or an annotation has actions that do something.

    What is damaged has no actions, because nothing of it is carried out here in any case.
    """
    try:
        return any(one.get("/S") in _ACTIVE for one in _actions(owner))
    except (MemoryError, RecursionError):
        raise
    except Exception:  # pypdf raises many types for damaged files
        return False


def has_scripts(catalog: Any) -> bool:
    """Return whether a file has scripts that run when it is opened."""
    try:
        names = _resolve(catalog.get("/Names"))
        return isinstance(names, DictionaryObject) and "/JavaScript" in names
    except (MemoryError, RecursionError):
        raise
    except Exception:  # see is_active
        return False


def has_active_annotations(page: Any) -> bool:
    """Return whether a page has fields or links that do something, or media that play."""
    try:
        annotations = _resolve(page.get("/Annots"))
        if not isinstance(annotations, ArrayObject):
            return False
        shown = [_resolve(one) for one in annotations[:_MOST]]
    except (MemoryError, RecursionError):
        raise
    except Exception:  # see is_active
        return False
    return any(
        isinstance(one, DictionaryObject)
        and (one.get("/Subtype") in _ACTIVE_ANNOTATIONS or is_active(one))
        for one in shown
    )


def _actions(owner: Any) -> Iterator[DictionaryObject]:
    events = _resolve(owner.get("/AA"))
    of_events = events.values() if isinstance(events, DictionaryObject) else ()
    waiting = [owner.get("/OpenAction"), owner.get("/A"), *of_events]
    for _ in range(_MOST):
        if not waiting:
            return
        one = _resolve(waiting.pop())
        if isinstance(one, ArrayObject):
            waiting.extend(one)
        elif isinstance(one, DictionaryObject):
            yield one
            waiting.append(one.get("/Next"))


def _resolve(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value
