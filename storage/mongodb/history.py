"""The history in MongoDB: one document for each value that an attribute had."""

from collections.abc import Sequence

from broker.model.changes import HistoryRow
from broker.temporal.query import Aggregate, AggregateQuery, HistoryQuery, Series
from kernel.times import Instant
from storage.mongodb.aggregation import Totals
from storage.mongodb.collection import Collection, Sort
from storage.mongodb.documents import history_document, instance_of, row_of
from storage.mongodb.selection import Filter, every, some
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
        if series.entity_type:
            parts.append(await self._of_type(tenant, series))
        return every(parts)

    async def _of_type(self, tenant: str, series: Series) -> Filter:
        """Rows are kept under an entity's first type; one that has the type besides counts too."""
        besides: Filter = {"tenant": tenant, "more_types": series.entity_type}
        if series.entity_id:
            besides["id"] = series.entity_id
        found = await self._entities.fetch(besides, fields=("id", "types", "path"))
        keys = [{"id": e["id"], "type": e["types"][0], "path": e["path"]} for e in found]
        return some([{"type": series.entity_type}, *keys])


def _cut(aggregates: list[Aggregate], window: HistoryQuery) -> list[Aggregate]:
    if window.last_n is not None:
        return aggregates[-window.last_n :] if window.last_n else []
    return aggregates[window.offset : window.offset + window.limit]
