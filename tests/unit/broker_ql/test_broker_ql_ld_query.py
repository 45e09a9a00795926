"""`q` of NGSI-LD, with a context that knows `schema:`."""

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
    Or,
    Path,
)
from broker.ql.errors import QuerySyntaxError
from broker.ql.ld_query import parse_ld_q
from kernel.errors import NotImplementedHereError
from kernel.times import parse_instant

NOON = "2026-02-11T12:00:00Z"
AT_NOON = Literal(NOON, parse_instant(NOON))
SPEED = Path("speed")


def expand(term: str) -> str:
    return {"name": "https://schema.org/name"}.get(term, term)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("speed", Exists(SPEED)),
        ("!speed", Not(Exists(SPEED))),
        ("speed>50", Compare(SPEED, Op.GREATER, Literal(50))),
        ('brandName!="Mercedes"', Compare(Path("brandName"), Op.UNEQUAL, Literal("Mercedes"))),
        ('name=="x"', Compare(Path("https://schema.org/name"), Op.EQUAL, Literal("x"))),
        (
            "isParked==urn:ngsi-ld:OffStreetParking:Downtown1",
            Compare(Path("isParked"), Op.EQUAL, Literal("urn:ngsi-ld:OffStreetParking:Downtown1")),
        ),
        ("open==true", Compare(Path("open"), Op.EQUAL, Literal(True))),
        (
            f"speed.observedAt>={NOON}",
            Compare(Path("speed", (Facet.OBSERVED_AT,)), Op.GREATER_EQUAL, AT_NOON),
        ),
        (
            f'speed.observedAt>="{NOON}"',
            Compare(Path("speed", (Facet.OBSERVED_AT,)), Op.GREATER_EQUAL, AT_NOON),
        ),
        (f"modifiedAt>{NOON}", Compare(Path(Field.MODIFIED_AT), Op.GREATER, AT_NOON)),
        (
            'speed.unitCode=="KMH"',
            Compare(Path("speed", (Facet.UNIT_CODE,)), Op.EQUAL, Literal("KMH")),
        ),
        (
            'address[city.part]=="Chuo"',
            Compare(Path("address", keys=("city", "part")), Op.EQUAL, Literal("Chuo")),
        ),
        ("a.name[k]", Exists(Path("a", ("https://schema.org/name",), ("k",)))),
        ("speed==10..20", Between(SPEED, Literal(10), Literal(20))),
        ("speed!=10..20", And((Exists(SPEED), Not(Between(SPEED, Literal(10), Literal(20)))))),
        ('c=="black","red"', OneOf(Path("c"), (Literal("black"), Literal("red")))),
        (
            'c!="a","b"',
            And(
                (
                    Compare(Path("c"), Op.UNEQUAL, Literal("a")),
                    Compare(Path("c"), Op.UNEQUAL, Literal("b")),
                )
            ),
        ),
        ("c~=^M(a|b)$", Matches(Path("c"), "^M(a|b)$")),
        (r'c~="\d;|\"x"', Matches(Path("c"), r'\d;|"x')),
        ("c!~=ow", And((Matches(Path("c"), ""), Not(Matches(Path("c"), "ow"))))),
        (
            "a;b|c",
            Or((And((Exists(Path("a")), Exists(Path("b")))), Exists(Path("c")))),
        ),
        (
            "a;(b|c~=x(y)z)",
            And((Exists(Path("a")), Or((Exists(Path("b")), Matches(Path("c"), "x(y)z"))))),
        ),
        (
            "https://uri.org/a.b/speed.observedAt",
            Exists(Path("https://uri.org/a.b/speed", (Facet.OBSERVED_AT,))),
        ),
        ("https://uri.org/a.b>1", Compare(Path("https://uri.org/a.b"), Op.GREATER, Literal(1))),
        (r'c=="a\"\u00e9;|)"', Compare(Path("c"), Op.EQUAL, Literal('a"é;|)'))),
    ],
)
def test_q_reads(text: str, node: Node) -> None:
    assert parse_ld_q(text, expand) == node


@pytest.mark.parametrize(
    "text",
    [
        "temperature",
        "temperature==20",
        'brandName!="Mercedes"',
        'isParked=="urn:ngsi-ld:OffStreetParking:Downtown1"',
        'speed>50;brandName!="Mercedes"',
        "isMonitoredBy",
        '((speed>50|rpm>3000);brandName=="Mercedes")',
        "(temperature>=20;temperature<=25)|capacity<=10",
        "temperature.observedAt>=2017-12-24T12:00:00Z",
        'address[city]=="Berlin"',
        "sensor.rawdata[airquality.particulate]==40",
        'parkingTickets[value]=="Overstay 60 minutes"',
        'color=="black", "red"',
        'color!= "black", "red"',
        'color[en]=="red"',
        'color[*]!="red"',
        "temperature!=10..20",
        'color=="http://example/black","http://example/red"',
    ],
)
def test_every_example_of_the_standard_is_read(text: str) -> None:
    parse_ld_q(text, expand)


def test_terms_are_values_where_they_are_to_be_expanded() -> None:
    name = Literal("https://schema.org/name")
    assert parse_ld_q("kind==name,other", expand, {"kind"}) == OneOf(
        Path("kind"), (name, Literal("other"))
    )
    with pytest.raises(QuerySyntaxError):
        parse_ld_q("other==name", expand, {"kind"})


def test_any_language_is_what_no_language_is() -> None:
    assert parse_ld_q("street[*]", expand) == Exists(Path("street"))


def test_linked_entities_are_not_looked_into() -> None:
    with pytest.raises(NotImplementedHereError):
        parse_ld_q("sensor{humidity}==40", expand)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("a;", 3),
        ("(a", 3),
        ("a)", 2),
        ("a=1", 2),
        ("a==", 4),
        ("a==red", 4),
        ("a=='red'", 4),
        ('a=="red', 4),
        (r'a=="\x"', 4),
        ("a>true", 3),
        ("a[b", 2),
        ("a[]", 3),
        ("!a==1", 3),
        ("a~=(?=x)", 4),
        ("(" * 40 + "a", 33),
    ],
)
def test_what_q_does_not_read_is_refused_with_the_column(text: str, column: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse_ld_q(text, expand)
    assert caught.value.column == column


def test_a_query_has_at_most_a_thousand_statements() -> None:
    with pytest.raises(QuerySyntaxError, match="There are more than 1000 statements"):
        parse_ld_q(";".join(["a"] * 1_001), expand)
