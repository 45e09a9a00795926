"""A query tree back as text: for other brokers, and for people.

Only what a language can write is written; the rest raises `UnrenderableError`, so that a question
is never passed on as a wider one. `parse(render(tree))` is the tree again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import orjson

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
    Or,
    Path,
)
from broker.ql.literals import unquoted, written
from broker.ql.v2_query import FORBIDDEN, is_list
from kernel.errors import OurError


class UnrenderableError(OurError):
    """The language has no words for a part of the tree."""


@dataclass(frozen=True, slots=True)
class _Language:
    """How a language writes the parts of a statement."""

    path: Callable[[Path], str]
    literal: Callable[[Literal], str]
    pattern: Callable[[str], str]
    no_match_operator: str = ""
    is_list: Callable[[Sequence[Literal]], bool] = bool

    @property
    def no_match(self) -> str:
        """The operator "does not match"."""
        if not self.no_match_operator:
            raise UnrenderableError("The language cannot say that a pattern does not match")
        return self.no_match_operator


# NGSI-v2 -----------------------------------------------------------------------------------------


def render_v2(node: Node) -> tuple[str, str]:
    """The tree as (`q`, `mq`) of NGSI-v2; each is empty if nothing belongs there.

    Raises:
        UnrenderableError: the tree holds a disjunction, or a text with a quote.
    """
    nodes = node.nodes if isinstance(node, And) else (node,)
    language = _Language(_v2_path, _v2_literal, _v2_pattern, is_list=is_list)
    statements = list(_statements(nodes, language))
    of_values = [text for about, text in statements if not about.metadata]
    of_metadata = [text for about, text in statements if about.metadata]
    return ";".join(of_values), ";".join(of_metadata)


_V2_SPECIAL: Final = frozenset(".!~:,")


def _v2_path(path: Path) -> str:
    return ".".join(_v2_token(name) for name in (path.attribute, *path.metadata, *path.keys))


def _v2_token(name: str) -> str:
    if not name:
        raise UnrenderableError("NGSI-v2 has no words for an empty name")
    _check_v2(name)
    return str(name) if name == name.strip() and _V2_SPECIAL.isdisjoint(name) else f"'{name}'"


def _check_v2(text: str) -> None:
    if not FORBIDDEN.isdisjoint(text):
        raise UnrenderableError("NGSI-v2 has no words for a text with a forbidden character")


def _v2_literal(literal: Literal) -> str:
    value = literal.value
    if not isinstance(value, str):
        return written(value)
    _check_v2(value)
    plain = unquoted(value) == literal and value == value.strip()
    if plain and ".." not in value and "," not in value and value:
        return value
    if literal.instant is not None:
        raise UnrenderableError("NGSI-v2 has no words for this date")
    return f"'{value}'"


def _v2_pattern(pattern: str) -> str:
    _check_v2(pattern)
    if pattern != pattern.strip():
        raise UnrenderableError("NGSI-v2 has no words for a pattern with white space around it")
    return pattern


# NGSI-LD -----------------------------------------------------------------------------------------


def render_ld_q(node: Node, compact: Callable[[str], str]) -> str:
    """The tree as `q` of NGSI-LD.

    Args:
        node: conditions on attributes, joined by and, or.
        compact: the term that a request's context has for a stored name.

    Raises:
        UnrenderableError: the tree holds something that `q` does not say.
    """
    language = _Language(lambda path: _ld_path(path, compact), _ld_literal, _ld_pattern, "!~=")
    return _ld(node, language)


def _ld(node: Node, language: _Language) -> str:
    match node:
        case Or(nodes) if nodes:
            return "|".join(_ld(inner, language) for inner in nodes)
        case And(nodes) if nodes:
            return ";".join(_ld_parts(nodes, language))
        case _:
            return ";".join(_ld_parts((node,), language))


def _ld_parts(nodes: Sequence[Node], language: _Language) -> Iterator[str]:
    """The parts of a conjunction; disjunctions in it stand in parentheses."""
    for is_or, run in groupby(nodes, lambda node: isinstance(node, Or)):
        if is_or:
            yield from (f"({_ld(node, language)})" for node in run)
        else:
            yield from (text for _, text in _statements(list(run), language))


_LD_FIELDS: Final = {
    Field.CREATED_AT: "createdAt",
    Field.MODIFIED_AT: "modifiedAt",
    Field.EXPIRES_AT: "expiresAt",
    Field.SERVICE_PATH: "servicePath",
}
_LD_FACETS: Final = {
    Facet.CREATED_AT: "createdAt",
    Facet.MODIFIED_AT: "modifiedAt",
    Facet.OBSERVED_AT: "observedAt",
    Facet.UNIT_CODE: "unitCode",
    Facet.DATASET_ID: "datasetId",
}


def _ld_path(path: Path, compact: Callable[[str], str]) -> str:
    if isinstance(path.attribute, Field):
        return _LD_FIELDS[path.attribute]
    inner = (
        _LD_FACETS[name] if isinstance(name, Facet) else compact(name) for name in path.metadata
    )
    keys = f"[{'.'.join(path.keys)}]" if path.keys else ""
    return ".".join((compact(path.attribute), *inner)) + keys


def _ld_literal(literal: Literal) -> str:
    value = literal.value
    if value is None:
        raise UnrenderableError("NGSI-LD has no words for null")
    return orjson.dumps(value).decode()


def _ld_pattern(pattern: str) -> str:
    escaped = pattern.replace('"', '\\"')
    return f'"{escaped}"'


# Both --------------------------------------------------------------------------------------------


def _statements(nodes: Sequence[Node], language: _Language) -> Iterator[tuple[Path, str]]:
    """Each statement's path and text. Some take two nodes that stand beside each other."""
    at = 0
    while at < len(nodes):
        joint = _joint(nodes[at], nodes[at + 1], language) if at + 1 < len(nodes) else None
        yield joint or _statement(nodes[at], language)
        at += 2 if joint else 1


def _joint(first: Node, second: Node, language: _Language) -> tuple[Path, str] | None:
    match first, second:
        case Exists(path), Not(Between(about, low, high)) if about == path:
            ends = f"{language.literal(low)}..{language.literal(high)}"
            return path, f"{language.path(path)}!={ends}"
        case Matches(path, ""), Not(Matches(about, pattern)) if about == path:
            return path, f"{language.path(path)}{language.no_match}{language.pattern(pattern)}"
        case _:
            return None


def _statement(node: Node, language: _Language) -> tuple[Path, str]:
    match node:
        case Exists(path):
            return path, language.path(path)
        case Not(Exists(path)):
            return path, f"!{language.path(path)}"
        case Compare(path, op, literal):
            return path, f"{language.path(path)}{op}{language.literal(literal)}"
        case OneOf(path, literals) if language.is_list(literals):
            return path, f"{language.path(path)}=={','.join(map(language.literal, literals))}"
        case Between(path, low, high):
            ends = f"{language.literal(low)}..{language.literal(high)}"
            return path, f"{language.path(path)}=={ends}"
        case Matches(path, pattern) if pattern:
            return path, f"{language.path(path)}~={language.pattern(pattern)}"
        case _:
            raise UnrenderableError("The language has no words for a part of the query")
