"""Conditions on an attribute as SQL: plain values by SQL, all others by the predicate.

Plain is an attribute with one instance whose value is a number, text, truth value or null. What
`CASE` hands to the predicate: several instances, arrays (equality looks at their elements),
temporal values, and paths that lead through arrays.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, assert_never

import apsw

from broker.ql.ast import Between, Compare, Exists, Field, Literal, Matches, OneOf, Op
from broker.ql.patterns import searcher
from broker.ql.predicate import compile_predicate
from storage.sqlite.parameters import Parameters
from storage.sqlite.paths import Spot, spot_of

AttributeNode: TypeAlias = Exists | Compare | OneOf | Between | Matches

_EXACT: Final = 2**62
"""SQLite reads integers beyond 64 bits as fractions; with literals below this nobody can tell."""
_MOST_LITERALS: Final = 10_000
"""SQLite bounds the parameters of a statement, and the predicate looks long lists up."""
_SQL_OPS: Final = {
    Op.LESS: "<",
    Op.LESS_EQUAL: "<=",
    Op.GREATER: ">",
    Op.GREATER_EQUAL: ">=",
}
_COLUMNS: Final = {
    Field.CREATED_AT: "e.created",
    Field.MODIFIED_AT: "e.modified",
    Field.EXPIRES_AT: "e.expires",
}


def attribute_condition(node: AttributeNode, params: Parameters) -> str:
    """The condition as an expression on `entities AS e` that is 0 or 1.

    Raises:
        PatternError: a pattern is not one that RE2 reads.
    """
    field = node.path.attribute
    if field is Field.SERVICE_PATH:
        return _verdict(node, params)
    if isinstance(field, Field):
        return _on_column(node, _COLUMNS[field], params)
    spot = spot_of(node.path)
    if spot is None or not _is_exact(node):
        return _verdict(node, params)
    return _OnSpot(node, spot, params).sql()


def _verdict(node: AttributeNode, params: Parameters) -> str:
    return f"odori_holds({params.add(apsw.pyobject(compile_predicate(node)))}, json(e.doc))"


def _is_exact(node: AttributeNode) -> bool:
    match node:
        case Compare(_, _, literal):
            literals: tuple[Literal, ...] = (literal,)
        case Between(_, low, high):
            literals = (low, high)
        case OneOf(_, literals):
            pass
        case Exists() | Matches():
            return True
        case _:
            assert_never(node)
    return len(literals) <= _MOST_LITERALS and all(_is_bindable(one.value) for one in literals)


def _is_bindable(value: str | float | bool | None) -> bool:
    match value:
        case int() | float():
            return math.isfinite(value) and abs(value) < _EXACT
        case str():
            return value.encode(errors="ignore").decode() == value  # no lone surrogates
        case None:
            return True


# A date of the entity -----------------------------------------------------------------------------


def _on_column(node: AttributeNode, column: str, params: Parameters) -> str:
    there = f"{column} IS NOT NULL"
    match node:
        case Exists():
            return there
        case Matches():
            return "0"
        case Compare(_, Op.UNEQUAL, literal):
            same = _column_is(column, "=", literal, params)
            return f"({there} AND NOT {same})"
        case Compare(_, op, literal):
            return _column_is(column, _SQL_OPS.get(op, "="), literal, params)
        case OneOf(_, literals):
            tests = [_column_is(column, "=", literal, params) for literal in literals]
            return f"({' OR '.join(tests)})" if tests else "0"
        case Between(_, low, high):
            above = _column_is(column, ">=", low, params)
            return f"({above} AND {_column_is(column, '<=', high, params)})"
        case _:
            assert_never(node)


def _column_is(column: str, operator: str, literal: Literal, params: Parameters) -> str:
    if literal.instant is None:
        return "0"
    return f"({column} IS NOT NULL AND {column} {operator} {params.add(literal.instant)})"


# A value in the document --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tests:
    """What decides for each kind of plain value."""

    number: str = "0"
    text: str = "0"
    true: str = "0"
    false: str = "0"
    null: str = "0"
    array: bool = False
    """Whether an array might pass: the predicate then decides."""
    moment: str = "0"
    """Decides for a text that stands for an instant."""


class _OnSpot:
    """Builds the condition for a path that SQLite can spell."""

    def __init__(self, node: AttributeNode, spot: Spot, params: Parameters) -> None:
        self._node = node
        self._spot = spot
        self._params = params

    # A parameter that the text does not name is an error: these are bound when they are needed.

    @cached_property
    def _verdict(self) -> str:
        return _verdict(self._node, self._params)

    @cached_property
    def _value(self) -> str:
        return f"json_extract(e.doc, {self._params.add(self._spot.value)})"

    @cached_property
    def _moment(self) -> str:
        """The instant that the text stands for; null if it stands for none."""
        return f"odori_instant({self._value})"

    def sql(self) -> str:
        node = self._node
        match node:
            case Exists():
                return self._exists()
            case Compare(_, Op.UNEQUAL, literal):
                return self._unequal(literal)
            case Compare(_, Op.EQUAL, literal):
                return self._decide(self._equality((literal,)))
            case Compare(_, op, literal):
                return self._decide(self._order(((_SQL_OPS[op], literal),)))
            case OneOf(_, literals):
                return self._decide(self._equality(literals))
            case Between(_, low, high):
                return self._decide(self._order(((">=", low), ("<=", high))))
            case Matches(_, pattern):
                test = self._params.add(apsw.pyobject(searcher(pattern)))
                return self._decide(_Tests(text=f"odori_test({test}, {self._value})"))
            case _:
                assert_never(node)

    def _type_of(self, path: str) -> str:
        return f"json_type(e.doc, {self._params.add(path)})"

    def _odd(self) -> str:
        """Whether several instances, or an array on the way, need the predicate."""
        several = f"{self._type_of(self._spot.second)} IS NOT NULL"
        arrays = [f"{self._type_of(path)} = 'array'" for path in self._spot.through]
        # An absent step has no type: the comparison is null, which `CASE WHEN` takes as false.
        return " OR ".join([several, *arrays])

    def _exists(self) -> str:
        there = self._type_of(self._spot.value if self._spot.inside else self._spot.holder)
        if not self._spot.inside and not self._node.path.metadata:
            return f"{there} IS NOT NULL"
        return f"CASE WHEN {self._odd()} THEN {self._verdict} ELSE {there} IS NOT NULL END"

    def _decide(self, tests: _Tests, *, negated: bool = False) -> str:
        """The whole `CASE`. `negated` turns the plain tests round where there is a value."""
        sign = "NOT " if negated else ""
        array = self._verdict if tests.array else f"{sign}0"
        # A date-time of NGSI-LD, or the map of a language property: its texts answer.
        is_object = f"{sign}0" if self._spot.inside else self._verdict
        return (
            f"CASE WHEN {self._odd()} THEN {self._verdict} "
            f"ELSE CASE {self._type_of(self._spot.value)} "
            f"WHEN 'integer' THEN {sign}{tests.number} WHEN 'real' THEN {sign}{tests.number} "
            f"WHEN 'text' THEN {self._text(tests, sign)} "
            f"WHEN 'true' THEN {sign}{tests.true} WHEN 'false' THEN {sign}{tests.false} "
            f"WHEN 'array' THEN {array} WHEN 'object' THEN {is_object} "
            f"ELSE {self._nothing(tests, sign)} END END"
        )

    def _text(self, tests: _Tests, sign: str) -> str:
        """A text, which in an attribute of a temporal type stands for an instant if it reads so."""
        plain, moment = f"{sign}{tests.text}", f"{sign}{tests.moment}"
        if self._spot.inside or plain == moment:
            return plain
        if tests.moment == "0":
            dated = f"CASE WHEN {self._moment} IS NULL THEN {plain} ELSE {moment} END"
        else:  # null where there is no instant
            dated = f"coalesce({moment}, {plain})"
        kind = f"json_extract(e.doc, {self._params.add(self._spot.type)})"
        return f"CASE WHEN {kind} IN ('DateTime', 'ISO8601') THEN {dated} ELSE {plain} END"

    def _nothing(self, tests: _Tests, sign: str) -> str:
        """Null, or no value at all."""
        if self._spot.inside:
            there = f"{self._type_of(self._spot.value)} IS NOT NULL"
        else:
            there = f"{self._type_of(self._spot.holder)} IS NOT NULL"
        return f"({there} AND {sign}{tests.null})"

    def _unequal(self, literal: Literal) -> str:
        return self._decide(self._equality((literal,)), negated=True)

    def _equality(self, literals: tuple[Literal, ...]) -> _Tests:
        texts = [one.value for one in literals if isinstance(one.value, str)]
        numbers = [
            one.value
            for one in literals
            if isinstance(one.value, int | float) and not isinstance(one.value, bool)
        ]
        values = [one.value for one in literals]
        instants = [one.instant for one in literals if one.instant is not None]
        return _Tests(
            number=self._among(numbers),
            text=self._among(texts),
            true=str(int(any(value is True for value in values))),
            false=str(int(any(value is False for value in values))),
            null=str(int(any(value is None for value in values))),
            array=True,
            moment=self._among(instants, moments=True) if not self._spot.inside else "0",
        )

    def _among(self, values: Sequence[str | int | float], *, moments: bool = False) -> str:
        if not values:
            return "0"
        return f"({self._subject(moments=moments)} IN ({self._list(values)}))"

    def _list(self, values: Sequence[str | int | float]) -> str:
        return ", ".join(self._params.add(value) for value in values)

    def _subject(self, *, moments: bool) -> str:
        return self._moment if moments else self._value

    def _order(self, bounds: tuple[tuple[str, Literal], ...]) -> _Tests:
        values = [(operator, literal.value) for operator, literal in bounds]
        instants = [(operator, literal.instant) for operator, literal in bounds]
        moment = "0"
        if not self._spot.inside and all(instant is not None for _, instant in instants):
            moment = self._within(instants, moments=True)
        if all(isinstance(value, str) for _, value in values):
            return _Tests(text=self._within(values), moment=moment)
        if all(isinstance(one, int | float) and not isinstance(one, bool) for _, one in values):
            return _Tests(number=self._within(values), moment=moment)
        return _Tests(moment=moment)

    def _within(self, bounds: Sequence[tuple[str, object]], *, moments: bool = False) -> str:
        subject = self._subject(moments=moments)
        tests = (f"{subject} {operator} {self._params.add(value)}" for operator, value in bounds)
        return f"({' AND '.join(tests)})"
