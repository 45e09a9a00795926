"""`q` and `mq` of NGSI-v2, example by example of the specification."""

import pytest

from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    Literal,
    Matches,
    Node,
    Not,
    OneOf,
    Op,
    Path,
)
from broker.ql.errors import PatternError, QuerySyntaxError
from broker.ql.v2_query import parse_mq, parse_q
from kernel.times import parse_instant

T = Path("temperature")
COLOR = Path("color")
DAY = "2026-02-11T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("temperature", Exists(T)),
        ("!temperature", Not(Exists(T))),
        ("temperature==40", Compare(T, Op.EQUAL, Literal(40))),
        ("temperature:40", Compare(T, Op.EQUAL, Literal(40))),
        ("temperature!=41", Compare(T, Op.UNEQUAL, Literal(41))),
        ("temperature>42", Compare(T, Op.GREATER, Literal(42))),
        ("temperature>=-4.5e1", Compare(T, Op.GREATER_EQUAL, Literal(-45.0))),
        ("temperature<43", Compare(T, Op.LESS, Literal(43))),
        (" temperature <= 45 ", Compare(T, Op.LESS_EQUAL, Literal(45))),
        ("temperature==10..20", Between(T, Literal(10), Literal(20))),
        ("temperature==.5..1.5", Between(T, Literal(0.5), Literal(1.5))),
        ("color==a..b", Between(COLOR, Literal("a"), Literal("b"))),
        (
            "temperature!=10..20",
            And((Exists(T), Not(Between(T, Literal(10), Literal(20))))),
        ),
        ("color==black,red", OneOf(COLOR, (Literal("black"), Literal("red")))),
        ("color==black,null", OneOf(COLOR, (Literal("black"), Literal(None)))),
        (
            "color=='light,green','deep,blue'",
            OneOf(COLOR, (Literal("light,green"), Literal("deep,blue"))),
        ),
        (
            "color!=black,red",
            And(
                (
                    Compare(COLOR, Op.UNEQUAL, Literal("black")),
                    Compare(COLOR, Op.UNEQUAL, Literal("red")),
                )
            ),
        ),
        ("title=='20'", Compare(Path("title"), Op.EQUAL, Literal("20"))),
        ("title==''", Compare(Path("title"), Op.EQUAL, Literal(""))),
        ("open==true", Compare(Path("open"), Op.EQUAL, Literal(True))),
        ("open==null", Compare(Path("open"), Op.EQUAL, Literal(None))),
        ("open=='null'", Compare(Path("open"), Op.EQUAL, Literal("null"))),
        ("color~=ow", Matches(COLOR, "ow")),
        ("color~=^b[l.]+ [a-z]$", Matches(COLOR, "^b[l.]+ [a-z]$")),
        ("brand.name==x", Compare(Path("brand", keys=("name",)), Op.EQUAL, Literal("x"))),
        ("'a.b'.w.'x.y'==1", Compare(Path("a.b", keys=("w", "x.y")), Op.EQUAL, Literal(1))),
        ("a..b==1", Compare(Path("a", keys=("", "b")), Op.EQUAL, Literal(1))),
        ("'a'b==1", Compare(Path("ab"), Op.EQUAL, Literal(1))),
        ("a'.'b==1", Compare(Path("a.b"), Op.EQUAL, Literal(1))),
        ("'a", Exists(Path("a"))),
        ("url==http://a.b/c", Compare(Path("url"), Op.EQUAL, Literal("http://a.b/c"))),
        (f"at=={DAY}", Compare(Path("at"), Op.EQUAL, Literal(DAY, parse_instant(DAY)))),
        (f"at=='{DAY}'", Compare(Path("at"), Op.EQUAL, Literal(DAY))),
        (
            f"dateCreated>{DAY}",
            Compare(Path(Field.CREATED_AT), Op.GREATER, Literal(DAY, parse_instant(DAY))),
        ),
        (
            "temperature<24;humidity==75..90;status==running",
            And(
                (
                    Compare(T, Op.LESS, Literal(24)),
                    Between(Path("humidity"), Literal(75), Literal(90)),
                    Compare(Path("status"), Op.EQUAL, Literal("running")),
                )
            ),
        ),
        ("temperature;", Exists(T)),
        ("温度>1", Compare(Path("温度"), Op.GREATER, Literal(1))),
        ("n==18446744073709551616", Compare(Path("n"), Op.EQUAL, Literal(float(2**64)))),
        ("n==18446744073709551615", Compare(Path("n"), Op.EQUAL, Literal(2**64 - 1))),
    ],
)
def test_q_reads(text: str, node: Node) -> None:
    assert parse_q(text) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        (
            "temperature.accuracy<0.9",
            Compare(Path("temperature", ("accuracy",)), Op.LESS, Literal(0.9)),
        ),
        ("a.'m.n'.k", Exists(Path("a", ("m.n",), ("k",)))),
        ("a.dateModified", Exists(Path("a", (Facet.MODIFIED_AT,)))),
        ("!a.unitCode", Not(Exists(Path("a", (Facet.UNIT_CODE,))))),
    ],
)
def test_mq_reads(text: str, node: Node) -> None:
    assert parse_mq(text) == node


