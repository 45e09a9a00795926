"""The query tree as filters for MongoDB.

`broker.ql.predicate` is the truth; this says which of it a server can decide from `facts` and the
other members of an entity's document (`documents.py`). Only operators that FerretDB has too are
used: `$in`, `$gte`, `$lt` …, `$elemMatch` on texts, `$and`, `$or`, `$nor`.
"""

import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final, TypeAlias, assert_never

from broker.ql.ast import (
    And,
    Between,
    Compare,
    Exists,
    Facet,
    Field,
    Geo,
    IdIn,
    IdMatches,
    Literal,
    Matches,
    Narrowed,
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
    Mark,
    after,
    instant_fact,
    is_storable,
    is_whole,
    prefix_of,
    value_fact,
)
from storage.mongodb.places import near
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
    none_of,
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
_LOWER: Final = frozenset({Op.GREATER, Op.GREATER_EQUAL})
_ANY: Final = {"$gte": ""}
_ANY_TEXT: Final = frozenset({"", ".*", "^.*", ".*$", "^.*$"})
_LITERAL_START: Final = re.compile(r"\^([A-Za-z0-9_:/ -]+)")  # noqa: TID251 — a constant of ours


Ranged: TypeAlias = Callable[[Filter], Selection]
"""What a range over the elements of an array is worth: `exactly`, unless the server, like FerretDB,
lets one element satisfy the lower bound and another the upper; then `at_most`."""


def select(node: Node, ranged: Ranged = exactly) -> Selection:  # noqa: PLR0911, C901, PLR0912 — one case per node
    """The condition, as closely as a server can decide it."""
    match node:
        case Exists(path):
            return _exists(path)
        case (
            Compare(Path(Field.SERVICE_PATH))
            | OneOf(Path(Field.SERVICE_PATH))
            | Between(Path(Field.SERVICE_PATH))
            | Matches(Path(Field.SERVICE_PATH))
        ):
            return at_most(ALL)  # a text that has no facts: the predicate decides
        case Compare(path, op, literal):
            return _compare(path, op, literal, ranged)
        case OneOf(path, literals):
            return disjunction([_compare(path, Op.EQUAL, one, ranged) for one in literals])
        case Between(path, low, high):
            bounds = {Op.GREATER_EQUAL: low, Op.LESS_EQUAL: high}
            return _ordered(path, bounds, ranged)
        case Matches(path, pattern):
            return _matches(path, pattern)
        case IdIn(ids):
            return exactly(_one_of("id", sorted(ids)))
        case IdMatches(pattern):
            return _text_matches("id", pattern)
        case TypeIn(types):
            return exactly(_one_of("types", sorted(types)))
        case TypeMatches(pattern):
            return _text_matches("types", pattern)
        case ServicePathIs(path_text, below=below):
            return exactly(at_path(path_text, below=below))
        case ScopeMatches(pattern):
            return _in_scope(pattern, ranged)
        case Geo():
            return _geo(node)
        case And(nodes):
            return conjunction([select(inner, ranged) for inner in nodes])
        case Or(nodes):
            return disjunction([select(inner, ranged) for inner in nodes])
        case Not(inner):
            return negation(select(inner, ranged))
        case Narrowed(Geo() as place):
            return _geo(place)  # cells are kept of all locations, hidden or not
        case Narrowed():
            return at_most(ALL)
        case _:
            assert_never(node)


# What a path leads to ----------------------------------------------------------------------------


def _exists(path: Path) -> Selection:
    if isinstance(path.attribute, Field):
        return exactly(_there(path.attribute))
    prefix = _prefix(path)
    if prefix is None:
        return at_most(_one_of("facts", [prefix_of(path.attribute)]))
    return _listed(path, exactly(_one_of("facts", [prefix + Mark.THERE])))


def _compare(path: Path, op: Op, literal: Literal, ranged: Ranged) -> Selection:
    match op:
        case Op.EQUAL:
            return _equal(path, literal)
        case Op.UNEQUAL:
            return _unequal(path, literal)
        case Op.LESS | Op.LESS_EQUAL | Op.GREATER | Op.GREATER_EQUAL:
            return _ordered(path, {op: literal}, ranged)
        case _:
            assert_never(op)


def _equal(path: Path, literal: Literal) -> Selection:
    """Some value, or an element of it, is the literal; a temporal value has its instant."""
    if isinstance(path.attribute, Field):
        instant = literal.instant
        return NOTHING if instant is None else exactly({_FIELDS[path.attribute]: instant})
    prefix = _prefix(path)
    if prefix is None:
        return at_most(_exists(path).may)
    value = value_fact(literal.value)
    facts = [prefix + value, prefix + ELEMENT + value]
    instants = [] if literal.instant is None else [prefix + instant_fact(literal.instant)]
    sure = instants if _is_cut(literal.value) else facts + instants
    may = _one_of("facts", [*facts, *instants, prefix + Mark.LONG])
    return _listed(path, Selection(may, _one_of("facts", sure)))


def _unequal(path: Path, literal: Literal) -> Selection:
    """There is an answer without the literal: with one instance, the same as: none is equal."""
    there, equal = _exists(path), _equal(path, literal)
    if isinstance(path.attribute, Field):
        return conjunction([there, negation(equal)])
    several = _one_of("facts", [prefix_of(path.attribute) + Mark.SEVERAL])
    return Selection(
        may=every([there.may, some([none_of(equal.must), several])]),
        must=every([there.must, none_of(equal.may)]),
    )


