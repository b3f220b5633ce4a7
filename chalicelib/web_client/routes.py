"""The routes of the web client: its page, and the files that the page loads."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.http.conditional import conditional
from chalicelib.http.declaring import Declared
from chalicelib.http.errors import AssetNotFound
from chalicelib.http.routes import Anyone, route
from chalicelib.web_client.files import WebClient

if TYPE_CHECKING:
    from chalice.app import Request

# In the repository and, by the link in ``vendor``, in the deployed function.
FOLDER = Path(__file__).parents[2] / "web"
_FOR_EVER = "public, max-age=31536000, immutable"

_PAGE = Declared(gives={200: str}, is_conditional=True, media_type="text/html", needs_stores=False)
_FILE = Declared(gives={200: str}, raises=(AssetNotFound,), media_type="*/*", needs_stores=False)


@cache
def web_client() -> WebClient:
    """The web client that is deployed with this function."""
    return WebClient(FOLDER)


def web_routes() -> Blueprint:
    """The blueprint. Chalice has no path of any depth: files are one folder deep at most."""
    blueprint = Blueprint(__name__)
    public = Anyone("the web client")

    @route(
        blueprint,
        "GET",
        "/",
        policy=public,
        declared=_PAGE,
    )
    def get_page(request: Request, caller: None) -> Response:
        """The web client's page."""
        client = web_client()
        page = client.index
        headers: dict[str, Any] = {
            "Content-Type": page.media_type,
            "Content-Security-Policy": client.policy,
            "Cache-Control": "no-cache",
        }
        return conditional(request, Response(page.content, headers))

    @route(
        blueprint,
        "GET",
        "/assets/{version}/{name}",
        policy=public,
        declared=_FILE,
    )
    def get_asset(request: Request, caller: None, version: str, name: str) -> Response:
        """A file of the web client."""
        return _asset(version, name)

    @route(
        blueprint,
        "GET",
        "/assets/{version}/{folder}/{name}",
        policy=public,
        declared=_FILE,
    )
    def get_asset_in_folder(
        request: Request, caller: None, version: str, folder: str, name: str
    ) -> Response:
        """A file of the web client, in a folder."""
        return _asset(version, f"{folder}/{name}")

    return blueprint


def _asset(version: str, name: str) -> Response:
    file = web_client().asset(version, name)
    if file is None:
        raise AssetNotFound("A newer version may have been deployed: load the page again.")
    return Response(file.content, {"Content-Type": file.media_type, "Cache-Control": _FOR_EVER})
