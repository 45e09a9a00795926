"""Pages of entities, and the types that exist, as statements."""

import apsw

from broker.model.attribute import Kind, default_v2_type
from broker.model.entity import Entity
from broker.ports import Cursor, EntityQuery, Page, TypeSummary
from broker.ql.ast import Node
from kernel.times import Instant
from storage.documents import ENTITY
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.names import TenantNumber
from storage.sqlite.orders import order_sql
from storage.sqlite.parameters import Parameters
from storage.sqlite.selection import select

_CREATION = "e.created, e.id, e.type, e.path"
_EXAMPLES: dict[str | None, object] = {
    "true": True,
    "false": False,
    "integer": 0,
    "real": 0.0,
    "text": "",
    "array": [],
    "object": {},
}


def select_page(
    connection: apsw.Connection, tenant: TenantNumber, query: EntityQuery, now: Instant
) -> Page:
    """The page of a query, and the total on the same snapshot."""
    params = Parameters()
    source, where = select(connection, params, tenant, query.where, now)
    total = None
    if query.count:
        sql = f"SELECT count(*) FROM {source} WHERE {where}"  # noqa: S608 — constants and placeholders
        total = fetch_value(connection, sql, params.values)
    if query.after is not None:
        after = query.after
        bounds = ", ".join(params.add(value) for value in (after.created_at, *after.key))
        where = f"{where} AND ({_CREATION}) > ({bounds})"
    order = ", ".join([*(order_sql(one, params) for one in query.order), _CREATION])
    limit, offset = params.add(query.limit), params.add(query.offset)
    rows = fetch(
        connection,
        f"SELECT json(e.doc) FROM {source} WHERE {where} "  # noqa: S608 — constants and placeholders
        f"ORDER BY {order} LIMIT {limit} OFFSET {offset}",
        params.values,
    )
    entities = [ENTITY.decode(doc) for (doc,) in rows]
    return Page(entities, total, _next(query, entities))


def summarise_types(
    connection: apsw.Connection, tenant: TenantNumber, where: Node, now: Instant
) -> list[TypeSummary]:
    """The types of the entities that `where` selects, each entity under all of its types."""
    params = Parameters()
    source, condition = select(connection, params, tenant, where, now)
    # Every part of the texts is a constant or a placeholder.
    counts = fetch(
        connection,
        f"""
        SELECT type.value, count(*) FROM {source}, json_each(e.doc, '$.t') AS type
        WHERE {condition} GROUP BY 1 ORDER BY 1
        """,  # noqa: S608
        params.values,
    )
    kinds = fetch(
        connection,
        f"""
        SELECT DISTINCT type.value, attribute.key, json_extract(instance.value, '$.t'),
          json_extract(instance.value, '$.k'), json_type(instance.value, '$.v')
        FROM {source}, json_each(e.doc, '$.t') AS type, json_each(e.doc, '$.a') AS attribute,
          json_each(attribute.value) AS instance
        WHERE {condition}
        """,  # noqa: S608
        params.values,
    )
    types: dict[str, dict[str, set[str]]] = {name: {} for name, _ in counts}
    for type_name, attribute, written, kind, json_type in kinds:
        shown = written or default_v2_type(_EXAMPLES.get(json_type), Kind(kind or Kind.PROPERTY))
        types[type_name].setdefault(attribute, set()).add(shown)
    return [
        TypeSummary(name, count, {one: tuple(sorted(v2)) for one, v2 in types[name].items()})
        for name, count in counts
    ]


def _next(query: EntityQuery, entities: list[Entity]) -> Cursor | None:
    if query.order or not entities or len(entities) < query.limit:
        return None
    last = entities[-1]
    return Cursor(last.created_at, last.key)
