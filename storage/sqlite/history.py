"""The history: one clustered table in the order in which it is read."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, assert_never

import apsw

from broker.model.attribute import Attribute
from broker.model.changes import HistoryRow
from broker.model.entity import EntityKey
from broker.temporal.query import (
    Aggregate,
    AggregateQuery,
    Aggregation,
    HistoryQuery,
    Period,
    Series,
)
from kernel.permission import Permission
from kernel.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Instant
from storage.documents import ATTRIBUTE, to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.names import Names, TenantNumber
from storage.sqlite.parameters import bindable
from storage.sqlite.saving import EntityNumbers
from storage.sqlite.writer import Done

_INT64: Final = 2**63
_ENTITIES_PER_STEP: Final = 10_000

_INSERT = "INSERT INTO history VALUES (?, ?, ?, ?, 0, ?, ?)"
_INSERT_BEHIND = """
INSERT INTO history
SELECT ?1, ?2, ?3, ?4, max(tie) + 1, ?5, ?6 FROM history
WHERE entity = ?1 AND attribute = ?2 AND time = ?3 AND recorded = ?4
"""
_ROWS = """
SELECT e.id, e.type, e.path, a.name, h.time, h.recorded, h.doc, a.dataset
FROM history AS h JOIN entities AS e USING (entity) JOIN attributes AS a USING (attribute)
WHERE {window}
ORDER BY h.time {way}, h.recorded {way}, h.entity {way}, h.attribute {way}, h.tie {way}
LIMIT ? OFFSET ?
"""
_ATTRIBUTES = "SELECT attribute FROM attributes WHERE name = ?"
_OF_TYPES = """(type IN (SELECT value FROM json_each(?)) OR entity IN (
  SELECT entity FROM more_types
  WHERE tenant = ? AND type IN (SELECT value FROM json_each(?))
))"""
# A service path, or with a final `/#` that path and all that begins with it and a slash. (What
# `json_each` gives has a `path` of its own.)
_AT_PATHS = """EXISTS (
  SELECT 1 FROM json_each(?) AS one WHERE one.value = entities.path OR (
    one.value LIKE '%/#'
    AND instr(entities.path || '/', substr(one.value, 1, length(one.value) - 1)) = 1
  )
)"""
_LAST_ENTITY = "SELECT coalesce(max(entity), 0) FROM entities"
_FORGET = """
DELETE FROM history WHERE time < ?2 AND entity IN (
  SELECT entity FROM entities WHERE tenant = ?1 AND entity BETWEEN ?3 AND ?4
)
"""
# What has neither a present nor a past gives its number back.
_FORGET_KEYS = """
DELETE FROM entities
WHERE tenant = ?1 AND entity BETWEEN ?2 AND ?3 AND created IS NULL
  AND NOT EXISTS (SELECT 1 FROM history AS h WHERE h.entity = entities.entity)
