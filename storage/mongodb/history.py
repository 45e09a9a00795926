"""The history in MongoDB: one document for each value that an attribute had."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from broker.model.changes import HistoryRow
from broker.temporal.query import Aggregate, AggregateQuery, HistoryQuery, Series
from kernel.times import Instant
from storage.mongodb.aggregation import Totals
from storage.mongodb.collection import Collection, Sort
from storage.mongodb.documents import history_document, instance_of, row_of
from storage.mongodb.filters import at_path
from storage.mongodb.selection import Filter, every, none_of, some
from storage.mongodb.write_ids import WriteIds

_FORWARDS: Sort = (("time", 1), ("recorded", 1), ("_id", 1))
_BACKWARDS: Sort = (("time", -1), ("recorded", -1), ("_id", -1))


class MongoHistory:
    """`broker.ports.HistoryStore`."""

    def __init__(self, history: Collection, entities: Collection, write_ids: WriteIds) -> None:
        self._history = history
        self._entities = entities
        self._write_ids = write_ids

    async def rows(self, tenant: str, query: HistoryQuery) -> Sequence[HistoryRow]:
        """See `HistoryStore.rows`."""
        where = await self._window(tenant, query)
        backwards = query.last_n is not None
        skip, limit = (0, query.last_n) if query.last_n is not None else (query.offset, query.limit)
        if not limit:
            return ()
        sort = _BACKWARDS if backwards else _FORWARDS
        found = await self._history.fetch(where, sort=sort, skip=skip, limit=limit)
        return [row_of(document) for document in (reversed(found) if backwards else found)]

    async def aggregate(self, tenant: str, query: AggregateQuery) -> Sequence[Aggregate]:
        """See `HistoryStore.aggregate`. Added up here, so that every server gives the same sums."""
        totals = Totals(query.method, query.period)
        where = await self._window(tenant, query.window)
        async for document in self._history.find(where, fields=("time", "body")):
            totals.add(Instant(document["time"]), instance_of(document))
        return _cut(totals.results(), query.window)

    async def append(self, tenant: str, rows: Sequence[HistoryRow]) -> None:
        """See `HistoryStore.append`."""
        write = self._write_ids.take()
        await self._history.insert_all(
            [history_document(tenant, row, f"{write}-{n:06x}") for n, row in enumerate(rows)]
        )

    async def forget(self, tenant: str, before: Instant) -> int:
        """See `HistoryStore.forget`."""
        return await self._history.remove({"tenant": tenant, "time": {"$lt": before}})

    async def _window(self, tenant: str, query: HistoryQuery) -> Filter:
        """The filter of a window's rows."""
        series, bounds = query.series, []
        for member, operator, bound in (
            ("time", "$gte", query.since),
            ("time", "$lte", query.until),
            ("recorded", "$lte", query.known_at),
        ):
            if bound is not None:
                bounds.append({member: {operator: bound}})
        parts: list[Filter] = [{"tenant": tenant}, {"attribute": series.attribute}, *bounds]
        if series.entity_id:
            parts.append({"id": series.entity_id})
        if series.service_path:
            parts.append({"path": series.service_path})
        permission = query.permission
        if series.entity_type:
            parts.append(await self._of_types(tenant, series, {series.entity_type}))
        if permission.types is not None:
            parts.append(await self._of_types(tenant, series, permission.types))
        if permission.hidden_types:
            parts.append(none_of(await self._of_types(tenant, series, permission.hidden_types)))
        if permission.service_paths is not None:
            paths = sorted(permission.service_paths)
            parts.append(
                some([at_path(one.removesuffix("/#") or "/", below="#" in one) for one in paths])
            )
        return every(parts)

    async def _of_types(self, tenant: str, series: Series, types: AbstractSet[str]) -> Filter:
        """Rows are kept under an entity's first type; one that has a type besides counts too."""
        listed = {"$in": sorted(types)}
        besides: Filter = {"tenant": tenant, "more_types": listed}
        if series.entity_id:
            besides["id"] = series.entity_id
        found = await self._entities.fetch(besides, fields=("id", "types", "path"))
        keys = [{"id": e["id"], "type": e["types"][0], "path": e["path"]} for e in found]
        return some([{"type": listed}, *keys])


def _cut(aggregates: list[Aggregate], window: HistoryQuery) -> list[Aggregate]:
    if window.last_n is not None:
        return aggregates[-window.last_n :] if window.last_n else []
    return aggregates[window.offset : window.offset + window.limit]
