"""Routes of exports of the caller's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import AccountNotFound, SessionExpired
from chalicelib.auth.routes.policies import any_account
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.data_exports.errors import ExportNotFound
from chalicelib.recruiting.data_exports.models import DataExport, DataExportLink, DataExports

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.models import Caller
    from chalicelib.recruiting.data_exports.services import DataExportServices

blueprint = Blueprint(__name__)
OWNER = any_account(on="own account")


@blueprint.get("/v1/account/export", policy=OWNER, response={200: DataExports}, conditional=True)
def list_data_exports(caller: Caller, services: DataExportServices) -> DataExports:
    """List the exports of the account, newest first."""
    return services.service.list(caller.account_id)


@blueprint.post(
    "/v1/account/export",
    policy=OWNER,
    response={202: DataExport},
    errors=(SessionExpired, AccountNotFound, TooManyRequests),
    headers={"Location": "The URL of the export, relative to this one"},
)
def start_data_export(caller: Caller, services: DataExportServices) -> Response:
    """Start an export of everything that we store about the account.

    An e-mail says when it is ready. Until then, a repeated request gets the same export.
    """
    started = services.service.start(caller)
    return json_response(started, status=202, headers={"Location": f"export/{started.id}"})


@blueprint.get(
    "/v1/account/export/{export_id}",
    policy=OWNER,
    response={200: DataExportLink},
    errors=(ExportNotFound,),
)
def get_data_export(export_id: str, caller: Caller, services: DataExportServices) -> DataExportLink:
    """Return an export. If it is ready, its link downloads the file for 60 seconds."""
    return services.service.get(caller.account_id, export_id)
