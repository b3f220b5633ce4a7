"""The parts of e-mail."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.clients import ses_client
from chalicelib.bootstrap.mail_limits import mail_limits, parallel_sends
from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import current_traceparent
from chalicelib.queue import Shards
from chalicelib.queue.limits import Rate

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

    from chalicelib.notifications.feedback import FeedbackHandler
    from chalicelib.notifications.job_handler import MailJobHandler
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.models import EmailComposer
    from chalicelib.notifications.outbox import MailOutbox
    from chalicelib.notifications.suppressions import SuppressionRepository
    from chalicelib.queue import Limits

# The last e-mails of a drain take at most as long as SES (2 s to connect, 10 s to answer) and the
# ledger (5 s) may take. The rest is for settling, and for waking the successor.
RESERVE_SECONDS = 30.0


class NotificationsContainer(DomainContainer):
    """The API uses the outbox and the ledger; the mail worker uses the job handler."""

    def read_rate(self) -> Rate:
        """Return how many e-mails SES accepts of the account.

        Raises:
            ValueError: the setting is invalid.
        """
        return Rate.parse(self._container.settings.environment.mail_rate)

    @property
    def parallel(self) -> int:
        return parallel_sends(self.read_rate())

    @cached_property
    def limits(self) -> Limits:
        return mail_limits(self.read_rate(), self._container.settings.environment)

    @cached_property
    def lanes(self) -> Shards:
        return Shards(
            self._container.redis,
            "mail",
            count=self._container.settings.environment.shards,
            limits=self.limits,
            trace_context=current_traceparent,
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
    def suppressions(self) -> SuppressionRepository:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.notifications.suppressions import SuppressionRepository

        key = DerivedKey(self._container.settings.secrets.link_secret, "mail suppression")
        return SuppressionRepository(self._container.database, key.sign)

    @cached_property
    def feedback_handler(self) -> FeedbackHandler:
        from chalicelib.notifications.feedback import FeedbackHandler

        topic = self._container.settings.environment.mail_feedback_topic
        return FeedbackHandler(self.ledger, self.suppressions, topic)

    @cached_property
    def ses(self) -> SESClient:
        return ses_client(connections=self.parallel)

    @cached_property
    def composers(self) -> tuple[EmailComposer, ...]:
        from chalicelib.auth.services.account_emails import AccountNoticeComposer, LinkEmailComposer
        from chalicelib.recruiting.addresses import Addresses
        from chalicelib.recruiting.applications.confirmation_email import ConfirmationComposer
        from chalicelib.recruiting.employers.invitation_email import InvitationComposer
        from chalicelib.recruiting.pipeline.emails import RejectionComposer, StageEmailComposer

        employers = self._container.employers
        auth, public_url = self._container.auth, self._container.settings.secrets.public_url
        recruiting = self._container.recruiting
        subject = recruiting.applications, auth.accounts, recruiting.pipeline.pipelines
        return (
            ConfirmationComposer(Addresses(public_url)),
            StageEmailComposer(*subject),
            RejectionComposer(*subject, self._container.bulk.operations.has_cancelled_email),
            LinkEmailComposer(auth.accounts, auth.email_links, public_url),
            AccountNoticeComposer(),
            InvitationComposer(
                employers.invitations, auth.accounts, employers.invitation_tokens, public_url
            ),
            self._container.interviewers.composer,
            self._container.erasure.composer,
            self._container.data_exports.composer,
            self._container.erasure.retention.composer,
            self._container.recruiting.guest_applications.composer,
        )

    @cached_property
    def job_handler(self) -> MailJobHandler:
        from chalicelib.notifications.job_handler import MailJobHandler
        from chalicelib.notifications.send_rate import SendRate
        from chalicelib.notifications.sender import MailSender

        environment = self._container.settings.environment
        # The scheduled sweep drains, too.
        drains = self.limits.max_drains * environment.shards + 1
        rate = SendRate(self._container.redis, self.read_rate(), drains * self.parallel)
        sender = MailSender(
            lambda: self.ses, environment.mail_sender, rate, environment.mail_configuration_set
        )
        return MailJobHandler(self.ledger, sender, self.suppressions, self.composers, self.parallel)
