"""Routes: none without a policy, what a view receives, and how its errors are answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from chalice import Chalice, Response
from chalice.app import Request
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

import app as api
from chalicelib.auth.errors import Forbidden
from chalicelib.common.errors import VersionConflict
from chalicelib.common.ids import IdempotencyKey
from chalicelib.http.errors import InternalError, NotFound, ServiceUnavailable
from chalicelib.http.policies import MissingPolicyError, PublicPolicy, require_policies
from chalicelib.http.preconditions import versioned_response
from chalicelib.http.problems import PROBLEMS
from chalicelib.http.responses import ProblemResponse
from chalicelib.http.routing import Blueprint, all_routes
from chalicelib.recruiting.postings.errors import PostingNotFound
from tests.unit.auth.token_forger import make_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.http.policies import GetServices, Policy, VerifyToken

OPEN = PublicPolicy("the door")
TEXT = {200: str}


class AdaPolicy:
    """Takes every caller for Ada."""

    roles = None
    on = "everything of Ada"
    errors = ()

    def authorize(self, request: Request, verify_token: VerifyToken, services: GetServices) -> str:
        return "ada"


class ClosedPolicy(AdaPolicy):
    """Refuses every caller."""

    def authorize(self, request: Request, verify_token: VerifyToken, services: GetServices) -> str:
        raise Forbidden("Nobody is allowed.")


class Thing(msgspec.Struct, frozen=True):
    """A body or a query."""

    name: str


def make_app(*blueprints: Blueprint) -> Chalice:
    made = Chalice(app_name="tests", configure_logs=False)
    for blueprint in blueprints:
        made.register_blueprint(blueprint)
    return made


def call(blueprint: Blueprint, sent: Request | None = None, **path_parameters: str) -> Response:
    """Call the only route of a blueprint as Chalice does."""
    made = make_app(blueprint)
    made.current_request = sent or make_request()
    [route] = all_routes(made)
    handler: Any = made.routes[route.path][route.method].view_function
    response: Response = handler(**path_parameters)
    return response


def post_request(body: bytes, query: str, key: str) -> Request:
    return Request(
        {
            "multiValueQueryStringParameters": {"name": [query]},
            "headers": {"Idempotency-Key": key, "Content-Type": "application/json"},
            "pathParameters": {"thing": "7"},
            "requestContext": {"httpMethod": "PUT", "resourcePath": "/things/{thing}"},
            "stageVariables": None,
            "body": body.decode(),
            "isBase64Encoded": False,
        }
    )


def test_public_policy_accepts_everyone() -> None:
    def never(*arguments: str) -> object:
        raise AssertionError

    assert (OPEN.on, OPEN.roles) == ("the door", None)
    OPEN.authorize(make_request(), never, never)
    with pytest.raises(AttributeError):
        setattr(OPEN, "on", "all")  # noqa: B010


def test_view_receives_what_it_names() -> None:
    blueprint = Blueprint("tests")
    seen: dict[str, Any] = {}

    @blueprint.put(
        "/things/{thing}",
        policy=AdaPolicy(),
        body=Thing,
        query=Thing,
        response=TEXT,
        idempotent=True,
    )
    def change(
        thing: str,
        caller: str,
        body: Thing,
        query: Thing,
        idempotency_key: IdempotencyKey | None,
        request: Request,
        services: str,
    ) -> Response:
        """Change a thing."""
        seen.update(locals())
        return Response("changed")

    blueprint.connect(lambda: "services", str, str)
    sent = post_request(b'{"name":"body"}', "query", "one")
    assert call(blueprint, sent, thing="7").body == "changed"
    key = seen.pop("idempotency_key")
    assert (key.key, len(key.fingerprint)) == ("one", 32)
    assert seen == {
        "thing": "7",
        "caller": "ada",
        "body": Thing("body"),
        "query": Thing("query"),
        "request": sent,
        "services": "services",
        "seen": seen,
    }


def test_decorator_returns_the_view() -> None:
    def view() -> Response:
        return Response("")

    assert Blueprint("tests").get("/x", policy=OPEN, response=TEXT)(view) is view


def test_chalice_knows_the_name_and_docstring_of_the_view() -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=OPEN, response=TEXT)
    def find() -> Response:
        """Find a thing."""
        return Response("")

    entry = make_app(blueprint).routes["/x"]["GET"]
    assert (entry.view_name, entry.view_function.__name__) == ("find", "find")
    assert entry.view_function.__doc__ == "Find a thing."


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_each_method_has_a_decorator(method: str) -> None:
    blueprint = Blueprint("tests")

    def view() -> str:
        return method

    getattr(blueprint, method)("/x", policy=OPEN, response=TEXT)(view)
    [route] = all_routes(make_app(blueprint))
    assert (route.method, route.path, route.policy) == (method.upper(), "/x", OPEN)


@pytest.mark.parametrize("missing", ["policy", "response"])
def test_route_without_policy_or_response_cannot_be_registered(missing: str) -> None:
    options: Any = {"policy": OPEN, "response": TEXT}
    del options[missing]
    with pytest.raises(TypeError, match=missing):
        Blueprint("tests").get("/x", **options)(lambda: "")


def test_view_with_unknown_parameter_cannot_be_registered() -> None:
    views: dict[str, Any] = {
        "/x/{name}": lambda: "",
        "/x": lambda name: "",
        "/a": lambda body: "",
        "/b": lambda query: "",
        "/c": lambda idempotency_key: "",
    }
    for path, view in views.items():
        view.__name__ = "view"
        with pytest.raises(TypeError, match=f"GET {path}"):
            Blueprint("tests").get(path, policy=OPEN, response=TEXT)(view)


def test_services_of_an_unconnected_blueprint_are_an_error() -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=OPEN, response=TEXT)
    def view(services: object) -> str:
        return ""

    response = call(blueprint)
    assert problem_of(response) == ("internal-error", "")
    assert isinstance(response, ProblemResponse)
    assert str(response.cause) == "connect() was not called for the routes of tests"


@pytest.mark.parametrize(
    ("status", "result", "body"),
    [(200, Thing("x"), '{"name":"x"}'), (202, {"a": 1}, '{"a":1}'), (204, None, "")],
)
def test_result_of_a_view_becomes_the_body(status: int, result: Any, body: str) -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=OPEN, response={status: Any, 299: Any})
    def view() -> Any:
        return result

    response = call(blueprint)
    assert (response.status_code, response.body) == (status, body)


def test_conditional_route_has_an_etag() -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=OPEN, response=TEXT, conditional=True)
    def view() -> str:
        return "x"

    tag = str(call(blueprint).headers["ETag"])
    assert call(blueprint, make_request({"If-None-Match": tag})).status_code == 304


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    ("header", "status"), [(None, 428), ('"2"', 412), ('"3"', 200), ('W/"3"', 200), ("*", 200)]
)
def test_versioned_route_compares_versions(
    header: str | None, status: int, *, optional: bool
) -> None:
    blueprint = Blueprint("tests")
    status = 200 if optional and header is None else status

    @blueprint.patch("/x", policy=OPEN, response=TEXT, versioned=True, version_optional=optional)
    def change(if_match: ExpectedVersions) -> Response:
        if not if_match.includes(3):
            raise VersionConflict
        return versioned_response("changed", 4)

    answer = call(blueprint, make_request({"If-Match": header} if header else {}))
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["ETag"] == '"4"'


def test_version_is_the_etag_of_a_conditional_response() -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=OPEN, response=TEXT, conditional=True)
    def view() -> Response:
        return versioned_response("x", 7)

    assert call(blueprint).headers["ETag"] == '"7"'
    assert call(blueprint, make_request({"If-None-Match": '"7"'})).status_code == 304


def call_with(policy: Policy, act: Callable[[], Response]) -> Response:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=policy, response=TEXT)
    def view(caller: Any) -> Response:
        return act()

    return call(blueprint)


def problem_of(response: Response) -> tuple[str, str]:
    """The slug and the detail of a problem document."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = json.loads(str(response.body))
    assert document["status"] == response.status_code
    return document["type"].removeprefix("urn:hirelane:problem:"), document.get("detail", "")


