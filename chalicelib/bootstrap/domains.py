"""One container for each domain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from chalicelib.bootstrap.parts import DomainContainer, Parts

if TYPE_CHECKING:
    from chalicelib.bootstrap.amendments import AmendmentsContainer
    from chalicelib.bootstrap.auth import AuthContainer
    from chalicelib.bootstrap.auth_services import AuthServicesContainer
    from chalicelib.bootstrap.bulk import BulkContainer
    from chalicelib.bootstrap.container import Container
    from chalicelib.bootstrap.employers import EmployersContainer
    from chalicelib.bootstrap.equation import EquationContainer
    from chalicelib.bootstrap.file_texts import FileTextsContainer
    from chalicelib.bootstrap.files import FilesContainer
    from chalicelib.bootstrap.forms import FormsContainer
    from chalicelib.bootstrap.interviewers import InterviewersContainer
    from chalicelib.bootstrap.notifications import NotificationsContainer
    from chalicelib.bootstrap.operations import OperationsContainer
    from chalicelib.bootstrap.postings import PostingsContainer
    from chalicelib.bootstrap.proofs import ProofsContainer
    from chalicelib.bootstrap.public_pages import PublicPagesContainer
    from chalicelib.bootstrap.recruiting import RecruitingContainer
    from chalicelib.bootstrap.rejections import RejectionsContainer
    from chalicelib.bootstrap.review import ReviewContainer


class Domains(Parts):
    """The containers of the domains, each created on its first use from the shared parts."""

    @property
    def _container(self) -> Container:
        return cast("Container", self)

    @cached_property
    def auth(self) -> AuthContainer:
        from chalicelib.bootstrap.auth import AuthContainer

        return AuthContainer(self._container)

    @cached_property
    def auth_services(self) -> AuthServicesContainer:
        from chalicelib.bootstrap.auth_services import AuthServicesContainer

        return AuthServicesContainer(self._container)

    @cached_property
    def recruiting(self) -> RecruitingContainer:
        from chalicelib.bootstrap.recruiting import RecruitingContainer

        return RecruitingContainer(self._container)

    @cached_property
    def amendments(self) -> AmendmentsContainer:
        from chalicelib.bootstrap.amendments import AmendmentsContainer

        return AmendmentsContainer(self._container)

    @cached_property
    def employers(self) -> EmployersContainer:
        from chalicelib.bootstrap.employers import EmployersContainer

        return EmployersContainer(self._container)

    @cached_property
    def postings(self) -> PostingsContainer:
        from chalicelib.bootstrap.postings import PostingsContainer

        return PostingsContainer(self._container)

    @cached_property
    def rejections(self) -> RejectionsContainer:
        from chalicelib.bootstrap.rejections import RejectionsContainer

        return RejectionsContainer(self._container)

    @cached_property
    def review(self) -> ReviewContainer:
        from chalicelib.bootstrap.review import ReviewContainer

        return ReviewContainer(self._container)

    @cached_property
    def interviewers(self) -> InterviewersContainer:
        from chalicelib.bootstrap.interviewers import InterviewersContainer

        return InterviewersContainer(self._container)

    @cached_property
    def bulk(self) -> BulkContainer:
        from chalicelib.bootstrap.bulk import BulkContainer

        return BulkContainer(self._container)

    @cached_property
    def equation(self) -> EquationContainer:
        from chalicelib.bootstrap.equation import EquationContainer

        return EquationContainer(self._container)

    @cached_property
    def files(self) -> FilesContainer:
        from chalicelib.bootstrap.files import FilesContainer

        return FilesContainer(self._container)

    @cached_property
    def forms(self) -> FormsContainer:
        from chalicelib.bootstrap.forms import FormsContainer

        return FormsContainer(self._container)

    @cached_property
    def proofs(self) -> ProofsContainer:
        from chalicelib.bootstrap.proofs import ProofsContainer

        return ProofsContainer(self._container)

    @cached_property
    def file_texts(self) -> FileTextsContainer:
        from chalicelib.bootstrap.file_texts import FileTextsContainer

        return FileTextsContainer(self._container)

    @cached_property
    def notifications(self) -> NotificationsContainer:
        from chalicelib.bootstrap.notifications import NotificationsContainer

        return NotificationsContainer(self._container)

    @cached_property
    def operations(self) -> OperationsContainer:
        from chalicelib.bootstrap.operations import OperationsContainer

        return OperationsContainer(self._container)

    @cached_property
    def public_pages(self) -> PublicPagesContainer:
        from chalicelib.bootstrap.public_pages import PublicPagesContainer

        return PublicPagesContainer(self._container)

    def drop_domains(self) -> None:
        """Drop the parts of all domains, so that they are created again from the present ones."""
        for part in [one for one in vars(self).values() if isinstance(one, DomainContainer)]:
            part.drop()
