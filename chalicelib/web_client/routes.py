"""Routes of the web client: its page, and the files that the page loads."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalice import Response

from chalicelib.http.errors import AssetNotFound
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import IMMUTABLE
from chalicelib.http.routing import Blueprint
from chalicelib.web_client.files import WebClient, upload_url

if TYPE_CHECKING:
    from chalicelib.http.route import RouteOptions

# In the repository; in a deployed function, through the link in ``vendor``.
FOLDER = Path(__file__).parents[2] / "web"

blueprint = Blueprint(__name__)
PUBLIC = PublicPolicy("the web client")
_FILE: RouteOptions = {
    "policy": PUBLIC,
    "response": {200: str},
    "errors": (AssetNotFound,),
    "media_type": "*/*",
    "needs_stores": False,
}


@cache
def web_client() -> WebClient:
    """Return the web client that is deployed with this function."""
    return WebClient(FOLDER, upload_url(os.environ))


@blueprint.get(
    "/",
    policy=PUBLIC,
    response={200: str},
    conditional=True,
    media_type="text/html",
    needs_stores=False,
)
def get_page() -> Response:
    """Return the page of the web client."""
    client = web_client()
    page = client.index
    headers: dict[str, Any] = {
        "Content-Type": page.media_type,
        "Content-Security-Policy": client.policy,
        "Cache-Control": "no-cache",
    }
    return Response(page.content, headers)


# Chalice has no path of variable depth, so a file is at most one folder deep.
@blueprint.get("/assets/{version}/{name}", **_FILE)
def get_asset(version: str, name: str) -> Response:
    """Return a file of the web client."""
    file = web_client().asset(version, name)
    if file is None:
        raise AssetNotFound("A newer version may be deployed: load the page again.")
    return Response(file.content, {"Content-Type": file.media_type, **IMMUTABLE})


@blueprint.get("/assets/{version}/{folder}/{name}", **_FILE)
def get_asset_in_folder(version: str, folder: str, name: str) -> Response:
    """Return a file of the web client that is in a folder."""
    return get_asset(version, f"{folder}/{name}")
