"""The API function: entry points only."""

from functools import partial
from typing import Any

from chalice import Chalice

import chalicelib.auth.routes
import chalicelib.operations.routes
import chalicelib.recruiting.applications.routes
import chalicelib.recruiting.postings.routes
import chalicelib.web_client.routes
from chalicelib.auth.models import Caller
from chalicelib.bootstrap.container import services
from chalicelib.http import middleware
from chalicelib.http.policies import require_policies

api = partial(services, "api")


def verify_token(token: str) -> Caller:
    """Return the caller whom an access token names."""
    return api().tokens.verify(token)


app = Chalice(app_name="hirelane-api", configure_logs=False)
middleware.install(app, api().logger)
for blueprint in (
    *chalicelib.auth.routes.blueprints,
    chalicelib.recruiting.postings.routes.blueprint,
    chalicelib.recruiting.applications.routes.blueprint,
    chalicelib.operations.routes.blueprint,
    chalicelib.web_client.routes.blueprint,
):
    blueprint.connect(api, verify_token)
    app.register_blueprint(blueprint)
require_policies(app)


@app.lambda_function(name="prepare")
def prepare(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Create the indexes of the database; every deployment invokes it."""
    api().prepare()
    return {"prepared": True}
