"""Routes: none without a policy, and what becomes of errors in them."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from chalice import Blueprint, Chalice, Response
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

import app as api
from chalicelib.auth.errors import Forbidden
from chalicelib.http.bodies import ProblemResponse
from chalicelib.http.declaring import Declared
from chalicelib.http.errors import InternalError, NotFound, ServiceUnavailable
from chalicelib.http.problems import PROBLEMS
from chalicelib.http.routes import Anyone, UnguardedRouteError, policies, route, seal
from chalicelib.recruiting.postings.errors import PostingNotFound
from tests.unit.auth.token_forger import make_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

OPEN = Anyone("the door")

DECLARED = Declared(gives={200: str})


class Ada:
    """A policy that takes everyone for Ada."""

    roles = None
    on = "all that Ada has"
    problems = ()

    def __call__(self, request: Request) -> str:
        return "ada"


class Nobody(Ada):
    """A policy that lets nobody in."""

    def __call__(self, request: Request) -> str:
        raise Forbidden("Nobody comes in.")


def make_app(*blueprints: Blueprint) -> Chalice:
    made = Chalice(app_name="of-tests", configure_logs=False)
    for blueprint in blueprints:
        made.register_blueprint(blueprint)
    return made


def view_of(made: Chalice, method: str, path: str) -> Any:
    return made.routes[path][method].view_function


def test_anyone_is_let_in_and_nobody_asked() -> None:
    assert OPEN.on == "the door"
    assert OPEN.roles is None
    assert OPEN(make_request()) is None  # type: ignore[func-returns-value]
    with pytest.raises(FrozenInstanceError):
        setattr(OPEN, "on", "all")  # noqa: B010


def test_a_view_gets_request_caller_and_what_stands_in_the_path() -> None:
    blueprint = Blueprint("of_tests")
    seen: list[Any] = []

    @route(blueprint, "PUT", "/things/{thing}", policy=Ada(), declared=DECLARED)
    def change(request: Request, caller: str, thing: str) -> Response:
        """Change a thing."""
        seen.extend([request, caller, thing])
        return Response("changed")

    made = make_app(blueprint)
    asked: Any = make_request()
    made.current_request = asked
    assert list(made.routes) == ["/things/{thing}"]
    assert list(made.routes["/things/{thing}"]) == ["PUT"]
    view = view_of(made, "PUT", "/things/{thing}")
    assert view(thing="7").body == "changed"
    assert seen == [asked, "ada", "7"]
    assert view.__name__ == "change"
    assert view.__doc__ == "Change a thing."
    assert made.routes["/things/{thing}"]["PUT"].view_name == "change"


def test_the_view_itself_is_handed_back() -> None:
    def view(request: Request, caller: None) -> Response:
        return Response("")

    assert route(Blueprint("of_tests"), "GET", "/x", policy=OPEN, declared=DECLARED)(view) is view


def asked(policy: Any, act: Callable[[], Response]) -> Response:
    blueprint = Blueprint("of_tests")

    @route(blueprint, "GET", "/x", policy=policy, declared=DECLARED)
    def view(request: Request, caller: Any) -> Response:
        return act()

    made = make_app(blueprint)
    made.current_request = make_request()
    answer: Response = view_of(made, "GET", "/x")()
    return answer


def problem_of(answer: Response) -> tuple[str, str]:
    """The slug and the detail of a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = json.loads(str(answer.body))
    assert document["status"] == answer.status_code
    return document["type"].removeprefix("urn:hirelane:problem:"), document.get("detail", "")


def test_refused_caller_does_not_reach_the_view() -> None:
    def never() -> Response:
        raise AssertionError

    assert problem_of(asked(Nobody(), never)) == ("forbidden", "Nobody comes in.")


def failing(error: Exception) -> Callable[[], Response]:
    def act() -> Response:
        raise error

    return act


def test_error_of_a_domain_or_of_http_becomes_its_problem() -> None:
    for error in (PostingNotFound("x"), NotFound("x"), ServiceUnavailable("x"), InternalError("x")):
        answer = asked(OPEN, failing(error))
        assert problem_of(answer) == (PROBLEMS[type(error)].slug, "x")
        assert isinstance(answer, ProblemResponse)
        assert answer.cause is None


@pytest.mark.parametrize(
    ("error", "slug", "detail"),
    [
        (RedisError("secret"), "unavailable", "The queue cannot be reached."),
        (RedisConnectionError("secret"), "unavailable", "The queue cannot be reached."),
        (PyMongoError("secret"), "unavailable", "The database cannot be reached."),
        (
            ServerSelectionTimeoutError("secret"),
            "unavailable",
            "The database cannot be reached.",
        ),
        (ValueError("secret"), "internal-error", ""),
        (AssertionError("secret"), "internal-error", ""),
        (RecursionError("secret"), "internal-error", ""),
    ],
)
def test_unexpected_error_becomes_a_problem_without_its_text(
    error: Exception, slug: str, detail: str
) -> None:
    answer = asked(OPEN, failing(error))
    assert problem_of(answer) == (slug, detail)
    assert isinstance(answer, ProblemResponse)
    assert answer.cause is error


def test_an_error_in_a_policy_becomes_a_problem_too() -> None:
    class Broken(Ada):
        def __call__(self, request: Request) -> str:
            raise RedisError("secret")

    answer = asked(Broken(), lambda: Response(""))
    assert problem_of(answer) == ("unavailable", "The queue cannot be reached.")


def guarded(*routes: tuple[str, str]) -> Blueprint:
    blueprint = Blueprint("of_tests")
    for number, (method, path) in enumerate(routes):

        def view(request: Request, caller: None) -> Response:
            return Response("")

        view.__name__ = f"view_{number}"
        route(blueprint, method, path, policy=OPEN, declared=DECLARED)(view)
    return blueprint


def test_routes_are_listed_by_path_and_method() -> None:
    made = make_app(guarded(("PUT", "/b"), ("GET", "/b"), ("POST", "/a")))

    @made.route("/aa", methods=["DELETE"])
    def bare() -> str:
        return ""

    assert list(policies(made)) == [
        ("POST", "/a", OPEN),
        ("DELETE", "/aa", None),
        ("GET", "/b", OPEN),
        ("PUT", "/b", OPEN),
    ]


@pytest.mark.parametrize(
    ("methods", "named"), [(["GET"], "GET"), (["POST"], "POST"), (["PUT", "DELETE"], "DELETE")]
)
def test_an_app_with_a_bare_route_is_not_sealed(methods: list[str], named: str) -> None:
    made = make_app(guarded(("GET", "/a"), ("GET", "/z")))

    @made.route("/bare", methods=methods)
    def bare() -> str:
        return ""

    with pytest.raises(UnguardedRouteError) as caught:
        seal(made)
    assert str(caught.value) == f"{named} /bare has no policy; see chalicelib.http.routes"


def test_a_bare_route_of_a_blueprint_is_found_too() -> None:
    blueprint = guarded(("GET", "/a"))

    @blueprint.route("/a", methods=["POST"])
    def bare() -> str:
        return ""

    with pytest.raises(UnguardedRouteError, match=r"^POST /a has no policy"):
        seal(make_app(blueprint))


def test_an_app_whose_routes_all_have_a_policy_is_sealed() -> None:
    seal(make_app())
    seal(make_app(guarded(("GET", "/a"), ("POST", "/a"), ("GET", "/z"))))


def test_the_api_is_sealed() -> None:
    seal(api.app)
    assert len(list(policies(api.app))) > 10
    assert all(policy and policy.on for _, _, policy in policies(api.app))
