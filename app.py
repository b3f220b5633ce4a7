"""The API: wiring only. What the routes do is in chalicelib."""

from functools import cache, partial
from typing import Any

from chalice import Chalice

from chalicelib.auth.routes import auth_routes
from chalicelib.auth.routes.policies import RolePolicies
from chalicelib.bootstrap.container import services
from chalicelib.http import middleware
from chalicelib.http.routes import seal
from chalicelib.operations.routes import ops_routes
from chalicelib.recruiting.routes import recruiting_routes
from chalicelib.web_client.routes import web_routes

api = partial(services, "api")
policies = RolePolicies(lambda: api().tokens)


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document, made when it is first asked for."""
    from chalicelib.http.openapi import document

    return document(app)


app = Chalice(app_name="hirelane-api", configure_logs=False)
middleware.install(app, api().logger)
for blueprint in auth_routes(api, policies):
    app.register_blueprint(blueprint)
app.register_blueprint(recruiting_routes(api, policies))
app.register_blueprint(ops_routes(lambda: api().probes(), openapi))
app.register_blueprint(web_routes())
seal(app)


@app.lambda_function(name="prepare")
def prepare(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Create the indexes of the database; every deploy invokes it."""
    api().prepare()
    return {"prepared": True}
