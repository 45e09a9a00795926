"""Every transformation: the manual's example, null, and what it is not made for."""

from typing import Any

import pytest
from support.jexl import exactly, valued

from broker.jexl.transforms.table import TRANSFORMATIONS

OBJECT = {"x": 1, "y": "foo"}

# The examples of the manual, to the letter.
EXAMPLES: list[tuple[str, Any, Any]] = [
    ("c|uppercase", "fooBAR", "FOOBAR"),
    ("c|lowercase", "fooBAR", "foobar"),
    ("c|split(',')", "foo,bar,zzz", ["foo", "bar", "zzz"]),
    ("c|indexOf('xy')", "fooxybar", 3),
    ("c|len", "foobar", 6),
    ("c|trim", "  foo  bar  ", "foo  bar"),
    ("c|substring(3,5)", "foobar", "ba"),
    ("c|includes('ba')", "foobar", True),
    ("c|isNaN", "foobar", True),
    ("c|parseInt", "25", 25),
    ("c|parseFloat", "25.33", 25.33),
    ("c|typeOf", 23, "Number"),
    ("c|toString", 23, "23"),
    ("c|toJson", "[1,2]", [1, 2]),
    ("c|floor", 3.14, 3),
    ("c|ceil", 3.14, 4),
    ("c|round", 3.14, 3),
    ("c|toFixed(1)", 3.18, 3.2),
    ("c|log", 3.14, 1.144222799920162),
    ("c|log10", 3.14, 0.49692964807321494),
    ("c|log2", 3.14, 1.6507645591169025),
    ("c|sqrt", 3.14, 1.772004514666935),
    ("c|replaceStr('o','u')", "foobar", "fuubar"),
    (r"c|replaceRegex('\d+','X')", "aba1234aba786aba", "abaXabaXaba"),
    (r"c|matchRegex('\d+')", "abc1234fgh897hyt", ["1234", "897"]),
    ("c|mapper(['es','fr','de'],['Spain','France','Germany'])", "fr", "France"),
    ("c|thMapper([0-1,1],['low','medium','high'])", 0.5, "medium"),
    ("c|values", OBJECT, [1, "foo"]),
    ("c|keys", OBJECT, ["x", "y"]),
    ("c|arrSum", [1, 5], 6),
    ("c|arrAvg", [1, 5], 3),
    ("c|now", 0, 1722504662),
    ("c|toIsoString", 1720606949, "2024-07-10T10:22:29+00:00"),
    ("c|getTime", "2024-07-10T10:22:29+00:00", 1720606949),
]