def _ordered(path: Path, bounds: dict[Op, Literal], ranged: Ranged) -> Selection:
    """Some value lies within all bounds, as a number, as a text or as an instant."""
    literals = bounds.values()
    instants = {op: one.instant for op, one in bounds.items() if one.instant is not None}
    temporal = len(instants) == len(bounds)
    if isinstance(path.attribute, Field):
        limits = {_OPERATORS[op]: instant for op, instant in instants.items()}
        member = _FIELDS[path.attribute]
        return exactly(every([_there(path.attribute), {member: limits}])) if temporal else NOTHING
    prefix = _prefix(path)
    if prefix is None:
        return at_most(_exists(path).may)
    kinds: list[Selection] = []
    if all(_is_number(literal.value) for literal in literals):
        facts = {op: prefix + value_fact(literal.value) for op, literal in bounds.items()}
        kinds.append(ranged(_range(prefix + Kind.NUMBER, facts)))
    texts = {op: one.value for op, one in bounds.items() if isinstance(one.value, str)}
    if len(texts) == len(bounds):
        kinds.append(_text_range(prefix + Kind.TEXT, texts, ranged))
    if temporal:
        facts = {op: prefix + instant_fact(instant) for op, instant in instants.items()}
        kinds.append(ranged(_range(prefix + Kind.INSTANT, facts)))
    return _listed(path, disjunction(kinds))


def _text_range(start: str, bounds: dict[Op, str], ranged: Ranged) -> Selection:
    """Texts within bounds; one that no fact can hold, or not whole, is rounded outwards."""
    if not all(is_storable(text) for text in bounds.values()):
        return at_most(_range(start, {}))
    if not any(_is_cut(text) for text in bounds.values()):
        return ranged(_range(start, {op: start + text for op, text in bounds.items()}))
    rounded = {
        Op.GREATER_EQUAL if op in _LOWER else Op.LESS_EQUAL: start
        + text[:LONGEST_TEXT]
        + ("" if op in _LOWER else CUT)
        for op, text in bounds.items()
    }
    return at_most(_range(start, rounded))


def _matches(path: Path, pattern: str) -> Selection:
    if isinstance(path.attribute, Field):
        return NOTHING
    prefix = _prefix(path)
    if prefix is None:
        return at_most(_exists(path).may)
    texts = prefix + Kind.TEXT + _literal_start(pattern)[:LONGEST_TEXT]
    return _listed(path, at_most(_range(texts, {})))


def _prefix(path: Path) -> str | None:
    """What the path's facts begin with; None if it ends at a `Facet`, which has none."""
    if any(isinstance(name, Facet) for name in path.metadata):
        return None
    return prefix_of(path.attribute, path.metadata, path.keys)


def _listed(path: Path, selection: Selection) -> Selection:
    """The selection, as far as what lies below the attribute is listed at all."""
    if not path.metadata and not path.keys:
        return selection
    unlisted = _one_of("facts", [prefix_of(path.attribute) + Mark.DEEP])
    return Selection(some([selection.may, unlisted]), selection.must)


def _there(field: Field) -> Filter:
    return {"expires": {"$lt": NEVER}} if field is Field.EXPIRES_AT else ALL


def _range(start: str, bounds: dict[Op, str]) -> Filter:
    """A fact that begins with `start` and lies within the bounds."""
    if not is_storable(start):
        return NONE
    limits = {_OPERATORS[op]: fact for op, fact in bounds.items()}
    if not bounds.keys() & _LOWER:
        limits["$gte"] = start
    if not bounds.keys() - _LOWER:
        limits["$lt"] = after(start)
    return {"facts": {"$elemMatch": limits}}


def _one_of(member: str, texts: Sequence[str]) -> Filter:
    """The member is, or has among its elements, one of the texts."""
    storable = [text for text in texts if is_storable(text)]
    return {member: {"$in": storable}} if storable else NONE


def _is_cut(value: object) -> bool:
    return isinstance(value, str) and not is_whole(value)


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


def at_path(path: str, *, below: bool) -> Filter:
    """A service path or, with `below`, also everything under it."""
    if not is_storable(path):
        return NONE
    if not below:
        return {"path": path}
    prefix = path.rstrip("/") + "/"
    return some([{"path": path}, {"path": {"$gte": prefix, "$lt": after(prefix)}}])


def _in_scope(pattern: str, ranged: Ranged) -> Selection:
    """A scope pattern: decided without `+`, else narrowed by the levels before the first one."""
    levels = pattern.removeprefix("/").split("/")
    fixed = list(takewhile(lambda level: level not in ("+", "#"), levels))
    if not all(map(is_storable, fixed)):
        return NOTHING
    starts = [slash + "/".join(fixed) for slash in ("", "/")]
    here = exactly(_one_of("scopes", starts))
    if len(fixed) == len(levels):
        return here
    limits = [{"$gte": one + "/", "$lt": after(one + "/")} for one in starts]
    under = [ranged({"scopes": {"$elemMatch": one}}) for one in (limits if fixed else [_ANY])]
    found = disjunction([here, *under])
    return found if levels[len(fixed) :] == ["#"] else at_most(found.may)


def _geo(node: Geo) -> Selection:
    """Narrowed by where the query looks and by the attribute; the verdict is the predicate's."""
    there = _one_of("facts", [prefix_of(node.attribute)]) if node.attribute else ALL
    return at_most(every([there, near(node) or ALL]))
