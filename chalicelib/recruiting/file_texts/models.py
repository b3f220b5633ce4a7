"""Models of the texts of files: what the function answers, and what members and candidates see."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

TextState = Literal["pending", "ready", "refused"]
# The function is not trusted, so its answer has the limits that it promises.
MAX_TEXT_LENGTH = 200_000
Reason = Annotated[str, msgspec.Meta(pattern=r"^[a-z-]{0,30}$(?!\n)")]


class Extraction(msgspec.Struct, frozen=True):
    """What the function answered: a text, or the reason why there is none.

    Args:
        refused: the reason, a word of ``files_worker.refusals``; blank if there is a text.
        text: the text.
        truncated: whether the file has more text.
        pages: the number of pages of a PDF file; 0 for other types.
    """

    refused: Reason = ""
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_LENGTH)] = ""
    truncated: bool = False
    pages: Annotated[int, msgspec.Meta(ge=0)] = 0


class ResumeExtraction(msgspec.Struct, frozen=True):
    """What the function answered for a resume in XML: the resume, or why there is none.

    Args:
        refused: the reason, a word; blank if there is a resume.
        resume: a document in the form of JSON Resume, without checks.
        left_out: the names of elements that have no place in it.
    """

    refused: Reason = ""
    resume: dict[str, Any] = {}
    left_out: Annotated[list[str], msgspec.Meta(max_length=100)] = []


class FileText(msgspec.Struct, frozen=True, omit_defaults=True):
    """The text of a file of an application.

    ``state`` is ``pending`` until the file is read, then ``ready``, or ``refused`` with a
    ``reason``. ``truncated`` says that the file has more text. ``pages`` are those of a PDF file.
    """

    id: str
    name: str
    state: TextState
    reason: str = ""
    pages: int = 0
    truncated: bool = False
    text: str = ""


class FileTexts(msgspec.Struct, frozen=True):
    """The texts of the files of an application, in the order of the files."""

    files: list[FileText]


class UnreadFile(msgspec.Struct, frozen=True):
    """A file whose text could not be read, and why. The employer gets the file all the same."""

    id: str
    name: str
    reason: str
