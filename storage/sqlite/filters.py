"""The query tree as SQL that selects exactly what `broker.ql.predicate` selects (ADR 0042).

SQL decides the plain cases; where it cannot be exact it narrows and lets the predicate itself
decide (`odori_holds`). Every piece is 0 or 1, never null, so that `NOT` means what it says. Values
and even JSON paths are parameters.
"""
# ruff: noqa: S608 — the texts are made of constants and placeholders

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final, assert_never

import apsw

from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Geo,
    IdIn,
    IdMatches,
    Matches,
    Narrowed,
    Node,
    Not,
    OneOf,
    Or,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
)
from broker.ql.patterns import searcher
from broker.ql.predicate import compile_predicate
from broker.ql.scope import scope_test
from storage.boxes import search_box
from storage.sqlite.conditions import attribute_condition
from storage.sqlite.names import TenantNumber
from storage.sqlite.parameters import Parameters

_WIDEST: Final = 100
"""SQLite bounds the depth of an expression; long conjunctions are nested in halves."""


class Filter:
    """Compiles trees for one statement on `entities AS e`.

    Args:
        params: of the statement.
        tenant: whose entities.
        has_more_types: whether an entity of the tenant has one of these types behind its first.
    """

    def __init__(
        self,
        params: Parameters,
        tenant: TenantNumber,
        has_more_types: Callable[[Iterable[str]], bool],
    ) -> None:
        self._params = params
        self._tenant = tenant
        self._has_more_types = has_more_types

    def sql(self, node: Node) -> str:  # noqa: PLR0911, C901 — one case per node
        """The condition as an expression that is 0 or 1."""
        match node:
            case Exists() | Compare() | OneOf() | Between() | Matches():
                return attribute_condition(node, self._params)
            case IdIn(ids):
                return f"e.id IN {self._list(ids)}"
            case IdMatches(pattern):
                return f"odori_test({self._object(searcher(pattern))}, e.id)"
            case TypeIn(types):
                return self._type_in(types)
            case TypeMatches(pattern):
                return self._type_matches(pattern)
            case ServicePathIs(path, below=below):
                return self._service_path(path, below=below)
            case ScopeMatches(pattern):
                test = self._object(scope_test(pattern))
                return (
                    "EXISTS (SELECT 1 FROM json_each(e.doc, '$.s') AS scope "
                    f"WHERE odori_test({test}, scope.value))"
                )
            case Geo():
                return self._geo(node, node)
            case And(nodes):
                return _joined("AND", [self.sql(inner) for inner in nodes], empty="1")
            case Or(nodes):
                return _joined("OR", [self.sql(inner) for inner in nodes], empty="0")
            case Not(inner):
                return f"NOT ({self.sql(inner)})"
            case Narrowed(Geo() as place):
                return self._geo(place, node)
            case Narrowed():
                return self._verdict(node)
            case _:
                assert_never(node)

    def _list(self, texts: Iterable[str]) -> str:
        return f"(SELECT value FROM json_each({self._params.add(json.dumps(sorted(texts)))}))"

    def _object(self, value: object) -> str:
        return self._params.add(apsw.pyobject(value))

    def _type_in(self, types: frozenset[str]) -> str:
        if len(types) == 1:
            (only,) = types
            first = f"e.type = {self._params.add(only)}"
        else:
            first = f"e.type IN {self._list(types)}"
        if not self._has_more_types(types):
            return first  # the usual case, which an index answers
        return (
            f"({first} OR e.entity IN (SELECT entity FROM more_types "
            f"WHERE tenant = {self._params.add(self._tenant)} AND type IN {self._list(types)}))"
        )

    def _type_matches(self, pattern: str) -> str:
        test = self._object(searcher(pattern))
        return (
            f"(odori_test({test}, e.type) OR EXISTS (SELECT 1 FROM more_types AS m "
            f"WHERE m.entity = e.entity AND odori_test({test}, m.type)))"
        )

    def _service_path(self, path: str, *, below: bool) -> str:
        exact = f"e.path = {self._params.add(path)}"
        if not below:
            return exact
        prefix = path.rstrip("/") + "/"
        # The prefix and everything behind it: up to the next character after the slash.
        low, high = self._params.add(prefix), self._params.add(prefix[:-1] + "0")
        return f"({exact} OR (e.path >= {low} AND e.path < {high}))"

    def _verdict(self, node: Node) -> str:
        return f"odori_holds({self._object(compile_predicate(node))}, json(e.doc))"

    def _geo(self, place: Geo, node: Node) -> str:
        """The verdict on the node for entities near the place: their boxes hold all locations."""
        verdict = self._verdict(node)
        box = search_box(place)
        if box is None:
            return verdict
        west, east, south, north = (self._params.add(edge) for edge in box)
        return (
            f"(e.entity IN (SELECT entity FROM places WHERE west <= {east} AND east >= {west} "
            f"AND south <= {north} AND north >= {south}) AND {verdict})"
        )


def _joined(operator: str, parts: Sequence[str], *, empty: str) -> str:
    if not parts:
        return empty
    if len(parts) <= _WIDEST:
        return "(" + f" {operator} ".join(parts) + ")"
    middle = len(parts) // 2
    return _joined(
        operator,
        [
            _joined(operator, parts[:middle], empty=empty),
            _joined(operator, parts[middle:], empty=empty),
        ],
        empty=empty,
    )
