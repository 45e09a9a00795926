"""The query tree as filters for MongoDB.

`broker.ql.predicate` is the truth; this says which of it a server can decide from `facts` and the
other members of an entity's document (`documents.py`). Only operators that FerretDB has too are
used: `$in`, `$gte`, `$lt` …, `$elemMatch` on texts, `$and`, `$or`, `$nor`.
"""

import re
from itertools import takewhile
from typing import Final, assert_never

from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Field,
    Geo,
    IdIn,
    IdMatches,
    Literal,
    Matches,
    Node,
    Not,
    OneOf,
    Op,
    Or,
    Path,
    ScopeMatches,
    ServicePathIs,
    TypeIn,
    TypeMatches,
)
from storage.mongodb.documents import NEVER
from storage.mongodb.facts import (
    CUT,
    ELEMENT,
    LONGEST_TEXT,
    Kind,
    after,
    instant_fact,
    is_whole,
    prefix_of,
    value_fact,
)
from storage.mongodb.selection import (
    ALL,
    EVERYTHING,
    NONE,
    NOTHING,
    Filter,
    Selection,
    at_most,
    conjunction,
    disjunction,
    every,
    exactly,
    negation,
    some,
)

_FIELDS: Final = {
    Field.CREATED_AT: "created",
    Field.MODIFIED_AT: "modified",
    Field.EXPIRES_AT: "expires",
}
_OPERATORS: Final = {
    Op.LESS: "$lt",
    Op.LESS_EQUAL: "$lte",
    Op.GREATER: "$gt",
    Op.GREATER_EQUAL: "$gte",
}
_ANY_TEXT: Final = frozenset({"", ".*", "^.*", ".*$", "^.*$"})
_LITERAL_START: Final = re.compile(r"\^([A-Za-z0-9_:/ -]+)")  # noqa: TID251 — a constant of ours


def select(node: Node) -> Selection:  # noqa: PLR0911, C901, PLR0912 — one case per node
    """The condition, as closely as a server can decide it."""
    match node:
        case Exists(path):
            return _exists(path)
        case Compare(path, op, literal):
            return _compare(path, op, literal)
        case OneOf(path, literals):
            return disjunction([_compare(path, Op.EQUAL, literal) for literal in literals])
        case Between(path, low, high):
            return _between(path, low, high)
        case Matches(path, pattern):
            return _matches(path, pattern)
        case IdIn(ids):
            return exactly({"id": {"$in": sorted(ids)}})
        case IdMatches(pattern):
            return _text_matches("id", pattern)
        case TypeIn(types):
            return exactly({"types": {"$in": sorted(types)}})
        case TypeMatches(pattern):
            return _text_matches("types", pattern)
        case ServicePathIs(path_text, below=below):
            return exactly(_at_service_path(path_text, below=below))
        case ScopeMatches(pattern):
            return _in_scope(pattern)
        case Geo():
            return _geo(node)
        case And(nodes):
            return conjunction([select(inner) for inner in nodes])
        case Or(nodes):
            return disjunction([select(inner) for inner in nodes])
        case Not(inner):
            return negation(select(inner))
        case _:
            assert_never(node)


# Attributes --------------------------------------------------------------------------------------


def _exists(path: Path) -> Selection:
    if isinstance(path.attribute, Field):
        if path.attribute is Field.EXPIRES_AT:
            return exactly({"expires": {"$lt": NEVER}})
        return EVERYTHING
    known = exactly(_any_fact(path.attribute))
    return known if _is_plain(path) else at_most(known.may)


def _compare(path: Path, op: Op, literal: Literal) -> Selection:
    if isinstance(path.attribute, Field):
        return exactly(_field(path.attribute, op, literal))
    if not _is_plain(path):
        return at_most(_any_fact(path.attribute))
    match op:
        case Op.EQUAL:
            return _equal(path.attribute, literal)
        case Op.UNEQUAL:
            return at_most(_any_fact(path.attribute))
        case Op.LESS | Op.LESS_EQUAL | Op.GREATER | Op.GREATER_EQUAL:
            return _ordered(path.attribute, {_OPERATORS[op]: literal})
        case _:
            assert_never(op)


def _field(field: Field, op: Op, literal: Literal) -> Filter:
    """A comparison of one of the entity's own instants; only an instant compares with it."""
    name, instant = _FIELDS[field], literal.instant
    there = _exists(Path(field)).may
    match op:
        case Op.UNEQUAL:
            return there if instant is None else every([there, {name: {"$ne": instant}}])
        case Op.EQUAL:
            return NONE if instant is None else every([there, {name: instant}])
        case _:
            return NONE if instant is None else every([there, {name: {_OPERATORS[op]: instant}}])


def _equal(attribute: str, literal: Literal) -> Selection:
    """Some value, or an element of it, is the literal; a temporal value has its instant."""
    prefix, value = prefix_of(attribute), value_fact(literal.value)
    texts = [prefix + value, prefix + ELEMENT + value]
    instants = [] if literal.instant is None else [prefix + instant_fact(literal.instant)]
    may: Filter = {"facts": {"$in": texts + instants}}
    if isinstance(literal.value, str) and not is_whole(literal.value):
        return Selection(may, {"facts": {"$in": instants}} if instants else NONE)
    return exactly(may)


