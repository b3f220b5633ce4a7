"""The jobs of e-mails that are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.notifications.outbox import mail_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue import NewJob
    from chalicelib.recruiting.due.repository import DueItem


def mail_jobs_of(
    content_type: type[msgspec.Struct], description: str
) -> Callable[[DueItem], NewJob]:
    """Return a function that returns the mail job of a due item.

    Args:
        content_type: the content of the e-mail, which is the data of the item.
        description: a text for RQ's tools.
    """

    def make_job(item: DueItem) -> NewJob:
        return mail_job(
            item.target,
            msgspec.convert(item.data, content_type),
            description=description,
            correlation_id=item.target,
        )

    return make_job
