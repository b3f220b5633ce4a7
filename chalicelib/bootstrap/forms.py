"""The parts of forms: the questions of postings."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
    from chalicelib.recruiting.forms.repository import FormRepository
    from chalicelib.recruiting.forms.service import FormService


class FormsContainer(DomainContainer):
    """The services that the routes use (``FormServices``), and their parts."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def forms(self) -> FormRepository:
        from chalicelib.recruiting.forms.repository import FormRepository

        return FormRepository(self._container.database)

    @cached_property
    def apply_rules(self) -> ApplyRulesReader:
        from chalicelib.queue import Gates
        from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader

        return ApplyRulesReader(Gates(self._container.recruiting.lanes), lambda: self.forms)

    @cached_property
    def form_service(self) -> FormService:
        from chalicelib.recruiting.forms.service import FormService

        recruiting, postings = self._container.recruiting, self._container.postings
        publisher, catalogue = recruiting.postings.publisher, recruiting.catalogue
        return FormService(
            postings.employer_postings, publisher, self.forms, self.apply_rules, catalogue
        )
