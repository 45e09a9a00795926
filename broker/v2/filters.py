"""From parameters to the one query tree."""

from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING, Field, Geo, IdIn, Node, OrderBy, Path, TypeIn, all_of
from broker.ql.errors import PatternError, QuerySyntaxError
from broker.ql.selectors import id_pattern, service_paths, type_pattern
from broker.service.call import Call
from broker.v2.decode.expression import Expression
from broker.v2.parameters import Option, Parameters
from kernel.errors import BadRequestError

_FIELDS = {field.value: field for field in Field}
_DISTANCE = "geo:distance"
_MOST_KEYS = 100
"""Engines bound what they sort by."""


def query_of(call: Call, parameters: Parameters, where: Node = EVERYTHING) -> EntityQuery:
    """The page of entities that a list asks for.

    Raises:
        BadRequestError: a filter cannot be read.
    """
    expression = Expression(
        parameters.q, parameters.mq, parameters.georel, parameters.geometry, parameters.coords
    )
    return page_of(call, parameters, all_of(selected(parameters), where), expression)


def page_of(call: Call, parameters: Parameters, where: Node, expression: Expression) -> EntityQuery:
    """The page of entities under a condition and an expression, at the call's service paths.

    Raises:
        BadRequestError: a filter cannot be read.
    """
    geo = _geo(expression)
    condition = all_of(
        where,
        expression.condition(),
        geo if geo is not None else EVERYTHING,
        service_paths(call.service_path),
    )
    return EntityQuery(
        condition,
        order_of(parameters.order_by, "" if geo is None else geo.geometry),
        parameters.limit,
        parameters.offset,
        count=parameters.has(Option.COUNT),
    )


def _geo(expression: Expression) -> Geo | None:
    try:
        return expression.geo()
    except QuerySyntaxError as error:
        raise BadRequestError(f"Invalid query: {error.message}") from None


def selected(parameters: Parameters) -> Node:
    """The entities that ids, types and patterns name."""
    return matcher(
        ids=parameters.ids,
        types=parameters.types,
        id_regex=parameters.id_pattern,
        type_regex=parameters.type_pattern,
    )


def matcher(
    *, ids: tuple[str, ...], types: tuple[str, ...], id_regex: str, type_regex: str
) -> Node:
    """Entities of these ids and types, or matching these patterns.

    Raises:
        BadRequestError: a pattern is no regular expression.
    """
    nodes: list[Node] = []
    if ids:
        nodes.append(IdIn(frozenset(ids)))
    if types:
        nodes.append(TypeIn(frozenset(types)))
    try:
        if id_regex not in ("", ".*"):
            nodes.append(id_pattern(id_regex))
    except PatternError:
        raise BadRequestError("Invalid regex for entity idPattern") from None
    try:
        if type_regex not in ("", ".*"):
            nodes.append(type_pattern(type_regex))
    except PatternError:
        raise BadRequestError("Invalid regex for entity typePattern") from None
    return all_of(*nodes)


def order_of(text: str, reference: str) -> tuple[OrderBy, ...]:
    """The keys of `orderBy`; `geo:distance` is measured from the geometry of the query.

    A distance without a geometry to measure from orders nothing.

    Raises:
        BadRequestError: an empty key, a name that stands twice, or more than 100 keys.
    """
    if not text:
        return ()
    parts = text.split(",")
    if len(parts) > _MOST_KEYS or len({part.removeprefix("!") for part in parts}) < len(parts):
        raise BadRequestError("Invalid value for URI param /orderBy/")
    keys = (_key(part, reference) for part in parts)
    return tuple(key for key in keys if key is not None)


def _key(part: str, reference: str) -> OrderBy | None:
    descending = part.startswith("!")
    name = part.removeprefix("!")
    if not name:
        raise BadRequestError("Invalid value for URI param /orderBy/")
    if name == _DISTANCE:
        # From the default location.
        return OrderBy("", descending, reference) if reference else None
    if name in ("id", "type"):
        return OrderBy(name, descending)
    return OrderBy(Path(_FIELDS.get(name, name)), descending)