def test_refused_caller_does_not_reach_the_view() -> None:
    def never() -> Response:
        raise AssertionError

    assert problem_of(call_with(ClosedPolicy(), never)) == ("forbidden", "Nobody is allowed.")


def failing(error: Exception) -> Callable[[], Response]:
    def act() -> Response:
        raise error

    return act


def test_error_of_a_domain_or_of_http_becomes_its_problem() -> None:
    for error in (PostingNotFound("x"), NotFound("x"), ServiceUnavailable("x"), InternalError("x")):
        response = call_with(OPEN, failing(error))
        assert problem_of(response) == (PROBLEMS[type(error)].slug, "x")
        assert isinstance(response, ProblemResponse)
        assert response.cause is None


@pytest.mark.parametrize(
    ("error", "slug", "detail"),
    [
        (RedisError("secret"), "unavailable", "The queue cannot be reached."),
        (RedisConnectionError("secret"), "unavailable", "The queue cannot be reached."),
        (PyMongoError("secret"), "unavailable", "The database cannot be reached."),
        (ServerSelectionTimeoutError("secret"), "unavailable", "The database cannot be reached."),
        (ValueError("secret"), "internal-error", ""),
        (AssertionError("secret"), "internal-error", ""),
        (RecursionError("secret"), "internal-error", ""),
    ],
)
def test_unexpected_error_becomes_a_problem_without_its_text(
    error: Exception, slug: str, detail: str
) -> None:
    response = call_with(OPEN, failing(error))
    assert problem_of(response) == (slug, detail)
    assert isinstance(response, ProblemResponse)
    assert response.cause is error


