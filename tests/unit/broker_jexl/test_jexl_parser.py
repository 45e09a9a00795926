"""How expressions are read: strengths, brackets, texts, and what is no expression."""

import pytest
from support.jexl import valued

from broker.jexl.ast import (
    Binary,
    Conditional,
    Either,
    Expression,
    Identifier,
    Index,
    Literal,
    Member,
    Operator,
    Transform,
)
from broker.jexl.errors import ExpressionError
from broker.jexl.parser import parse

A, B, C = Identifier("a"), Identifier("b"), Identifier("c")
ONE, TWO = Literal(1.0), Literal(2.0)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        (" a\n", A),
        ("a.b.c", Member(Member(A, "b"), "c")),
        ("a[1].b", Member(Index(A, ONE), "b")),
        ("a-b-c", Binary(Operator.SUBTRACT, Binary(Operator.SUBTRACT, A, B), C)),
        ("a+b*c", Binary(Operator.ADD, A, Binary(Operator.MULTIPLY, B, C))),
        ("a*b^c", Binary(Operator.MULTIPLY, A, Binary(Operator.POWER, B, C))),
        ("a||1-2", Either(A, Binary(Operator.SUBTRACT, ONE, TWO))),
        ("a==b||c", Either(Binary(Operator.EQUAL, A, B), C)),
        ("a in b", Binary(Operator.IN, A, B)),
        ("a+b|f", Binary(Operator.ADD, A, Transform("f", B, ()))),
        ("a|f|g", Transform("g", Transform("f", A, ()), ())),
        ("a|f(b,1)", Transform("f", A, (B, ONE))),
        ("a|f(b,)", Transform("f", A, (B,))),
        ("a?b:c", Conditional(A, B, C)),
        ("a?b:c?1:2", Conditional(Conditional(A, B, C), ONE, TWO)),
        ("a==b?1:2", Binary(Operator.EQUAL, A, Conditional(B, ONE, TWO))),
        ("a|f?b|f:c", Conditional(Transform("f", A, ()), Transform("f", B, ()), C)),
        ("temperature-basic", Binary(
            Operator.SUBTRACT, Identifier("temperature"), Identifier("basic")
        )),
        ("index", Identifier("index")),
        ("nullable", Identifier("nullable")),
    ],
)  # fmt: skip
def test_a_text_is_read_as(text: str, tree: Expression) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("1.", 1), ("1.50", 1.5), (".5", 0.5), ("007", 7),
        ("1" + "0" * 400, None),
        ("true", True), ("false", False), ("null", None), ("Null", None), ("NULL", None),
        ("'a'", "a"), ('"a"', "a"), ("''", ""),
        (r"'it\'s'", "it's"), (r'"a\"b"', 'a"b'), ("'a\"b'", 'a"b'),
        (r"'\d+'", r"\d+"), (r"'\\'", None), (r"'a\nb'", r"a\nb"), (r"'\"'", r"\""),
        ("'大通 }'", "大通 }"),
        ("[1,]", [1]), ("{a:1,}", {"a": 1}), ("{'true': 1}", {"true": 1}), ("{ }", {}),
    ],
)  # fmt: skip
def test_literals(text: str, value: object) -> None:
    assert valued(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "A[0|includes('foo')", "A[0]|includes('foo)", "A[0]|includes('foo'|f", "A:B",
        "a b", "a +", "+ a", "-1", "!a", "a ! b", "a = b", "a & b", "a | ", "a|'f'", "a|f(1 2)",
        "a.1", "a.5", "a.'b'", "a.true", "a|in", "a[", "a[]", "a[.b]", "a[.b+1]", "a[.b<1",
        "a[.true<1]", "a[.b'<'1]", "(a", "a)", "()", "[,]", "[1,,2]", "{a}", "{1:2}", "{true:1}",
        "{a:1,a:2}", "{in:1}", "in", "a ? b", "a ? : b", "speed|split(' ')[0]|parseInt", "a#b",
        "é", "$a", "a;b", "'a", '"a', r"'a\'", "@a", "\x00", "1a",
    ],
)  # fmt: skip
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)
    assert valued(text, A=["foobar"], a=1, b=2) is None
