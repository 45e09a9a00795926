"""A query tree back as text: for other brokers, and for people.

Only what a language can write is written; the rest raises `UnrenderableError`, so that a question
is never passed on as a wider one. `parse(render(tree))` is the tree again.
"""

from collections.abc import Callable, Iterator, Sequence
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
    Op,
    Or,
    Path,
)
from broker.ql.literals import unquoted, written
from kernel.errors import OurError


class UnrenderableError(OurError):
    """The language has no words for a part of the tree."""


WritePath = Callable[[Path], str]
WriteLiteral = Callable[[Literal], str]


# NGSI-v2 -----------------------------------------------------------------------------------------


def render_v2(node: Node) -> tuple[str, str]:
    """The tree as (`q`, `mq`) of NGSI-v2; each is empty if nothing belongs there.

    Raises:
        UnrenderableError: the tree holds a disjunction, or a text with a quote.
    """
    nodes = node.nodes if isinstance(node, And) else (node,)
    statements = list(_statements(nodes, _v2_path, _v2_literal, "{path}!={low}..{high}"))
    of_values = [text for about, text in statements if not about.metadata]
    of_metadata = [text for about, text in statements if about.metadata]
    return ";".join(of_values), ";".join(of_metadata)


_V2_SPECIAL: Final = frozenset(".;=!<>~:'")


def _v2_path(path: Path) -> str:
    return ".".join(_v2_token(name) for name in (path.attribute, *path.metadata, *path.keys))


def _v2_token(name: str) -> str:
    if name == name.strip() and _V2_SPECIAL.isdisjoint(name):
        return str(name)
    return _v2_quoted(name)


def _v2_quoted(text: str) -> str:
    if "'" in text or not text:
        raise UnrenderableError("NGSI-v2 has no words for an empty text or a quote")
    return f"'{text}'"


def _v2_literal(literal: Literal) -> str:
    value = literal.value
    if not isinstance(value, str):
        return written(value)
    plain = unquoted(value) == literal and value == value.strip()
    if plain and ".." not in value and not {",", ";", "'"} & set(value) and value:
        return value
    if literal.instant is not None:
        raise UnrenderableError("NGSI-v2 has no words for this date")
    return f"'{value}'" if "'" not in value else _v2_quoted(value)


# NGSI-LD -----------------------------------------------------------------------------------------


def render_ld_q(node: Node, compact: Callable[[str], str]) -> str:
    """The tree as `q` of NGSI-LD.

    Args:
        node: conditions on attributes, joined by and, or.
        compact: the term that a request's context has for a stored name.

    Raises:
        UnrenderableError: the tree holds something that `q` does not say.
    """
    return _ld(node, lambda path: _ld_path(path, compact))


def _ld(node: Node, write_path: WritePath) -> str:
    match node:
        case Or(nodes) if nodes:
            return "|".join(_ld(inner, write_path) for inner in nodes)
        case And(nodes) if nodes:
            return ";".join(_ld_parts(nodes, write_path))
        case _:
            return ";".join(_ld_parts((node,), write_path))


def _ld_parts(nodes: Sequence[Node], write_path: WritePath) -> Iterator[str]:
    run: list[Node] = []
    for node in nodes:
        if isinstance(node, Or):
            yield from _ld_terms(run, write_path)
            run = []
            yield f"({_ld(node, write_path)})"
        else:
            run.append(node)
    yield from _ld_terms(run, write_path)


def _ld_terms(nodes: Sequence[Node], write_path: WritePath) -> Iterator[str]:
    for _, text in _statements(nodes, write_path, _ld_literal, "{path}!={low}..{high}"):
        yield text


_LD_FIELDS: Final = {
    Field.CREATED_AT: "createdAt",
    Field.MODIFIED_AT: "modifiedAt",
    Field.EXPIRES_AT: "expiresAt",
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


# Both --------------------------------------------------------------------------------------------


def _statements(
    nodes: Sequence[Node], write_path: WritePath, write: WriteLiteral, outside: str
) -> Iterator[tuple[Path, str]]:
    """Each statement's path and text. Existence and a negation of the same path are one."""
    before: Exists | None = None
    for node in nodes:
        if before is not None:
            joint = _negated(before, node, write_path, write, outside)
            yield before.path, joint or write_path(before.path)
            before = None
            if joint:
                continue
        if isinstance(node, Exists):
            before = node
        else:
            yield _statement(node, write_path, write)
    if before is not None:
        yield before.path, write_path(before.path)


def _negated(
    exists: Exists, node: Node, write_path: WritePath, write: WriteLiteral, outside: str
) -> str:
    path = write_path(exists.path)
    match node:
        case Not(Between(about, low, high)) if about == exists.path:
            return outside.format(path=path, low=write(low), high=write(high))
        case Not(Matches(about, pattern)) if about == exists.path and write is _ld_literal:
            return f"{path}!~={_ld_pattern(pattern)}"
        case _:
            return ""


def _statement(node: Node, write_path: WritePath, write: WriteLiteral) -> tuple[Path, str]:
    match node:
        case Not(Exists(path)):
            return path, f"!{write_path(path)}"
        case Compare(path, op, literal):
            return path, f"{write_path(path)}{op}{write(literal)}"
        case OneOf(path, literals) if literals:
            return path, f"{write_path(path)}{Op.EQUAL}{','.join(map(write, literals))}"
        case Between(path, low, high):
            return path, f"{write_path(path)}{Op.EQUAL}{write(low)}..{write(high)}"
        case Matches(path, pattern):
            text = _ld_pattern(pattern) if write is _ld_literal else _v2_pattern(pattern)
            return path, f"{write_path(path)}~={text}"
        case _:
            raise UnrenderableError("The language has no words for a part of the query")


def _v2_pattern(pattern: str) -> str:
    return _v2_quoted(pattern) if ";" in pattern or pattern[:1] in ("'", "") else pattern


def _ld_pattern(pattern: str) -> str:
    escaped = pattern.replace('"', '\\"')
    return f'"{escaped}"'
