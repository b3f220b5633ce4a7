"""The API function: entry points only."""

from functools import partial
from typing import Any

from chalice import Rate
from chalice.app import CloudWatchEvent

from chalicelib.auth.models import Caller
from chalicelib.auth.routes import account, accounts, sessions
from chalicelib.bootstrap.process import find_container, get_container
from chalicelib.http import middleware
from chalicelib.http.api import Api
from chalicelib.http.policies import require_policies
from chalicelib.operations import routes as operations
from chalicelib.public_pages import routes as public_pages
from chalicelib.recruiting.amendments import routes as amendments
from chalicelib.recruiting.applications import routes as applications
from chalicelib.recruiting.bulk import routes as bulk
from chalicelib.recruiting.consents import routes as consents
from chalicelib.recruiting.data_exports import routes as data_exports
from chalicelib.recruiting.employers.routes import employers, invitations, members
from chalicelib.recruiting.erasure import routes as erasure
from chalicelib.recruiting.file_texts import routes as file_texts
from chalicelib.recruiting.files import routes as files
from chalicelib.recruiting.forms import routes as forms
from chalicelib.recruiting.guest_applications import routes as guest_applications
from chalicelib.recruiting.interviewers import routes as interviewers
from chalicelib.recruiting.pipeline import routes as pipeline
from chalicelib.recruiting.postings.routes import employer as employer_postings
from chalicelib.recruiting.postings.routes import public as postings
from chalicelib.recruiting.profiles import routes as profiles
from chalicelib.recruiting.proofs import routes as proofs
from chalicelib.recruiting.rejections import routes as rejections
from chalicelib.recruiting.review import routes as review
from chalicelib.web_client import routes as web_client

api = partial(get_container, "api")


def verify_token(token: str) -> Caller:
    """Return the caller whom an access token names."""
    return find_container("api").auth.access_tokens.verify(token)


def public_url() -> str:
    """Return the URL of the web client."""
    return api().settings.secrets.public_url


def on_outage() -> None:
    """Look for new settings, because a store is unavailable."""
    api().recovery.on_outage()


app = Api("hirelane-api")
middleware.install(app, api().logger)
for routes, services in (
    (account, lambda: api().auth_services),
    (accounts, lambda: api().auth_services),
    (sessions, lambda: api().auth_services),
    (postings, lambda: api().recruiting),
    (applications, lambda: api().recruiting),
    (profiles, lambda: api().profiles),
    (proofs, lambda: api().proofs),
    (guest_applications, lambda: api().recruiting.guest_applications),
    (amendments, lambda: api().amendments),
    (erasure, lambda: api().erasure),
    (employers, lambda: api().employers),
    (invitations, lambda: api().employers),
    (members, lambda: api().employers),
    (employer_postings, lambda: api().postings),
    (consents, lambda: api().consents),
    (data_exports, lambda: api().data_exports),
    (forms, lambda: api().forms),
    (review, lambda: api().review),
    (file_texts, lambda: api().file_texts),
    (rejections, lambda: api().rejections),
    (files, lambda: api().files),
    (interviewers, lambda: api().interviewers),
    (pipeline, lambda: api().recruiting.pipeline),
    (bulk, lambda: api().bulk),
    (public_pages, lambda: api().public_pages.service),
    (operations, lambda: api().operations),
    (web_client, web_client.web_client),
):
    routes.blueprint.connect(services, verify_token, public_url, on_outage)
    app.register_blueprint(routes.blueprint)
require_policies(app)


# This function signs the heads, and not the worker's sweep, because only the API has the keys.
@app.schedule(Rate(1, unit=Rate.MINUTES), name="heads")
def publish_heads(event: CloudWatchEvent) -> int:
    """Publish the heads of accepted logs; once a minute."""
    return api().proofs.publish()


# Only the API has the keys that sign the receipts in an export.
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