def test_error_in_a_policy_becomes_a_problem() -> None:
    class BrokenPolicy(AdaPolicy):
        def authorize(
            self, request: Request, verify_token: VerifyToken, services: GetServices
        ) -> str:
            raise RedisError("secret")

    response = call_with(BrokenPolicy(), lambda: Response(""))
    assert problem_of(response) == ("unavailable", "The queue cannot be reached.")


def blueprint_with(*routes: tuple[str, str]) -> Blueprint:
    blueprint = Blueprint("tests")
    for number, (method, path) in enumerate(routes):

        def view() -> str:
            return ""

        view.__name__ = f"view_{number}"
        getattr(blueprint, method)(path, policy=OPEN, response=TEXT)(view)
    return blueprint


def test_routes_are_sorted_by_path_and_method() -> None:
    made = make_app(blueprint_with(("put", "/b"), ("get", "/b"), ("post", "/a")))
    routes = [(route.method, route.path) for route in all_routes(made)]
    assert routes == [("POST", "/a"), ("GET", "/b"), ("PUT", "/b")]


@pytest.mark.parametrize(
    ("methods", "named"), [(["GET"], "GET"), (["POST"], "POST"), (["PUT", "DELETE"], "DELETE")]
)
def test_app_with_a_bare_route_is_refused(methods: list[str], named: str) -> None:
    made = make_app(blueprint_with(("get", "/a"), ("get", "/z")))

    @made.route("/bare", methods=methods)
    def bare() -> str:
        return ""

    with pytest.raises(MissingPolicyError) as caught:
        require_policies(made)
    assert str(caught.value) == f"{named} /bare has no policy"


def test_bare_route_of_a_blueprint_is_found() -> None:
    blueprint = blueprint_with(("get", "/a"))

    @blueprint.route("/a", methods=["POST"])
    def bare() -> str:
        return ""

    with pytest.raises(MissingPolicyError, match=r"^POST /a has no policy"):
        require_policies(make_app(blueprint))


def test_app_whose_routes_all_have_a_policy_is_accepted() -> None:
    require_policies(make_app())
    require_policies(make_app(blueprint_with(("get", "/a"), ("post", "/a"), ("get", "/z"))))


def test_every_route_of_the_api_has_a_policy() -> None:
    require_policies(api.app)
    routes = all_routes(api.app)
    assert len(routes) > 10
    assert all(route.policy.on for route in routes)