def _between(path: Path, low: Literal, high: Literal) -> Selection:
    if isinstance(path.attribute, Field):
        bounds = (Op.GREATER_EQUAL, low), (Op.LESS_EQUAL, high)
        return exactly(every([_field(path.attribute, op, literal) for op, literal in bounds]))
    if not _is_plain(path):
        return at_most(_any_fact(path.attribute))
    return _ordered(path.attribute, {"$gte": low, "$lte": high})


def _ordered(attribute: str, bounds: dict[str, Literal]) -> Selection:
    """Some value lies within all bounds, as a number, as a text or as an instant."""
    prefix, literals = prefix_of(attribute), bounds.values()
    ranges: list[Selection] = []
    if all(_is_number(literal.value) for literal in literals):
        facts = {op: prefix + value_fact(literal.value) for op, literal in bounds.items()}
        ranges.append(exactly(_range(prefix + Kind.NUMBER, facts)))
    texts = {op: one.value for op, one in bounds.items() if isinstance(one.value, str)}
    if len(texts) == len(bounds):
        ranges.append(_text_range(prefix + Kind.TEXT, texts))
    instants = {op: one.instant for op, one in bounds.items() if one.instant is not None}
    if len(instants) == len(bounds):
        facts = {op: prefix + instant_fact(instant) for op, instant in instants.items()}
        ranges.append(exactly(_range(prefix + Kind.INSTANT, facts)))
    return disjunction(ranges)


def _text_range(start: str, bounds: dict[str, str]) -> Selection:
    """Texts within bounds; a bound that is longer than a fact is rounded outwards."""
    if all(is_whole(text) for text in bounds.values()):
        return exactly(_range(start, {op: start + text for op, text in bounds.items()}))
    rounded = {
        ("$gte" if op.startswith("$gt") else "$lte"): start
        + text[:LONGEST_TEXT]
        + (CUT if op.startswith("$lt") else "")
        for op, text in bounds.items()
    }
    return at_most(_range(start, rounded))


def _matches(path: Path, pattern: str) -> Selection:
    if isinstance(path.attribute, Field):
        return NOTHING
    if not _is_plain(path):
        return at_most(_any_fact(path.attribute))
    texts = prefix_of(path.attribute) + Kind.TEXT
    if pattern in _ANY_TEXT:
        return exactly(_range(texts, {}))
    return at_most(_range(texts + _literal_start(pattern)[:LONGEST_TEXT], {}))


def _any_fact(attribute: str) -> Filter:
    return _range(prefix_of(attribute), {})


def _range(start: str, bounds: dict[str, str]) -> Filter:
    """A fact that begins with `start` and lies within the bounds."""
    limits = dict(bounds)
    if not limits.keys() & {"$gt", "$gte"}:
        limits["$gte"] = start
    if not limits.keys() & {"$lt", "$lte"}:
        limits["$lt"] = after(start)
    return {"facts": {"$elemMatch": limits}}


def _is_plain(path: Path) -> bool:
    return not path.metadata and not path.keys


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# The entity itself -------------------------------------------------------------------------------


def _text_matches(member: str, pattern: str) -> Selection:
    """A pattern on the id or the types: the server narrows by the text that a match begins with."""
    if pattern in _ANY_TEXT:
        return EVERYTHING
    start = _literal_start(pattern)
    if not start:
        return at_most(ALL)
    limits = {"$gte": start, "$lt": after(start)}
    return at_most({member: limits if member == "id" else {"$elemMatch": limits}})


def _literal_start(pattern: str) -> str:
    """What every text that an anchored pattern matches begins with; empty if that is unclear."""
    found = _LITERAL_START.match(pattern)
    if found is None or "|" in pattern:
        return ""
    start, following = found[1], pattern[found.end() :]
    return start[:-1] if following.startswith(("*", "?", "{")) else start


def _at_service_path(path: str, *, below: bool) -> Filter:
    if not below:
        return {"path": path}
    prefix = path.rstrip("/") + "/"
    return some([{"path": path}, {"path": {"$gte": prefix, "$lt": after(prefix)}}])


def _in_scope(pattern: str) -> Selection:
    """A scope pattern: exact without `+`, else by the levels before the first one."""
    levels = pattern.removeprefix("/").split("/")
    below = levels[-1] == "#"
    fixed = list(takewhile(lambda level: level not in ("+", "#"), levels))
    selection = exactly if len(fixed) + below == len(levels) else at_most
    below = below or "+" in levels
    starts = [slash + "/".join(fixed) for slash in ("", "/")]
    if not fixed:
        return selection({"scopes": {"$elemMatch": {"$gte": ""}}})
    here: Filter = {"scopes": {"$in": starts}}
    under = [
        {"scopes": {"$elemMatch": {"$gte": start + "/", "$lt": after(start + "/")}}}
        for start in starts
    ]
    return selection(some([here, *under]) if below else here)


def _geo(node: Geo) -> Selection:
    return at_most(_any_fact(node.attribute) if node.attribute else ALL)
