"""The parts of employers' postings: drafts, publication and the reconciler of gates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.postings.draft_service import PostingDraftService
    from chalicelib.recruiting.postings.employer_lookup import EmployerLookup
    from chalicelib.recruiting.postings.employer_names import EmployerNameWriter
    from chalicelib.recruiting.postings.employer_repository import EmployerPostingRepository
    from chalicelib.recruiting.postings.gate_reconciler import GateReconciler
    from chalicelib.recruiting.postings.publication_service import PublicationService


class PostingsContainer(DomainContainer):
    """The services that the routes use (``EmployerPostingServices``), and their parts."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def employer_lookup(self) -> EmployerLookup:
        from chalicelib.recruiting.postings.employer_lookup import EmployerLookup

        employers = self._container.employers
        return EmployerLookup(employers.employers, employers.memberships)

    @cached_property
    def employer_postings(self) -> EmployerPostingRepository:
        from chalicelib.recruiting.postings.employer_repository import EmployerPostingRepository

        return EmployerPostingRepository(self._container.database)

    @cached_property
    def drafts(self) -> PostingDraftService:
        from chalicelib.recruiting.postings.draft_service import PostingDraftService

        forms = self._container.forms.forms
        return PostingDraftService(self.employer_postings, self.employer_lookup, forms)

    @cached_property
    def publications(self) -> PublicationService:
        from chalicelib.recruiting.postings.publication_service import PublicationService

        publisher = self._container.recruiting.postings.publisher
        return PublicationService(self.employer_postings, publisher, self.employer_lookup)

    @cached_property
    def name_writer(self) -> EmployerNameWriter:
        from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
        from chalicelib.recruiting.postings.employer_names import EmployerNameWriter
        from chalicelib.recruiting.postings.repository import postings_collection

        database = self._container.database
        return EmployerNameWriter(
            postings_collection(database),
            CatalogueRepository(database),
            self._container.recruiting.postings.publisher,
            self._container.employers.employers,
            self.employer_lookup,
        )

    @cached_property
    def gate_reconciler(self) -> GateReconciler:
        from chalicelib.queue import Gates
        from chalicelib.recruiting.postings.gate_reconciler import GateReconciler
        from chalicelib.recruiting.postings.repository import postings_collection

        recruiting = self._container.recruiting
        return GateReconciler(
            postings_collection(self._container.database),
            recruiting.postings.publisher,
            Gates(recruiting.lanes),
        )
