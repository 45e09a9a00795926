"""What expressions mean; most cases are those of Orion's manual and functional tests."""

from typing import Any

import pytest
from support.jexl import exactly, valued

from broker.jexl.errors import EvaluationError

A = {"A": [10, {"A1": 20}], "B": {"B1": [11, 22, {"C": 30}]}}


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("A+B", {"A": 1, "B": 2}, 3),
        ("A+B", {"A": "foo", "B": "bar"}, "foobar"),
        ("A+B", {"A": 2.1, "B": -3.8}, -1.7),
        ("humidity/100", {"humidity": 84.4}, 0.844),
        ("A[0] + A[1].A1 + B.B1[2].C", A, 60),
        ("A['x']", {"A": {"x": 1}}, 1),
        ("A[i]", {"A": [1, 2], "i": 1.9}, 2),
        ("A[0-1]", {"A": [1, 2]}, 1),
        ("A[7]", {"A": [1, 2]}, None),
        ("A.x", {"A": [1]}, None),
        ("A['x'].y.z", {"A": {}}, None),
        ("A[true]", {"A": [1]}, None),
        ("A[0]", {"A": "text"}, None),
        ("7 // 2", {}, 3),
        ("(0-7) // 2", {}, -4),
        ("7 % 3", {}, 1),
        ("(0-7) % 3", {}, -1),
        ("2 ^ 10", {}, 1024),
        ("(0-8) ^ 0.5", {}, None),
        ("10 ^ 400", {}, None),
        ("1/0", {}, None),
        ("0/0", {}, None),
        ("1//0", {}, None),
        ("1%0", {}, None),
        ("0.1+0.2", {}, 0.3),
        ("1/3", {}, 0.333333333),
        ("1-0.0000000001", {}, 1),
        ("[1.0, 2.5][0]", {}, 1),
        ("9007199254740993+0", {}, 9007199254740992),
        ("'a' < 'b'", {}, True),
        ("2 >= 2", {}, True),
        ("2 <= 1", {}, False),
        ("'2' > 1", {}, None),
        ("null < 1", {}, None),
        ("0.1+0.2 == 0.3", {}, True),
        ("1 != 2", {}, True),
        ("'a' == 1", {}, False),
        ("'a' != 1", {}, True),
        ("null == null", {}, True),
        ("true == 1", {}, False),
        ("A == {a: [1]}", {"A": {"a": [1]}}, True),
        ("A == {a: [2]}", {"A": {"a": [1]}}, False),
        ("A == [true]", {"A": [1]}, False),
        ("'bar' in 'foobartek'", {}, True),
        ("'bar' in ['foo', 'bar']", {}, True),
        ("1 in A", {"A": [1, 2]}, True),
        ("'x' in A", {"A": {"x": None}}, True),
        ("1 in 1", {}, False),
        ("1 in 'a'", {}, None),
        ("true + 1", {}, None),
        ("'a' - 'b'", {}, None),
        ("'a' * 2", {}, None),
        ("{a: 1, 'b c': [2]}", {}, {"a": 1, "b c": [2]}),
        ("{}", {}, {}),
        ("[]", {}, []),
    ],
)
def test_an_expression_gives(text: str, context: dict[str, Any], expected: Any) -> None:
    given = valued(text, **context)
    assert given == expected
    assert type(given) is type(expected)


@pytest.mark.parametrize(
    ("value", "is_true"),
    [
        (None, False), (False, False), (0, False), (0.0, False), ("", False),
        (True, True), (1, True), (-0.5, True), ("0", True), ([], True), ({}, True),
    ],
)  # fmt: skip
def test_what_counts_as_true(value: Any, is_true: bool) -> None:
    assert valued("A ? 'yes' : 'no'", A=value) == ("yes" if is_true else "no")
    assert valued("A && 'yes'", A=value) == ("yes" if is_true else value)
    assert valued("A || 'no'", A=value) == (value if is_true else "no")


@pytest.mark.parametrize(
    ("text", "of_1", "of_null", "of_nothing"),
    [
        ("(A==null)?'is null':A", 1, "is null", None),
        ("A||'is null'", 1, "is null", "is null"),
        ("A||-1", None, None, None),
        ("A||0-1", 1, -1, -1),
        ("A||('-1'|parseInt)", 1, -1, -1),
        ("A||0", 1, 0, 0),
        ("A+1", 2, None, None),
        ("A&&2", 2, None, None),
        ("A", 1, None, None),
    ],
)
def test_the_manual_on_what_is_null_or_missing(
    text: str, of_1: Any, of_null: Any, of_nothing: Any
) -> None:
    assert valued(text, A=1) == of_1
    assert valued(text, A=None) == of_null
    assert valued(text) == of_nothing


def test_a_condition_without_a_value_is_not_met() -> None:
    assert valued("(A==null) ? 1 : 2") == 2


def test_what_is_not_chosen_is_not_evaluated() -> None:
    assert valued("true ? 1 : (A|unknown)") == 1
    assert valued("1 || (A|unknown)") == 1
    assert valued("0 && (A|unknown)") == 0


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([{"b": 1}, {"b": 34}, {"b": 4}], [{"b": 1}, {"b": 4}]),
        ([{"c": 1}, {"b": -1}, {"b": 2}], [{"b": -1}, {"b": 2}]),
        ([{"b": -1}, {"b": "foo"}], [{"b": -1}]),
        ([{"b": -1, "c": 1}, {"b": 20, "d": 3}], [{"b": -1, "c": 1}]),
        ([7, None, "b"], []),
        ({"b": 1}, None),
    ],
)
def test_a_filter_keeps_the_elements_that_compare(elements: Any, expected: Any) -> None:
    assert valued("a[.b<5]", a=elements) == expected


def test_a_filter_can_ask_for_what_lacks() -> None:
    assert valued("a[.b == null]", a=[{"b": 1}, {"c": 2}]) == [{"c": 2}]


def test_the_operand_of_a_filter_stands_outside_of_its_elements() -> None:
    assert valued("a[.b in (c+['z'][0])].b", a=[{"b": "x"}], c="x") is None
    assert valued("a[.b in (c+'z')]", a=[{"b": "x"}, {"b": "y"}], c="x") == [{"b": "x"}]


@pytest.mark.parametrize(
    "text", ["A|unknown", "A|unknown||1", "B", "B.x", "[1, B]", "{a: B}", "1|sqrt(B)", "A < 'a'"]
)
def test_what_has_no_value_raises_and_is_told_as_null(text: str) -> None:
    if not text.endswith("||1"):
        with pytest.raises(EvaluationError):
            exactly(text, A=1)
        assert valued(text, A=1) is None
        return
    assert valued(text, A=1) == 1


def test_errors_name_no_values() -> None:
    with pytest.raises(EvaluationError) as raised:
        exactly("secret < 1", secret="090-1234-5678")
    assert "090" not in str(raised.value)


def test_what_only_stands_in_the_context_stays_as_it_is() -> None:
    value = {"a": [1.123456789012345, 5.0, 2**60]}
    assert valued("A", A=value) is value
    assert valued("A.a", A=value) is value["a"]
    assert valued("A.a[0]", A=value) == 1.123456789


def test_a_value_of_the_context_is_never_changed() -> None:
    value = {"a": [1.0, {"b": 2.0}]}
    told = valued("A['a']", A=value)
    assert told == [1, {"b": 2}]
    assert type(value["a"][0]) is float
