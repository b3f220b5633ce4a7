"""ApplicantExportService: writes the applicants of a posting as CSV, part by part."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.applications.contents import BURST
from chalicelib.recruiting.forms.answer_texts import AnswerColumns
from chalicelib.recruiting.review.spreadsheets import BYTE_ORDER_MARK, csv_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.recruiting.forms.repository import FormRepository
    from chalicelib.recruiting.pipeline.applicants import Viewer
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.review.applicant_lists import ApplicantLists
    from chalicelib.recruiting.review.models import ExportQuery

COLUMNS = (
    *("application_id", "posting_id", "posting_title", "name", "email", "stage_id", "stage"),
    *("applied_at", "stage_entered_at", "withdrawn_at", "links", "cover_letter"),
)
# A response of Lambda has at most 6 MB, as JSON, which takes up to six bytes for a byte.
MAX_BYTES = 700_000
_CHUNK = 100


class ExportPart(NamedTuple):
    """A part of a file. ``next`` is the cursor of the next part, or None."""

    csv: str
    next: str | None


class ApplicantExportService:
    """Exports applicants to spreadsheets. The parts of an export, in order, make one file."""

    def __init__(
        self, lists: ApplicantLists, accounts: AccountRepository, forms: FormRepository
    ) -> None:
        self._lists = lists
        self._accounts = accounts
        self._forms = forms

    def part(self, viewer: Viewer, query: ExportQuery) -> ExportPart:
        """Return a part of the applicants of a list, the newest application first.

        The first part begins with a byte order mark and the names of the columns. A part ends
        after ``query.limit`` rows, or earlier if they are long.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
            InvalidField: the cursor is invalid.
        """
        pipeline = self._lists.find_posting(viewer, query.posting_id)
        answers = AnswerColumns(self._forms.find_all(pipeline.id))
        names = (*COLUMNS, *answers.names(), BURST)
        lines = [] if query.cursor else [BYTE_ORDER_MARK + csv_row(names)]
        size = rows = 0
        last_id = ""
        for document, person in self._applicants(viewer, query):
            if rows == query.limit or size > MAX_BYTES:
                return ExportPart("".join(lines), last_id)
            cells = _cells(document, person, pipeline)
            line = csv_row((*cells, *answers.cells(document), str(document.get(BURST, ""))))
            lines.append(line)
            size, rows, last_id = size + len(line.encode()), rows + 1, document["_id"]
        return ExportPart("".join(lines), None)

    def _applicants(
        self, viewer: Viewer, query: ExportQuery
    ) -> Iterator[tuple[dict[str, Any], Recipient | None]]:
        cursor: str | None = query.cursor
        while cursor is not None:
            documents, cursor = self._lists.page(
                viewer, query.list_query(cursor, _CHUNK), content=True
            )
            people = self._accounts.find_recipients({one["candidate_id"] for one in documents})
            for document in documents:
                yield document, people.get(document["candidate_id"])


def _cells(
    document: Mapping[str, Any], person: Recipient | None, pipeline: PostingPipeline
) -> tuple[str, ...]:
    stage = pipeline.find_stage(document["stage"])
    return (
        document["_id"],
        pipeline.id,
        pipeline.title,
        person.name if person else "",
        person.email if person else "",
        document["stage"],
        stage.name if stage else document["stage"],
        _time(document["accepted_at"]),
        _time(document["entered_at"]),
        _time(document.get("withdrawn_at")),
        "\n".join(document["links"]),
        document["cover_letter"],
    )


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""
