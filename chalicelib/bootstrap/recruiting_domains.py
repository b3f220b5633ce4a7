"""One container for each part of recruiting."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from chalicelib.bootstrap.parts import Parts

if TYPE_CHECKING:
    from chalicelib.bootstrap.amendments import AmendmentsContainer
    from chalicelib.bootstrap.bulk import BulkContainer
    from chalicelib.bootstrap.consents import ConsentsContainer
    from chalicelib.bootstrap.container import Container
    from chalicelib.bootstrap.data_exports import DataExportsContainer
    from chalicelib.bootstrap.employers import EmployersContainer
    from chalicelib.bootstrap.equation import EquationContainer
    from chalicelib.bootstrap.erasure import ErasureContainer
    from chalicelib.bootstrap.file_texts import FileTextsContainer
    from chalicelib.bootstrap.files import FilesContainer
    from chalicelib.bootstrap.forms import FormsContainer
    from chalicelib.bootstrap.interviewers import InterviewersContainer
    from chalicelib.bootstrap.postings import PostingsContainer
    from chalicelib.bootstrap.privacy import PrivacyContainer
    from chalicelib.bootstrap.profiles import ProfilesContainer
    from chalicelib.bootstrap.proofs import ProofsContainer
    from chalicelib.bootstrap.recruiting import RecruitingContainer
    from chalicelib.bootstrap.rejections import RejectionsContainer
    from chalicelib.bootstrap.review import ReviewContainer


class RecruitingDomains(Parts):
    """The containers of recruiting, each created on its first use from the shared parts."""

    @property
    def _container(self) -> Container:
        return cast("Container", self)

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
    def erasure(self) -> ErasureContainer:
        from chalicelib.bootstrap.erasure import ErasureContainer

        return ErasureContainer(self._container)

    @cached_property
    def files(self) -> FilesContainer:
        from chalicelib.bootstrap.files import FilesContainer

        return FilesContainer(self._container)

    @cached_property
    def forms(self) -> FormsContainer:
        from chalicelib.bootstrap.forms import FormsContainer

        return FormsContainer(self._container)

    @cached_property
    def profiles(self) -> ProfilesContainer:
        from chalicelib.bootstrap.profiles import ProfilesContainer

        return ProfilesContainer(self._container)

    @cached_property
    def proofs(self) -> ProofsContainer:
        from chalicelib.bootstrap.proofs import ProofsContainer

        return ProofsContainer(self._container)

    @cached_property
    def file_texts(self) -> FileTextsContainer:
        from chalicelib.bootstrap.file_texts import FileTextsContainer

        return FileTextsContainer(self._container)

    @cached_property
    def consents(self) -> ConsentsContainer:
        from chalicelib.bootstrap.consents import ConsentsContainer

        return ConsentsContainer(self._container)

    @cached_property
    def data_exports(self) -> DataExportsContainer:
        from chalicelib.bootstrap.data_exports import DataExportsContainer

        return DataExportsContainer(self._container)

    @cached_property
    def privacy(self) -> PrivacyContainer:
        from chalicelib.bootstrap.privacy import PrivacyContainer

        return PrivacyContainer(self._container)