"""


class SqliteHistory:
    """`broker.ports.HistoryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, tenant: str, query: HistoryQuery) -> Sequence[HistoryRow]:
        """See the port."""
        return await self._database.readers.run(self._rows, tenant, query)

    async def aggregate(self, tenant: str, query: AggregateQuery) -> Sequence[Aggregate]:
        """See the port."""
        return await self._database.readers.run(self._aggregate, tenant, query)

    async def append(self, tenant: str, rows: Sequence[HistoryRow]) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            number = self._database.names.new_tenant(connection, tenant)
            numbers = EntityNumbers(connection, number, ())
            append_rows(connection, self._database.names, numbers.of, rows)
            return Done(None)

        if rows:
            await self._database.writer.run(work)

    async def forget(self, tenant: str, before: Instant) -> int:
        """See the port. Done in many short transactions, so that writers need not wait long."""
        forgotten = first = 0
        last: int = self._database.readers.here(fetch_value, _LAST_ENTITY)
        while first <= last:
            step = (first, first + _ENTITIES_PER_STEP - 1)
            forgotten += await self._database.writer.run(self._forget_step(tenant, before, step))
            first += _ENTITIES_PER_STEP
        return forgotten

    def _forget_step(
        self, tenant: str, before: Instant, step: tuple[int, int]
    ) -> Callable[[apsw.Connection], Done[int]]:
        def work(connection: apsw.Connection) -> Done[int]:
            number = self._database.names.tenant(connection, tenant)
            connection.execute(_FORGET, (number, before, *step))
            forgotten = connection.changes()
            connection.execute(_FORGET_KEYS, (number, *step))
            return Done(forgotten)

        return work

    def _rows(
        self, connection: apsw.Connection, tenant: str, query: HistoryQuery
    ) -> list[HistoryRow]:
        number = self._database.read_names.tenant(connection, tenant)
        if number is None:
            return []
        where, params = _window(connection, number, query)
        backwards = query.last_n is not None
        page = (query.last_n, 0) if backwards else (query.limit, query.offset)
        sql = _ROWS.format(window=where, way="DESC" if backwards else "ASC")
        found = fetch(connection, sql, (*params, *page))
        rows = [
            HistoryRow(EntityKey(one, type_, path), name, time, recorded, _instance(doc), dataset)
            for one, type_, path, name, time, recorded, doc, dataset in found
        ]
        return rows[::-1] if backwards else rows

    def _aggregate(
        self, connection: apsw.Connection, tenant: str, query: AggregateQuery
    ) -> list[Aggregate]:
        number = self._database.read_names.tenant(connection, tenant)
        if number is None:
            return []
        window = query.window
        where, params = _window(connection, number, window)
        backwards = window.last_n is not None
        page = (window.last_n, 0) if backwards else (window.limit, window.offset)
        # Every part of the text is a constant of this file.
        sql = f"""
            SELECT {_start_of(query.period)} AS start, {_VALUES[query.method]} AS value
            FROM history AS h WHERE {where}
            {"" if query.period is None else "GROUP BY 1"}
            HAVING value IS NOT NULL AND start IS NOT NULL
            ORDER BY 1 {"DESC" if backwards else "ASC"} LIMIT ? OFFSET ?
        """  # noqa: S608
        found = fetch(connection, sql, (*params, *page))
        aggregates = [Aggregate(Instant(start), value) for start, value in found]
        return aggregates[::-1] if backwards else aggregates


def append_rows(
    connection: apsw.Connection,
    names: Names,
    number_of: Callable[[EntityKey], int],
    rows: Sequence[HistoryRow],
) -> None:
    """Write history rows inside a transaction."""
    wanted = [
        (
            number_of(row.key),
            names.attribute(connection, row.attribute, row.dataset_id),
            row.time,
            row.recorded_at,
            _number(row.instance),
            None if row.instance is None else to_json(row.instance),
        )
        for row in rows
    ]
    start = 0
    while start < len(wanted):
        before = connection.total_changes()
        try:
            connection.executemany(_INSERT, wanted[start:])
        except apsw.ConstraintError:
            # The rows up to here are in; this one shares its instants with another.
            start += connection.total_changes() - before
            connection.execute(_INSERT_BEHIND, wanted[start])
            start += 1
        else:
            return


def _number(instance: Attribute | None) -> float | int | None:
    value = None if instance is None else instance.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -_INT64 <= value < _INT64 or isinstance(value, float) else float(value)


def _instance(doc: str | None) -> Attribute | None:
    return None if doc is None else ATTRIBUTE.decode(doc)


def _window(
    connection: apsw.Connection, tenant: TenantNumber, query: HistoryQuery
) -> tuple[str, list[Any]]:
    """The condition on `history AS h`, and its parameters."""
    series = query.series
    entities, params = _entities(tenant, series, query.permission)
    attributes = fetch(connection, _ATTRIBUTES, (bindable(series.attribute),))
    few = fetch(connection, f"{entities} LIMIT 2", params)
    if len(few) == 1 and len(attributes) == 1:
        # One series: the table's own order is the order of the answer.
        parts, params = ["h.entity = ?", "h.attribute = ?"], [few[0][0], attributes[0][0]]
    else:
        parts = [
            f"h.entity IN ({entities})",
            f"h.attribute IN ({_ATTRIBUTES})",
        ]
        params = [*params, bindable(series.attribute)]
    for sql, bound in (
        ("h.time >= ?", query.since),
        ("h.time <= ?", query.until),
        ("h.recorded <= ?", query.known_at),
    ):
        if bound is not None:
            parts.append(sql)
            params.append(bound)
    return " AND ".join(parts), params


def _entities(
    tenant: TenantNumber, series: Series, permission: Permission
) -> tuple[str, list[Any]]:
    """The numbers of the entities of a series, present and past, as a query."""
    parts: list[str] = ["tenant = ?"]
    params: list[Any] = [tenant]
    if series.entity_id:
        parts.append("id = ?")
        params.append(bindable(series.entity_id))
    if series.entity_type:
        parts.append(_OF_TYPES)
        params += _of_types(tenant, [series.entity_type])
    if series.service_path:
        parts.append("path = ?")
        params.append(bindable(series.service_path))
    if permission.types is not None:
        parts.append(_OF_TYPES)
        params += _of_types(tenant, permission.types)
    if permission.hidden_types:
        parts.append(f"NOT {_OF_TYPES}")
        params += _of_types(tenant, permission.hidden_types)
    if permission.service_paths is not None:
        parts.append(_AT_PATHS)
        params.append(json.dumps(sorted(permission.service_paths)))
    return f"SELECT entity FROM entities WHERE {' AND '.join(parts)}", params  # noqa: S608 — the parts are constants


def _of_types(tenant: TenantNumber, types: Iterable[str]) -> list[Any]:
    """The parameters of `_OF_TYPES`."""
    listed = json.dumps(sorted(types))
    return [listed, tenant, listed]


_VALUES: Final = {
    Aggregation.COUNT: "count(*)",
    # `sum` of integers alone can overflow; the answer is a JSON number anyway.
    Aggregation.SUM: "CASE WHEN count(h.number) THEN total(h.number) END",
    Aggregation.AVG: "avg(h.number)",
    Aggregation.MIN: "min(h.number)",
    Aggregation.MAX: "max(h.number)",
}


def _start_of(period: Period | None) -> str:
    """The start of the period that `h.time` falls into, in microseconds, rounding down."""
    match period:
        case None:
            return "min(h.time)"
        case Period.SECOND:
            return _floor(SECOND_US)
        case Period.MINUTE:
            return _floor(MINUTE_US)
        case Period.HOUR:
            return _floor(HOUR_US)
        case Period.DAY:
            return _floor(DAY_US)
        case Period.MONTH | Period.YEAR:
            day = f"({_floor(DAY_US)}) / {SECOND_US}"
            return f"unixepoch({day}, 'unixepoch', 'start of {period}') * {SECOND_US}"
        case _:
            assert_never(period)


def _floor(bucket_us: int) -> str:
    return f"h.time - ((h.time % {bucket_us}) + {bucket_us}) % {bucket_us}"
