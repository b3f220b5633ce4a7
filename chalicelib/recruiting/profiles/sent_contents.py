"""SentContentReader: finds what a candidate sent last. Nothing is stored for it.

The newest applications have it already, so applying writes nothing more, and nothing is left when
an application is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.contents import files_of
from chalicelib.recruiting.files.models import MAX_FILES
from chalicelib.recruiting.profiles.models import LastSent, SentFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.recruiting.applications.repository import ApplicationRepository

# An application has 20 files at most. More than the newest ones are not looked at.
_APPLICATIONS = 5


class SentContentReader:
    """Reads the links and files of the newest applications of a candidate."""

    def __init__(self, applications: ApplicationRepository) -> None:
        self._applications = applications

    def read(self, candidate_id: str) -> LastSent:
        """Return the links and files of the newest applications that have some.

        Of files with the same content, only the one that was sent last is returned.
        """
        found = self._applications.find_newest(
            candidate_id, before="", posting_id="", count=_APPLICATIONS, known=()
        )
        with_links = next((one for one in found if one.get("links")), None)
        with_files = next((one for one in found if one.get("files")), None)
        files: dict[str, SentFile] = {}
        if with_files:
            # An amendment adds its files at the end.
            for one in reversed(files_of(with_files)):
                sent = SentFile(
                    one.id, one.name, one.type, one.bytes, one.sha256, _sent_at(with_files)
                )
                files.setdefault(one.sha256, sent)
        return LastSent(
            with_links["links"] if with_links else [],
            _sent_at(with_links) if with_links else None,
            list(files.values())[:MAX_FILES],
        )


def _sent_at(application: Mapping[str, Any]) -> datetime:
    accepted_at: datetime = application["accepted_at"]
    return accepted_at