# What the manual leaves to imagination; functional tests of Orion where they say something.
FURTHER: list[tuple[str, Any, Any]] = [
    ("c|uppercase", "straße", "STRASSE"),
    ("c|split('')", "ab", ["", "a", "b", ""]),
    ("c|split(',')", ",a,", ["", "a", ""]),
    ("c|split(',')", "a", ["a"]),
    ("c|indexOf('test')", "Ipsum test", 6),
    ("c|indexOf('z')", "abc", None),
    ("c|indexOf('')", "abc", 0),
    ("c|indexOf('b')", ["a", "b"], None),
    ("c|len", "大通", 2),
    ("c|len", [1, 2, 3], 3),
    ("c|len", OBJECT, None),
    ("c|trim", "\t\n a\u3000", "a"),
    ("c|substring(0,2)", "X1:X2", "X1"),
    ("c|substring(0,5)", "X1:X2", "X1:X2"),
    ("c|substring(2,2)", "X1:X2", ""),
    ("c|substring(3,50)", "X1:X2", None),
    ("c|substring(5,3)", "X1:X2", None),
    ("c|substring(0-1,3)", "X1:X2", None),
    ("c|includes('z')", "abc", False),
    ("c|includes('')", "abc", True),
    ("c|isNaN", 23, False),
    ("c|isNaN", "23", True),
    ("c|isNaN", None, True),
    ("c|isNaN", True, True),
    ("c|parseInt", "-1", -1),
    ("c|parseInt", "+1", 1),
    ("c|parseInt", "1.5", None),
    ("c|parseInt", " 1", None),
    ("c|parseInt", "1_0", None),
    ("c|parseInt", "١", None),
    ("c|parseInt", "", None),
    ("c|parseInt", "10 m/s", None),
    ("c|parseInt", "9223372036854775807", 9223372036854775807),
    ("c|parseInt", "9223372036854775808", None),
    ("c|parseInt", "9" * 100_000, None),
    ("c|parseFloat", "-.5e1", -5),
    ("c|parseFloat", "5.", 5),
    ("c|parseFloat", "1e999", None),
    ("c|parseFloat", "nan", None),
    ("c|parseFloat", "1_0.0", None),
    ("c|typeOf", "a", "String"),
    ("c|typeOf", 1.5, "Number"),
    ("c|typeOf", True, "Boolean"),
    ("c|typeOf", None, "Null"),
    ("c|typeOf", [], "Array"),
    ("c|typeOf", {}, "Object"),
    ("c|toString", "a", "a"),
    ("c|toString", 1.5, "1.5"),
    ("c|toString", True, "true"),
    ("c|toString", None, "null"),
    ("[c,2,2.5]|toString", {"a": "大"}, '[{"a":"大"},2,2.5]'),
    ("(c+1)|toString", 2, "3"),
    ("c|toJson", '{"a":[true,null]}', {"a": [True, None]}),
    ("c|toJson", "5", 5),
    ("c|toJson", "[1,2", None),
    ("c|toJson", "[" * 51 + "]" * 51, None),
    ("c|floor", -3.14, -4),
    ("c|ceil", -3.14, -3),
    ("c|ceil", 5, 5),
    ("c|round", 0.5, 1),
    ("c|round", 1.5, 2),
    ("c|round", 2.5, 3),
    ("c|round", -2.5, -3),
    ("c|round", 0.49999999999999994, 0),
    ("c|round(2)", 0.3, 0),
    ("c|floor", 1e300, 1e300),
    ("c|toFixed(1)", 0.85, 0.8),
    ("c|toFixed(0)", 2.7, 3),
    ("c|toFixed(100)", 1.5, 1.5),
    ("c|toFixed(101)", 1.5, None),
    ("c|toFixed(0-1)", 1.5, None),
    ("c|toFixed(1.5)", 1.5, None),
    ("c|log", 0, None),
    ("c|log", -1, None),
    ("c|log10", 100, 2),
    ("c|log2", 32, 5),
    ("c|sqrt", 25, 5),
    ("c|sqrt", -1, None),
    ("c|replaceStr('A','B')", "NA", "NB"),
    ("c|replaceStr('aa','b')", "aaa", "ba"),
    ("c|replaceStr('','-')", "ab", "-a-b-"),
    ("c|replaceRegex('[0-9]+','x')", "aba1234aba782", "abaxabax"),
    ("c|replaceRegex('[0-9','x')", "a1", None),
    ("c|replaceRegex('a*','-')", "bé", "-b-é-"),
    ("c|replaceRegex('(a)','$1')", "ab", "$1b"),
    ("c|matchRegex('[0-9]+')", "aba1234aba782", ["1234", "782"]),
    ("c|matchRegex('z')", "abc", []),
    ("c|matchRegex('[a-z')", "abc", None),
    ("c|matchRegex('é.')", "aéèz", ["éè"]),
    ("c|matchRegex('(a)(?=b)')", "ab", None),
    ("c|mapper(['es'],['Spain','France'])", "es", None),
    ("c|mapper(['es'],['Spain'])", "fr", None),
    ("c|mapper([0,1],['a','b'])", 1, None),
    ("c|nMapper([0,1,2],['No data','Good','Bad'])", 2, "Bad"),
    ("c|nMapper([0,1],['a','b'])", 7, None),
    ("c|nMapper([0,1],['a'])", 0, None),
    ("c|nMapper(['0'],['a'])", 0, None),
    ("c|nMapper([1],['a'])", "1", None),
    ("c|thMapper([1,2],['low','medium','high'])", 0.5, "low"),
    ("c|thMapper([1,2],['low','medium','high'])", 1, "medium"),
    ("c|thMapper([1,2],['low','medium','high'])", 2, "high"),
    ("c|thMapper([1,2],['low','high'])", 1, None),
    ("c|thMapper([1,'2'],['low','medium','high'])", 1, None),
    ("c|thMapper([],['all'])", -7, "all"),
    ("c|values", [1], None),
    ("c|keys", "a", None),
    ("c|arrSum", [], 0),
    ("c|arrSum", [1, "2"], None),
    ("c|arrSum", [1, True], None),
    ("c|arrSum", [1.5e308, 1.5e308], None),
    ("c|arrAvg", [], None),
    ("c|arrAvg", [1, None], None),
    ("c|now", 60, 1722504722),
    ("c|now", -0.5, 1722504662),
    ("c|toIsoString", -1, "1969-12-31T23:59:59+00:00"),
    ("c|toIsoString", 1.9, "1970-01-01T00:00:01+00:00"),
    ("c|toIsoString", 1e300, None),
    ("c|toIsoString", 253402300800, None),
    ("c|getTime", "1979-11-13T18:01:14+00:00", 311364074),
    ("c|getTime", "2060-02-04T23:28:10.000Z", 2843162890),
    ("c|getTime", "2024-07-10T12:22:29+02:00", 1720606949),
    ("c|getTime", "yesterday", None),
    ("c|getTime|toIsoString", "2040-03-12T21:04:13+00:00", "2040-03-12T21:04:13+00:00"),
]


