"""The function that reads the text of one file, as its callers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from chalicelib.recruiting.file_texts.models import Extraction, ResumeExtraction
from chalicelib.recruiting.files.objects import FILES, object_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_lambda import LambdaClient

    from chalicelib.recruiting.files.models import AttachedFile


class FunctionUnavailable(Exception):
    """The function cannot be invoked now, whatever the file."""


class ReadFailure(Exception):
    """The function failed while it read this file."""


class TextFunction:
    """Invokes the function and waits for its answer.

    Args:
        client: returns the client of Lambda. It must wait longer than the function may run.
        name: the name of the function.
        seconds: how long a file may take; 0 for as long as the function allows.
    """

    def __init__(self, client: Callable[[], LambdaClient], name: str, seconds: float = 0) -> None:
        self._client = client
        self._name = name
        self._limit = {"seconds": seconds} if seconds else {}

    def read(self, candidate_id: str, file: AttachedFile) -> Extraction:
        """Return the text of a file of a candidate, or the reason why there is none.

        Raises:
            FunctionUnavailable: the function cannot be invoked.
            ReadFailure: the function failed, or its answer is not valid.
        """
        key = object_key(FILES, candidate_id, file.id)
        return self._invoke({"key": key, "type": file.type}, Extraction)

    def read_resume(self, content: bytes) -> ResumeExtraction:
        """Return the resume of an XML document of Europass, or the reason why there is none.

        Raises:
            FunctionUnavailable, ReadFailure: see ``read``.
        """
        return self._invoke({"content": content, "type": "europass"}, ResumeExtraction)

    def _invoke[Answer](self, event: dict[str, Any], answer_type: type[Answer]) -> Answer:
        try:
            answer = self._client().invoke(
                FunctionName=self._name, Payload=msgspec.json.encode({**event, **self._limit})
            )
            payload = answer["Payload"].read()
        except ReadTimeoutError as error:
            raise ReadFailure("the function did not answer") from error
        except (BotoCoreError, ClientError) as error:
            raise FunctionUnavailable(type(error).__name__) from error
        if answer.get("FunctionError"):
            # Not its text, which may hold a part of the file.
            raise ReadFailure("the function failed")
        try:
            return msgspec.json.decode(payload, type=answer_type)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ReadFailure("the answer of the function is not valid") from error
