"""The parts of e-mail."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.clients import ses_client
from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.queue import Limits, Shards
from chalicelib.queue.limits import DAY

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

    from chalicelib.notifications.job_handler import MailJobHandler
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.models import EmailComposer
    from chalicelib.notifications.outbox import MailOutbox

# A dead-lettered e-mail holds an address, so it is not kept as long as an application.
DEAD_LETTER_TTL = 30 * DAY


class NotificationsContainer(DomainContainer):
    """The API uses the outbox and the ledger; the mail worker uses the job handler."""

    @cached_property
    def lanes(self) -> Shards:
        return Shards(
            self._container.redis,
            "mail",
            count=self._container.settings.environment.shards,
            limits=Limits(dead_letter_ttl=DEAD_LETTER_TTL),
        )

    @cached_property
    def outbox(self) -> MailOutbox:
        from chalicelib.notifications.outbox import MailOutbox

        container = self._container
        return MailOutbox(self.lanes, container.waker, container.logger.get_correlation_id)

    @cached_property
    def ledger(self) -> MailLedger:
        from chalicelib.notifications.ledger import MailLedger

        return MailLedger(self._container.database)

    @cached_property
    def ses(self) -> SESClient:
        return ses_client()

    @cached_property
    def composers(self) -> tuple[EmailComposer, ...]:
        from chalicelib.auth.services.account_emails import AccountNoticeComposer, LinkEmailComposer
        from chalicelib.recruiting.applications.confirmation_email import ConfirmationComposer

        auth, public_url = self._container.auth, self._container.settings.secrets.public_url
        return (
            ConfirmationComposer(),
            LinkEmailComposer(auth.accounts, auth.email_links, public_url),
            AccountNoticeComposer(),
        )

    @cached_property
    def job_handler(self) -> MailJobHandler:
        from chalicelib.notifications.job_handler import MailJobHandler

        return MailJobHandler(
            self.ledger,
            lambda: self.ses,
            self.composers,
            self._container.settings.environment.mail_sender,
        )
