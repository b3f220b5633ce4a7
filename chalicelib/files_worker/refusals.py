"""Why the text of a file is not read. The web client has a sentence for each reason."""

from __future__ import annotations

ENCRYPTED = "encrypted"
NOT_READABLE = "not-readable"
# The file needs more time or memory than a file may use.
TOO_COMPLEX = "too-complex"
TOO_LARGE = "too-large"
# There is no text in it: for instance, its pages are pictures.
NO_TEXT = "no-text"
# A PDF file or a form that runs scripts, starts programs or sends data.
ACTIVE_CONTENT = "active-content"
MACROS = "macros"
# The file was deleted before it was read.
MISSING = "missing"


class Refusal(Exception):
    """The file is not read; ``reason`` is one of the constants of this module."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
