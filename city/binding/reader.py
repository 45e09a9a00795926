"""Broker → boards in the same process: entities, history and changes in the boards' own values."""

import weakref
from collections.abc import AsyncIterator, Sequence

from broker.model.attribute import Attribute
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity
from broker.ports import EntityQuery
from broker.ql.ast import TypeIn
from broker.service.broker import Broker
from broker.service.call import Call
from broker.temporal.query import HistoryQuery, Series
from city.binding.principals import BOARDS
from dashboard.ports import (
    ChangesLost,
    CityChange,
    CityEntity,
    EntityChanged,
    EntityRemoved,
    HistoryGrew,
    Reading,
    Row,
)
from kernel.times import Instant

_PAGE = 1_000
_HISTORY_PAGE = 10_000


class BrokerReader:
    """Implements `dashboard.ports.CityReader` and `CityChanges`."""

    def __init__(self, broker: Broker, tenant: str = "") -> None:
        self._broker = broker
        self._call = Call(BOARDS, tenant)
        self._grown: weakref.WeakSet[_Grown] = weakref.WeakSet()

    def grew(self, entity_id: str, since: Instant, until: Instant) -> None:
        """Past rows were added behind the broker's back: streams tell so with their next change."""
        for stream in self._grown:
            stream.add(HistoryGrew(entity_id, since, until))

    async def entities(self, entity_type: str) -> Sequence[CityEntity]:
        """Every entity of the type."""
        found: list[CityEntity] = []
        where = TypeIn(frozenset({entity_type}))
        query = EntityQuery(where, limit=_PAGE)
        while True:
            page = await self._broker.query(self._call, query)
            found.extend(city_entity(one) for one in page.entities)
            if page.next is None:
                return found
            query = EntityQuery(where, limit=_PAGE, after=page.next)

    async def history(
        self, entity_id: str, attribute: str, since: Instant, until: Instant
    ) -> Sequence[Row]:
        """All numbers of the half-open window, and its nulls."""
        rows: list[Row] = []
        offset = 0
        while True:
            page = await self._broker.history(
                self._call,
                HistoryQuery(
                    Series(attribute, entity_id),
                    since,
                    Instant(until - 1),
                    limit=_HISTORY_PAGE,
                    offset=offset,
                ),
            )
            rows.extend(row for one in page if (row := _row(one)) is not None)
            if len(page) < _HISTORY_PAGE:
                return rows
            offset += len(page)

    async def changes(self) -> AsyncIterator[CityChange]:
        """Every change from now on."""
        stream = self._broker.changes(self._call)
        grown = _Grown()
        self._grown.add(grown)
        lost = 0
        async for change in stream:
            if stream.lost > lost:
                lost = stream.lost
                yield ChangesLost()
            for news in grown.take():
                yield news
            yield _changed(change)


class _Grown:
    """What grew since the stream looked last."""

    def __init__(self) -> None:
        self._news: list[HistoryGrew] = []

    def add(self, news: HistoryGrew) -> None:
        self._news.append(news)

    def take(self) -> list[HistoryGrew]:
        taken, self._news = self._news, []
        return taken


def city_entity(entity: Entity) -> CityEntity:
    """The latest state in the boards' words."""
    readings = {}
    for name in entity.attributes:
        attribute = entity.attribute(name)
        if attribute is not None:
            readings[name] = _reading(attribute)
    return CityEntity(entity.id, entity.types[0], readings, entity.modified_at)


def _reading(attribute: Attribute) -> Reading:
    return Reading(
        attribute.value, attribute.observed_at, attribute.unit_code, attribute.modified_at
    )


def _changed(change: Change) -> CityChange:
    if change.after is None:
        return EntityRemoved(change.entity.id, change.entity.types[0])
    return EntityChanged(city_entity(change.after))


def _row(row: HistoryRow) -> Row | None:
    value = None if row.instance is None else row.instance.value
    if value is not None and not isinstance(value, int | float):
        return None
    return Row(row.time, value, row.recorded_at)
