"""The API function: entry points only."""

from __future__ import annotations

import os
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chalice import Rate
from chalice.app import CloudWatchEvent

from chalicelib.bootstrap.preload import APPLY_PATH, preload
from chalicelib.bootstrap.process import find_container, get_container
from chalicelib.bootstrap.route_paths import read_route_paths
from chalicelib.bootstrap.settings import is_behind_cdn
from chalicelib.http import middleware
from chalicelib.http.api import Api
from chalicelib.http.policies import require_policies
from chalicelib.http.route_table import RouteTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.http.cdn import CdnGuard
    from chalicelib.http.routing import Blueprint

api = partial(get_container, "api")


def verify_token(token: str) -> Caller:
    """Return the caller whom an access token names."""
    return find_container("api").auth.access_tokens.verify(token)


def public_url() -> str:
    """Return the URL of the web client."""
    return api().settings.secrets.public_url


@cache
def cdn_guard() -> CdnGuard:
    """Return what checks that CloudFront sent a request."""
    from chalicelib.http.cdn import CdnGuard

    return CdnGuard(lambda: find_container("api").load_api_secrets().origin_secrets)


def check_cdn(request: Request) -> None:
    """Check that CloudFront sent a request, if it is in front of the API."""
    if is_behind_cdn(os.environ):
        cdn_guard().check(request)


def on_outage() -> None:
    """Look for new settings, because a store is unavailable."""
    api().recovery.on_outage()


def web_client() -> Any:
    """Return the files of the web client."""
    from chalicelib.web_client.routes import web_client

    return web_client()


# The modules with routes, each with the services that its views and policies use.
SERVICES: dict[str, Callable[[], Any]] = {
    "chalicelib.auth.routes.account": lambda: api().auth_services,
    "chalicelib.auth.routes.accounts": lambda: api().auth_services,
    "chalicelib.auth.routes.sessions": lambda: api().auth_services,
    "chalicelib.recruiting.postings.routes.public": lambda: api().recruiting,
    "chalicelib.recruiting.applications.routes": lambda: api().recruiting,
    "chalicelib.recruiting.profiles.routes": lambda: api().profiles,
    "chalicelib.recruiting.proofs.routes": lambda: api().proofs,
    "chalicelib.recruiting.guest_applications.routes": lambda: api().recruiting.guest_applications,
    "chalicelib.recruiting.amendments.routes": lambda: api().amendments,
    "chalicelib.recruiting.erasure.routes": lambda: api().erasure,
    "chalicelib.recruiting.employers.routes.employers": lambda: api().employers,
    "chalicelib.recruiting.employers.routes.invitations": lambda: api().employers,
    "chalicelib.recruiting.employers.routes.members": lambda: api().employers,
    "chalicelib.recruiting.postings.routes.employer": lambda: api().postings,
    "chalicelib.recruiting.consents.routes": lambda: api().consents,
    "chalicelib.recruiting.data_exports.routes": lambda: api().data_exports,
    "chalicelib.recruiting.forms.routes": lambda: api().forms,
    "chalicelib.recruiting.review.routes": lambda: api().review,
    "chalicelib.recruiting.file_texts.routes": lambda: api().file_texts,
    "chalicelib.recruiting.rejections.routes": lambda: api().rejections,
    "chalicelib.recruiting.files.routes": lambda: api().files,
    "chalicelib.recruiting.interviewers.routes": lambda: api().interviewers,
    "chalicelib.recruiting.pipeline.routes": lambda: api().recruiting.pipeline,
    "chalicelib.recruiting.bulk.routes": lambda: api().bulk,
    "chalicelib.public_pages.routes": lambda: api().public_pages.service,
    "chalicelib.operations.routes": lambda: api().operations,
    "chalicelib.web_client.routes": web_client,
}


def register(module: str) -> None:
    """Register the routes of a module, which is imported now."""
    blueprint: Blueprint = import_module(module).blueprint
    blueprint.connect(SERVICES[module], verify_token, public_url, on_outage)
    app.register_blueprint(blueprint)


app = Api("hirelane-api")
app.routes = RouteTable(read_route_paths(), SERVICES, register, lambda: require_policies(app))
middleware.install(app, find_container("api").logger, check_cdn)
preload("api")
app.routes.get(APPLY_PATH)
if is_behind_cdn(os.environ):
    # Every request needs it.
    cdn_guard()


# This function signs the heads, and not the worker's sweep, because no worker has the keys.
@app.schedule(Rate(1, unit=Rate.MINUTES), name="heads")
def publish_heads(event: CloudWatchEvent) -> int:
    """Publish the heads of accepted logs; once a minute."""
    return api().proofs.publish()


# No worker has the keys that sign the receipts in an export.
@app.lambda_function(name="export")
def write_export(event: dict[str, str], context: Any) -> bool:
    """Write an export of an account; the API invokes it when the export is requested."""
    return api().data_exports.runner.run(event["export_id"])


@app.schedule(Rate(1, unit=Rate.MINUTES), name="exports")
def sweep_exports(event: CloudWatchEvent) -> int:
    """Write the exports that were not written, because a process died or failed."""
    context: Any = event.context
    return api().data_exports.sweep(lambda: context.get_remaining_time_in_millis() / 1000)


@app.lambda_function(name="prepare")
def prepare(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Create the indexes of the database; every deployment invokes it."""
    api().operations.prepare()
    return {"prepared": True}
