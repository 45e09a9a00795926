"""Any text is a filter of NGSI-v2 or is refused, in a time that grows with its length alone."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.filter_texts import COORDINATES, GEOMETRIES, GEORELS, PARAMETERS, TEXTS

from broker.ql.errors import QuerySyntaxError
from broker.ql.predicate import compile_predicate
from broker.ql.v2_geo import parse_geo
from broker.ql.v2_query import parse_mq, parse_q
from broker.service.call import Call
from broker.v2.decode.expression import decode_expression
from broker.v2.filters import matcher, order_of, query_of
from broker.v2.parameters import read_parameters
from kernel.errors import BadRequestError
from kernel.permission import ANYBODY

CALL = Call(ANYBODY, "", "", "c")


@given(text=TEXTS)
def test_any_text_is_a_filter_of_values_or_is_refused(text: str) -> None:
    with suppress(QuerySyntaxError):
        compile_predicate(parse_q(text))


@given(text=TEXTS)
def test_any_text_is_a_filter_of_metadata_or_is_refused(text: str) -> None:
    with suppress(QuerySyntaxError):
        compile_predicate(parse_mq(text))


@given(georel=GEORELS, geometry=GEOMETRIES, coords=COORDINATES)
def test_any_texts_are_a_place_or_are_refused(georel: str, geometry: str, coords: str) -> None:
    with suppress(QuerySyntaxError):
        compile_predicate(parse_geo(georel, geometry, coords))


@given(said=PARAMETERS)
@settings(max_examples=300)
def test_any_parameters_are_a_query_or_are_refused(said: dict[str, str]) -> None:
    with suppress(BadRequestError):
        query = query_of(CALL, read_parameters(said))
        compile_predicate(query.where)


@given(value=st.dictionaries(st.sampled_from(["q", "mq", "georel", "geometry", "coords"]), TEXTS))
def test_any_expression_is_read_or_refused(value: dict[str, str]) -> None:
    with suppress(BadRequestError):
        decode_expression(value)


@given(pattern=TEXTS)
def test_any_pattern_is_read_or_refused(pattern: str) -> None:
    with suppress(BadRequestError):
        compile_predicate(matcher(ids=(), types=(), id_regex=pattern, type_regex=pattern))


# Time --------------------------------------------------------------------------------------------

SHORT, TIMES = 4_000, 8
"""Of eight times the length, a linear reader takes 8 times as long, a quadratic one 64."""
MOST = 24

LONG: dict[str, Callable[[int], str]] = {
    "statements": lambda size: "a==1;" * size,
    "one path": lambda size: "a" + ".b" * size + "==1",
    "a list": lambda size: "a==" + "1," * size + "1",
    "texts of a list": lambda size: "a!=" + "'x'," * size + "'y'",
    "quotes": lambda size: "'" * size,
    "quoted tokens": lambda size: "'a'." * size + "b",
    "marks of negation": lambda size: "!" * size,
    "operators": lambda size: "a" + "<" * size,
    "dots of a range": lambda size: "a==1" + "." * size,
    "digits": lambda size: "a==" + "1" * size,
    "an exponent": lambda size: "a==1e" + "9" * size,
    "a date": lambda size: "a==2020-01-01T" + "0" * size,
    "white space": lambda size: "a==" + " " * size + "b",
    "a pattern": lambda size: "a~=" + "[ab]*" * size,
}


def seconds(read: Callable[[str], object], text: str) -> float:
    """The least of three, since whatever else runs only adds."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        with suppress(BadRequestError):
            read(text)
        took.append(time.perf_counter() - begun)
    return min(took)


def is_linear(read: Callable[[str], object], text: Callable[[int], str]) -> bool:
    """Whether a text of eight times the length takes no more than a wide margin of eight."""
    shorter = max(seconds(read, text(SHORT)), 1e-4)  # what is shorter is not measured well
    return seconds(read, text(SHORT * TIMES)) <= MOST * shorter


@pytest.mark.parametrize("shape", LONG)
@pytest.mark.parametrize("read", [parse_q, parse_mq], ids=["q", "mq"])
def test_reading_a_filter_takes_time_in_its_length(
    shape: str, read: Callable[[str], object]
) -> None:
    assert is_linear(read, LONG[shape])


@pytest.mark.parametrize("geometry", ["line", "polygon"])
def test_reading_a_place_takes_time_in_its_length(geometry: str) -> None:
    def read(coords: str) -> object:
        return parse_geo("intersects", geometry, coords)

    assert is_linear(read, lambda size: "0,0;" + "0,1;1,1;" * size + "0,0")


def test_reading_an_order_takes_time_in_its_length() -> None:
    assert is_linear(
        lambda text: order_of(text, ""), lambda size: ",".join(f"a{index}" for index in range(size))
    )


def test_a_quadratic_reader_would_be_found() -> None:
    def read(text: str) -> object:
        return [text[index:].count("x") for index in range(0, len(text), 10)]

    assert not is_linear(read, lambda size: "x" * size * 4)
