"""Bodies and queries as models: valid ones are read, and errors name the parameter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import pytest
from chalice.app import MultiDict
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.common.errors import InvalidField
from chalicelib.http.errors import InvalidFieldType
from chalicelib.http.requests import read_body, read_query
from tests.support.properties import examples

if TYPE_CHECKING:
    from collections.abc import Sequence


class SweetsQuery(msgspec.Struct, frozen=True):
    """A query in which every parameter is optional."""

    name: Annotated[str, msgspec.Meta(max_length=10)] = ""
    colours: tuple[Literal["red", "green"], ...] = ()
    count: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


class ShopQuery(msgspec.Struct, frozen=True):
    """A query that needs a parameter."""

    town: str


class OrderQuery(msgspec.Struct, frozen=True):
    """A query with patterns."""

    code: Annotated[
        str, msgspec.Meta(pattern="^['\"\\\\]$", description="A quotation mark or a backslash")
    ] = "'"
    size: Annotated[str, msgspec.Meta(pattern="^[SML]$")] = "S"


class FakeRequest:
    """A request with this query and body, as API Gateway gives it."""

    def __init__(self, query: dict[str, Sequence[str]] | None, body: bytes = b"") -> None:
        self.query_params = None if query is None else MultiDict(query)
        self.raw_body = body


def read(**query: Sequence[str]) -> SweetsQuery:
    request: Any = FakeRequest(query)
    return read_query(request, SweetsQuery)


def refusal(**query: Sequence[str]) -> InvalidField:
    with pytest.raises(InvalidField) as refused:
        read(**query)
    assert not isinstance(
        refused.value, InvalidFieldType
    )  # a query is text: there is no other type
    return refused.value


def field_of(problem: InvalidField) -> str:
    return problem.field


def test_missing_query_has_the_defaults() -> None:
    request: Any = FakeRequest(None)
    assert read_query(request, SweetsQuery) == SweetsQuery()


def test_texts_numbers_and_lists_are_read() -> None:
    assert read(name=["null"], count=["7"], colours=["red,green"]) == SweetsQuery(
        "null", ("red", "green"), 7
    )


def test_empty_values_are_the_defaults() -> None:
    assert read(name=[""], colours=[""]) == SweetsQuery()


@given(st.integers(-(10**20), 10**20))
@examples(0, 1, 50, 51, -1)
def test_number_is_read_if_it_is_within_its_bounds(count: int) -> None:
    if 1 <= count <= 50:
        assert read(count=[str(count)]).count == count
    else:
        assert field_of(refusal(count=[str(count)])) == "count"


@given(st.text().filter(lambda text: not text.strip("+-").isdigit()))
@examples("", "x", " 5", "5 ", "1_0", "5.5", "null")
def test_text_in_place_of_a_number_is_refused(count: str) -> None:
    assert field_of(refusal(count=[count])) == "count"


@given(
    st.tuples(
        st.lists(st.sampled_from(["red", "green"])),
        st.text(st.characters(exclude_characters=",")),
        st.lists(st.sampled_from(["red", "green"])),
    )
)
@examples(
    ([], "blue", []),
    (["red"], "blue", []),
    (["red"], "", []),
    ([], "RED", []),
    (["red"], "", ["green"]),
)
def test_one_invalid_value_in_a_list_names_the_parameter(
    values: tuple[list[str], str, list[str]],
) -> None:
    before, other, after = values
    text = ",".join([*before, other, *after])
    if other in ("red", "green") or not text:
        assert read(colours=[text]).colours == tuple(text.split(",") if text else ())
    else:
        assert field_of(refusal(colours=[text])) == "colours"


def test_too_long_text_is_refused() -> None:
    assert field_of(refusal(name=["x" * 11])) == "name"


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("code", "Expected a quotation mark or a backslash"),
        ("size", "Expected another format"),
    ],
)
def test_refusal_describes_a_pattern(parameter: str, reason: str) -> None:
    request: Any = FakeRequest({parameter: ["other"]})
    with pytest.raises(InvalidField) as refused:
        read_query(request, OrderQuery)
    assert refused.value.reason == reason


def test_unknown_parameter_is_named() -> None:
    assert field_of(refusal(colour=["red"])) == "colour"


@pytest.mark.parametrize("names", [["a", "b"], ["a", "a"]])
def test_repeated_parameter_is_refused(names: list[str]) -> None:
    assert field_of(refusal(name=names)) == "name"


def test_missing_parameter_is_named() -> None:
    request: Any = FakeRequest({})
    with pytest.raises(InvalidField) as refused:
        read_query(request, ShopQuery)
    assert field_of(refused.value) == "town"


@given(st.text('a"\\u\ud83d\ude00\udc00\u20ac'))
@examples("a\ud83d", "\ude00\ud83d", "\\ud83d", "\ud83d\ud83d\ude00")
def test_lone_surrogates_become_replacement_characters(text: str) -> None:
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    body = json.dumps({"name": text, f"{text}!": [text]}).encode()
    request: Any = FakeRequest({"town": [text]}, body)
    assert read_body(request, dict[str, Any]) == {"name": expected, f"{expected}!": [expected]}
    assert read_query(request, ShopQuery).town == expected
