"""Any text is an expression or is refused; any expression has a value or none; nothing is slow."""

import time
from contextlib import suppress
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from support.jexl import NOW

from broker.jexl.budget import Budget
from broker.jexl.errors import JexlError
from broker.jexl.evaluate import evaluate, result
from broker.jexl.parser import parse
from broker.jexl.transforms.table import TRANSFORMATIONS

WORDS = st.sampled_from([
    *"()[]{}|?:,.+-*/%^<>", "&&", "||", "==", "!=", ">=", "<=", "//", "in", "true", "null", " ",
    "a", "b", "metadata", "0", "1", "2.5", "1e3", "'a'", '"b"', "'[0-9]+'", "''", "'\\'", "[.a<",
    "|toString", "|toJson", "|len", "{a:", "10000000000",
    *(f"|{name}" for name in TRANSFORMATIONS), *(f"|{name}(" for name in TRANSFORMATIONS),
])  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts),
    max_leaves=12,
)
CONTEXTS = st.dictionaries(st.sampled_from(["a", "b", "metadata"]), VALUES)

OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "^", "==", "!=", "<", "<=", ">", ">=", " in ", "&&", "||"]
)


def larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of smaller ones: always well-formed."""
    arguments = st.lists(parts, max_size=3).map(",".join)
    return st.one_of(
        st.tuples(parts, OPERATORS, parts).map("".join),
        st.builds("({})".format, parts),
        st.builds("({})?({}):({})".format, parts, parts, parts),
        st.builds("({})|{}".format, parts, st.sampled_from(sorted(TRANSFORMATIONS))),
        st.builds("({})|{}({})".format, parts, st.sampled_from(sorted(TRANSFORMATIONS)), arguments),
        st.builds("({})[{}]".format, parts, parts),
        st.builds("({})[.a == ({})]".format, parts, parts),
        st.builds("({}).a".format, parts),
        st.builds("[{}]".format, arguments),
        st.builds("{{a:{},'b':{}}}".format, parts, parts),
    )


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "metadata.a", "1", "0", "2.5", "'a'", "'1'", "'.'", "null", "true"]),
    larger,
    max_leaves=8,
)


@given(st.text() | st.lists(WORDS, max_size=30).map("".join), CONTEXTS)
@settings(max_examples=1_000)
def test_any_text_has_a_value_or_none(text: str, context: dict[str, Any]) -> None:
    told = result(text, context, Budget(), NOW)
    orjson.dumps(told)


@given(EXPRESSIONS, CONTEXTS)
@settings(max_examples=1_000)
def test_any_expression_is_read_and_its_value_is_json(text: str, context: dict[str, Any]) -> None:
    before = orjson.dumps(context)
    expression = parse(text)
    with suppress(JexlError):
        orjson.dumps(evaluate(expression, context, Budget(), NOW))
    orjson.dumps(result(text, context, Budget(), NOW))
    assert orjson.dumps(context) == before, "a value of the context was changed"


@given(EXPRESSIONS, CONTEXTS)
def test_a_value_is_the_same_every_time(text: str, context: dict[str, Any]) -> None:
    values = [orjson.dumps(result(text, context, Budget(), NOW)) for _ in range(2)]
    assert values[0] == values[1]


@given(st.lists(WORDS, min_size=1, max_size=5).map("".join), st.text(min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_nothing_is_slow(piece: str, filler: str) -> None:
    """Repeated to the limits, over values of half a megabyte: what is quadratic takes minutes."""
    text = (piece * 10_000)[:10_000]
    context = {"a": filler * 250_000, "b": [filler] * 100_000}
    started = time.perf_counter()
    result(text, context, Budget(), NOW)
    result("a" + piece, context, Budget(), NOW)
    result("b" + piece, context, Budget(), NOW)
    assert time.perf_counter() - started < 3
