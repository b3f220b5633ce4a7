"""Types of the answers that applications have to the questions of a posting."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.recruiting.files.models import FileToken

QuestionId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9-]{1,36}$(?!\n)",
        description="An id of at most 36 small letters, digits and dashes",
    ),
]
# Beyond it, numbers lose digits in JSON.
MAX_NUMBER = 10**15
# Never an object, so that MongoDB cannot take an answer for an operator.
Answer = (
    bool
    | Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    | Annotated[float, msgspec.Meta(ge=-float(MAX_NUMBER), le=float(MAX_NUMBER))]
    | Annotated[str, msgspec.Meta(max_length=20_000)]
    | Annotated[list[Annotated[str, msgspec.Meta(max_length=36)]], msgspec.Meta(max_length=50)]
)
Answers = Annotated[dict[QuestionId, Answer], msgspec.Meta(max_length=50)]
MAX_FILE_QUESTIONS = 5
FileAnswers = Annotated[
    dict[QuestionId, FileToken],
    msgspec.Meta(
        max_length=MAX_FILE_QUESTIONS, description="Tokens of files, by the question they answer"
    ),
]
