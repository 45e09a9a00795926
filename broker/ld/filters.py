"""From parameters to the one query tree (§5.7.2)."""

from typing import Any

from broker.ld.context import Context
from broker.ld.errors import InvalidRequestError
from broker.ld.parameters import Parameters
from broker.ql.ast import Exists, IdIn, Node, Path, all_of, any_of
from broker.ql.ld_geo import parse_ld_geo
from broker.ql.ld_query import parse_ld_q
from broker.ql.scope import parse_scope_q
from broker.ql.selectors import id_pattern
from broker.ql.type_selection import parse_type_selection
from kernel.errors import BadRequestError


def condition(parameters: Parameters, context: Context) -> Node:
    """What the parameters select.

    Raises:
        BadRequestError: a query text is malformed, or nothing is selected at all.
        PatternError: a pattern is not one that RE2 reads.
    """
    nodes: list[Node] = []
    if types := parameters.text("type"):
        nodes.append(parse_type_selection(types, context.expand))
    if ids := parameters.list("id"):
        nodes.append(IdIn(frozenset(ids)))
    if pattern := parameters.text("idPattern"):
        nodes.append(id_pattern(pattern))
    if q := parameters.text("q"):
        terms = {context.expand(name) for name in parameters.list("expandValues")}
        nodes.append(parse_ld_q(q, context.expand, terms))
    if scope_q := parameters.text("scopeQ"):
        nodes.append(parse_scope_q(scope_q))
    if parameters.text("georel"):
        nodes.append(_geo(parameters, context))
    elif parameters.text("geometry") or parameters.text("coordinates"):
        raise InvalidRequestError("A geographical query needs georel")
    if attrs := parameters.list("attrs"):
        nodes.append(having_any(attrs, context))
    if not nodes and not parameters.flag("local"):
        raise BadRequestError("A query names types, ids, attributes, q, scopeQ or a geometry")
    return all_of(*nodes)


def _geo(parameters: Parameters, context: Context) -> Node:
    return geo_condition(
        parameters.text("georel"),
        parameters.text("geometry"),
        parameters.text("coordinates"),
        parameters.text("geoproperty"),
        context,
    )


def geo_condition(
    georel: str, geometry: str, coordinates: Any, geoproperty: str, context: Context
) -> Node:
    """The spatial part of a query, with the attribute as the request names it."""
    attribute = context.expand(geoproperty) if geoproperty else ""
    return parse_ld_geo(georel, geometry, coordinates, attribute)


def having_any(attrs: tuple[str, ...], context: Context) -> Node:
    """Entities without any of the attributes are no answer (§5.7.2.4)."""
    return any_of(*(Exists(Path(context.expand(name))) for name in attrs))
