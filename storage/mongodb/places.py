"""Where an entity is, as cells that an index of texts can search.

The map is halved in both directions again and again; a cell is the text of the quarters that lead
to it, so that what lies inside a cell begins with its text. A box is stored as the few smallest
cells that cover it. Servers' own geo indexes are not asked: their shapes differ from the
predicate's, and FerretDB has none.
"""

from typing import Final

from broker.model.entity import Entity
from broker.ql.ast import Geo
from storage.boxes import Box, box_of, search_box
from storage.mongodb.selection import Filter, some

_DEEPEST: Final = 16
"""Halvings: cells of about 600 m from west to east at the equator."""
_BEHIND: Final = "4"
"""Sorts behind the last quarter."""
_STORED: Final = 2
_SEARCHED: Final = 4


def cells_of(entity: Entity) -> list[str]:
    """The cells that cover all locations of the entity, at most four; none if it has none."""
    box = box_of(entity)
    return [] if box is None else covering(box, _STORED)


def near(node: Geo) -> Filter | None:
    """Finds every entity that the condition can hold for; None if that may be anywhere.

    Raises:
        QuerySyntaxError: the node's geometry is malformed.
    """
    box = search_box(node)
    if box is None:
        return None
    cells = covering(box, _SEARCHED)
    around = sorted({cell[:depth] for cell in cells for depth in range(len(cell))})
    inside: list[Filter] = [
        {"places": {"$elemMatch": {"$gte": cell, "$lt": cell + _BEHIND}}} for cell in cells
    ]
    return some([{"places": {"$in": around}}, *inside]) if around else some(inside)


def covering(box: Box, across: int) -> list[str]:
    """The smallest cells of one size of which `across` by `across` cover the box, in order."""
    for depth in range(_DEEPEST, -1, -1):
        west, east = _index(box.west, 360, depth), _index(box.east, 360, depth)
        south, north = _index(box.south, 180, depth), _index(box.north, 180, depth)
        if east - west < across and north - south < across:
            break
    return sorted(
        _cell(x, y, depth) for x in range(west, east + 1) for y in range(south, north + 1)
    )


def _index(degrees: float, around: float, depth: int) -> int:
    """Which of the 2 ** depth strips the coordinate is in; beyond the map, the outermost one."""
    strips = 1 << depth
    return min(max(int((degrees / around + 0.5) * strips), 0), strips - 1)


def _cell(x: int, y: int, depth: int) -> str:
    return "".join(
        str((x >> level & 1) + 2 * (y >> level & 1)) for level in range(depth - 1, -1, -1)
    )
