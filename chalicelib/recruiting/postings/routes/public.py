"""Routes of postings: search, facets, one posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import SHARED_FOR_SECONDS, json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.models import (
    Facets,
    FacetsQuery,
    Posting,
    PostingsPage,
    PostingsQuery,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.recruiting.services import RecruitingServices

blueprint = Blueprint(__name__)
PUBLISHED = PublicPolicy("published postings")


@blueprint.get(
    "/v1/postings",
    policy=PUBLISHED,
    query=PostingsQuery,
    response={200: PostingsPage},
    conditional=True,
)
def list_postings(query: PostingsQuery, services: RecruitingServices) -> Response:
    """List the open postings that match the query, newest first, page by page."""
    return json_response(services.posting_search.page(query), headers=SHARED_FOR_SECONDS)


@blueprint.get(
    "/v1/postings/facets",
    policy=PUBLISHED,
    query=FacetsQuery,
    response={200: Facets},
    conditional=True,
)
def posting_facets(services: RecruitingServices) -> Response:
    """Count the open postings for each value of the filters."""
    return json_response(services.posting_search.facets(), headers=SHARED_FOR_SECONDS)


@blueprint.get(
    "/v1/postings/{posting_id}",
    policy=PUBLISHED,
    response={200: Posting},
    errors=(PostingNotFound,),
    conditional=True,
)
def get_posting(posting_id: str, services: RecruitingServices) -> Response:
    """Return a posting."""
    return json_response(services.catalogue.get(posting_id), headers=SHARED_FOR_SECONDS)
