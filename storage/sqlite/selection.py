"""Which entities a query selects, and by which index SQLite finds them.

SQLite plans without statistics here, and would rather walk the whole order of creation than look up
a few ids. Where a condition names ids or a small place, we say so.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import apsw

from broker.ql.ast import And, Geo, IdIn, Node, Not, Or
from broker.ql.predicate import compile_predicate
from kernel.times import Instant
from storage.boxes import Box, search_box
from storage.sqlite.connection import fetch_value
from storage.sqlite.filters import Filter
from storage.sqlite.names import TenantNumber
from storage.sqlite.parameters import Parameters, bindable

_MOST_NODES: Final = 2_000
_DEEPEST: Final = 60
"""SQLite bounds the parameters and the depth of a statement. Trees beyond go to the predicate."""
_FEW_PLACES: Final = 5_000

_HAS_TYPE = "SELECT EXISTS (SELECT 1 FROM more_types WHERE tenant = ? AND type = ?)"
_PLACES = """
SELECT count(*) FROM (
  SELECT 1 FROM places WHERE west <= ? AND east >= ? AND south <= ? AND north >= ? LIMIT ?
)
"""


class Selection(NamedTuple):
    """What stands behind `FROM` and behind `WHERE`; entities are called `e`."""

    source: str
    condition: str


def select(
    connection: apsw.Connection,
    params: Parameters,
    tenant: TenantNumber,
    where: Node,
    now: Instant,
) -> Selection:
    """The entities of the tenant that exist at the instant and answer to the condition.

    Raises:
        QuerySyntaxError: a pattern or geometry in the condition is malformed.
    """

    def has_more_types(types: Iterable[str]) -> bool:
        return any(fetch_value(connection, _HAS_TYPE, (tenant, bindable(one))) for one in types)

    here = f"e.tenant = {params.add(tenant)} AND e.created IS NOT NULL"
    lasting = f"(e.expires IS NULL OR e.expires > {params.add(now)})"
    if not _is_spellable(where):
        verdict = params.add(apsw.pyobject(compile_predicate(where)))
        answers = f"odori_holds({verdict}, json(e.doc))"
        return Selection("entities AS e", f"{here} AND {lasting} AND {answers}")
    answers = Filter(params, tenant, has_more_types).sql(where)
    return Selection(_source(connection, where), f"{here} AND {lasting} AND {answers}")


def _source(connection: apsw.Connection, where: Node) -> str:
    needed = where.nodes if isinstance(where, And) else (where,)
    if any(isinstance(node, IdIn) for node in needed):
        return "entities AS e INDEXED BY entities_key"
    boxes = [search_box(node) for node in needed if isinstance(node, Geo)]
    if any(box is not None and _is_small(connection, box) for box in boxes):
        return "entities AS e NOT INDEXED"  # but for the numbers that the places give
    return "entities AS e"


def _is_small(connection: apsw.Connection, box: Box) -> bool:
    bounds = (box.east, box.west, box.north, box.south, _FEW_PLACES)
    return int(fetch_value(connection, _PLACES, bounds)) < _FEW_PLACES


def _is_spellable(where: Node) -> bool:
    """Whether the tree is small enough for a statement."""
    level, seen = [where], 0
    for _ in range(_DEEPEST):
        seen += len(level)
        if seen > _MOST_NODES:
            return False
        level = [inner for node in level for inner in _inside(node)]
        if not level:
            return True
    return False


def _inside(node: Node) -> tuple[Node, ...]:
    match node:
        case And(nodes) | Or(nodes):
            return nodes
        case Not(inner):
            return (inner,)
        case _:
            return ()
