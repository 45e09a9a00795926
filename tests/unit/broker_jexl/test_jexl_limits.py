"""No expression costs more than one may, however it is written."""

from itertools import product
from typing import Any

import pytest
from support.jexl import NOW, valued

from broker.jexl.budget import DEEPEST, ITEM, WORK, Budget
from broker.jexl.errors import EvaluationError, ExpressionError
from broker.jexl.evaluate import result
from broker.jexl.parser import LONGEST, MOST_NESTED, MOST_OPERATIONS, parse


@pytest.mark.parametrize(
    "chain", ["{}+1", "{}.a", "{}[0]", "{}|trim", "{}?1:2", "{}||1", "{}==1", "{}&&1"]
)
def test_operations_are_limited(chain: str) -> None:
    longest = chain.format("a") + chain.format("") * (MOST_OPERATIONS - 1)
    parse(longest)
    valued(longest, a=1)
    with pytest.raises(ExpressionError):
        parse(longest + chain.format(""))


@pytest.mark.parametrize(("begin", "end"), [("(", ")"), ("[", "]"), ("{a:", "}"), ("1|f(", ")")])
def test_nesting_is_limited(begin: str, end: str) -> None:
    deepest = begin * MOST_NESTED + "1" + end * MOST_NESTED
    parse(deepest)
    valued(deepest)
    with pytest.raises(ExpressionError):
        parse(f"{begin}{deepest}{end}")


def test_length_is_limited() -> None:
    parse("'" + "a" * (LONGEST - 2) + "'")
    with pytest.raises(ExpressionError):
        parse("'" + "a" * (LONGEST - 1) + "'")


@pytest.mark.parametrize("text", ["(" * 5_000, "'" + "\\'" * 4_000, "a[" * 4_000, "1." * 4_000])
def test_what_is_never_closed_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_texts_that_grow_are_stopped_before_they_are_made() -> None:
    thousand = "a" * 1_000
    text = "A" + "|replaceStr('a',A)" * 5
    assert valued(text, A=thousand) is None
    assert len(valued("A|replaceStr('a',A)", A=thousand)) == 1_000_000


def test_escapes_of_escapes_are_stopped() -> None:
    text = "A|toString"
    for _ in range(25):
        text = f"[{text}]|toString"
    assert valued(text, A='"' * 1_000) is None


@pytest.mark.parametrize(
    "text",
    [
        "A|replaceRegex('a','')",
        "A|matchRegex('a(.*b)?')",
        "A|matchRegex('((a{50}){20})+b')",
        "A|split('')|toString|split('')|toString|split('')|toString",
    ],
)
def test_long_texts_with_many_matches_are_stopped(text: str) -> None:
    budget = Budget()
    assert result(text, {"A": "a" * 500_000}, budget, NOW) is None
    with pytest.raises(EvaluationError):
        budget.spend(WORK)


def test_values_that_double_are_stopped_when_they_are_told() -> None:
    budget, value = Budget(), ["a" * 100]
    context: dict[str, Any] = {"A": value}
    for _ in range(40):
        context["A"] = result("[A, A]", context, budget, NOW)
    assert context["A"] is None or context["A"] == [None, None]


def test_values_that_nest_are_stopped_when_they_are_told() -> None:
    context: dict[str, Any] = {"A": 1}
    depths = []
    for _ in range(DEEPEST + 1):
        context["A"] = result("[A]", context, Budget(), NOW)
        depths.append(context["A"] is not None)
    assert depths == [True] * DEEPEST + [False]


def test_what_is_spent_is_not_given_back() -> None:
    budget = Budget(100)
    with pytest.raises(EvaluationError):
        budget.spend(101)
    assert result("1", {}, budget, NOW) is None
    assert result("A||1", {}, budget, NOW) is None


def test_walking_through_a_value_is_paid_for_whole() -> None:
    value = {"abc": ["de", 1, None, {"f": True}]}
    whole = (ITEM + 3) + 4 * ITEM + 2 + (ITEM + 1)
    Budget(whole).spend_on(value)
    with pytest.raises(EvaluationError):
        Budget(whole - 1).spend_on(value)


def test_equality_of_large_values_is_paid_for() -> None:
    array = [[i, str(i)] for i in range(100_000)]
    text = "&&".join(["A==B"] * 50)
    assert valued(text, A=array, B=[list(one) for one in array]) is None
    assert valued("A==B", A=array, B=array) is True


def test_numbers_beyond_floats_have_no_value() -> None:
    huge = 10**400
    for operator, order in product(("+", "<", "=="), ("A{}1", "1{}A")):
        assert valued(order.format(operator), A=huge) is None
    for name in ("floor", "sqrt", "now", "arrSum"):
        assert valued(f"A|{name}", A=huge) is None
    assert valued("[A]|arrSum", A=huge) is None
