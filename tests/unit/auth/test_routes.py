"""Routes: none without a policy, and what becomes of errors in them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from chalice import Blueprint, Chalice, Response
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

import app as api
from chalicelib.errors import Forbidden, InternalError, NotFound, Problem, Unavailable
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import Anyone, UnguardedRouteError, policies, route, seal
from tests.unit.auth.forging import request

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
    assert OPEN(request()) is None  # type: ignore[func-returns-value]
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
    asked: Any = request()
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
    made.current_request = request()
    answer: Response = view_of(made, "GET", "/x")()
    return answer


def test_a_view_is_not_called_for_whom_the_policy_refuses() -> None:
    def never() -> Response:
        raise AssertionError

    with pytest.raises(Forbidden) as caught:
        asked(Nobody(), never)
    assert caught.value.detail == "Nobody comes in."


def failing(error: Exception) -> Callable[[], Response]:
    def act() -> Response:
        raise error

    return act


def test_a_problem_stays_what_it_is() -> None:
    for problem in (NotFound("x"), Unavailable("y"), InternalError("z"), Problem("p")):
        with pytest.raises(Problem) as caught:
            asked(OPEN, failing(problem))
        assert caught.value is problem
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "kind", "detail"),
    [
        (RedisError("secret"), Unavailable, "The queue cannot be reached."),
        (RedisConnectionError("secret"), Unavailable, "The queue cannot be reached."),
        (PyMongoError("secret"), Unavailable, "The database cannot be reached."),
        (ServerSelectionTimeoutError("secret"), Unavailable, "The database cannot be reached."),
        (ValueError("secret"), InternalError, ""),
        (AssertionError("secret"), InternalError, ""),
        (RecursionError("secret"), InternalError, ""),
    ],
)
def test_an_error_becomes_a_problem_that_tells_nothing(
    error: Exception, kind: type[Problem], detail: str
) -> None:
    with pytest.raises(Problem) as caught:
        asked(OPEN, failing(error))
    assert type(caught.value) is kind
    assert caught.value.detail == detail
    assert caught.value.__cause__ is error


def test_an_error_in_a_policy_becomes_a_problem_too() -> None:
    class Broken(Ada):
        def __call__(self, request: Request) -> str:
            raise RedisError("secret")

    with pytest.raises(Unavailable) as caught:
        asked(Broken(), lambda: Response(""))
    assert caught.value.detail == "The queue cannot be reached."


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