@pytest.mark.parametrize(("text", "subject", "expected"), EXAMPLES + FURTHER)
def test_a_transformation_gives(text: str, subject: Any, expected: Any) -> None:
    given = exactly(text, c=subject)
    assert given == expected
    assert isinstance(given, bool) == isinstance(expected, bool)


ARGUMENTS = {
    "split": "(',')",
    "indexOf": "('a')",
    "substring": "(0,1)",
    "includes": "('a')",
    "toFixed": "(1)",
    "replaceStr": "('a','b')",
    "replaceRegex": "('a','b')",
    "matchRegex": "('a')",
    "mapper": "(['a'],['b'])",
    "nMapper": "([1],[2])",
    "thMapper": "([1],[1,2])",
}
TAKES: dict[str, list[Any]] = {
    "len": ["a", []],
    "values": [{}],
    "keys": [{}],
    "arrSum": [[]],
    "arrAvg": [[]],
    **{name: ["a"] for name in (
        "uppercase", "lowercase", "split", "indexOf", "trim", "substring", "includes", "parseInt",
        "parseFloat", "toJson", "replaceStr", "replaceRegex", "matchRegex", "mapper", "getTime",
    )},
    **{name: [0, 1.5] for name in (
        "floor", "ceil", "round", "toFixed", "log", "log10", "log2", "sqrt", "nMapper", "thMapper",
        "now", "toIsoString",
    )},
}  # fmt: skip
OF_ANYTHING = {"isNaN", "typeOf", "toString"}
EVERYTHING: list[Any] = [None, True, False, 0, 1.5, "a", [], ["a"], [1], {}, {"a": 1}]


def test_every_transformation_is_in_the_tables() -> None:
    assert TAKES.keys() | OF_ANYTHING == TRANSFORMATIONS.keys()
    named = {text.partition("|")[2].partition("(")[0] for text, _, _ in EXAMPLES}
    assert named | {"nMapper"} == TRANSFORMATIONS.keys()


@pytest.mark.parametrize("name", sorted(TAKES))
def test_a_subject_of_another_kind_gives_null(name: str) -> None:
    kinds = set(map(type, TAKES[name]))
    others = [subject for subject in EVERYTHING if type(subject) not in kinds]
    assert None in others
    for subject in others:
        assert exactly(f"c|{name}{ARGUMENTS.get(name, '')}", c=subject) is None, subject


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@pytest.mark.parametrize("arguments", ["", "()", "(null)", "({})", "(null,null)", "([],{})"])
def test_arguments_that_lack_or_are_of_another_kind_give_null(name: str, arguments: str) -> None:
    for subject in TAKES[name]:
        assert exactly(f"c|{name}{arguments}", c=subject) is None


@pytest.mark.parametrize("name", sorted(TRANSFORMATIONS))
def test_further_arguments_are_ignored(name: str) -> None:
    given = ARGUMENTS.get(name, "()").removesuffix(")")
    further = f"{given}{',' if given != '(' else ''}'further',null)"
    for subject in TAKES.get(name, EVERYTHING):
        assert valued(f"c|{name}{further}", c=subject) == valued(
            f"c|{name}{ARGUMENTS.get(name, '')}", c=subject
        )