NO_LEFT = "empty left-hand-side in q-item"
NO_RIGHT = "empty right-hand-side in q-item"
BAD_NAME = "invalid character found in URI param /q/"
BAD_TEXT = "forbidden characters in String Filter"
NO_RANGE = "ranges only valid for equal and not equal ops"
NO_LIST = "lists only valid for equal and not equal ops"
MIXED = "invalid range: types mixed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty q"),
        (";", "empty q"),
        ("a;;b", "empty q-item"),
        ("a; ;b", "empty q-item (only whitespace)"),
        ("a;;", "empty q-item"),
        ("a; ; ", "empty q-item"),
        ("a=='b;c'", "non-terminated forced string"),
        ("a;" * 1_001, "too many statements in q [max: 1000]"),
        ("a==1" + ",1" * 10_001, "too many elements in q [max: 10000]"),
        ("==1", NO_LEFT),
        ("a==", NO_RIGHT),
        ("a~=", NO_RIGHT),
        ("!", NO_RIGHT),
        ("a=1", BAD_NAME),
        ("!a==1", BAD_NAME),
        ("a(b>1", BAD_NAME),
        ("'a'b", BAD_TEXT),
        ("a:=1", BAD_NAME),
        ("a=>1", BAD_NAME),
        ("'a==1", BAD_NAME),
        ("a'b", BAD_TEXT),
        ("a==x(y)", BAD_TEXT),
        ("a=='x<y'", BAD_TEXT),
        ("a~=(b)", BAD_TEXT),
        ("a~='b'", BAD_TEXT),
        ("a=='x", "non-terminated forced string"),
        ("a=='x'y", "non-terminated forced string"),
        ("a=='x'y'", "quote in forced string"),
        ("a>true", "values of type /Bool/ not supported for operator /GreaterThan/"),
        ("a<=null", "values of type /Null/ not supported for operator /LessThanOrEqual/"),
        ("a>1,2", NO_LIST),
        ("a>1..2", NO_RANGE),
        ("a==1..", "empty item in range"),
        ("a==..1", "empty item in range"),
        ("a==1..x", MIXED),
        ("a==1..2..3", MIXED),
        ("a==1..2,3", MIXED),
        ("a==1,2..3", MIXED),
        ("a==true..1", "invalid data type for /range-from/"),
        ("a==1..null", "invalid data type for /range-to/"),
        ("a==1,,2", "empty item in list"),
        ("a==1,", "empty item in list"),
        ("a==1,x", "invalid JSON value type in list"),
        ("a==1,null", "invalid JSON value type in list"),
        ("a!=true,false", "invalid JSON value type in list"),
        ("b;a~=[", "error compiling filter regex: '['"),
    ],
)
def test_what_q_does_not_read_is_refused_in_the_words_of_orion(text: str, words: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_q(text)
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("temperature", "no metadata in right-hand-side of q-item"),
        ("!temperature", "no metadata in right-hand-side of q-item"),
        ("temperature>1", "no metadata name - not valid for metadata filters"),
        ("temperature.>1", "no metadata name - not valid for metadata filters"),
        (".accuracy", "no attribute name - not valid for metadata filters"),
        ("temperature>1;a.b==", "empty right-hand-side in q-item"),
        ("a=b.c>1", "invalid character found in URI param /mq/"),
    ],
)
def test_mq_needs_a_metadata(text: str, words: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_mq(text)
    assert caught.value.message == words


def test_a_bad_pattern_is_an_error_of_its_own_kind() -> None:
    with pytest.raises(PatternError):
        parse_q(r"a~=\1")


@pytest.mark.parametrize("text", ["a;", ";a", " a ; ", "a"])
def test_a_query_may_begin_and_end_with_a_semicolon(text: str) -> None:
    assert parse_q(text.replace(" ; ", ";")) == Exists(Path("a"))


def test_a_thousand_statements_are_read() -> None:
    node = parse_q("a;" * 1_000)

    assert isinstance(node, And)
    assert len(node.nodes) == 1_000
