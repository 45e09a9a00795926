"""What the boards know of the city, kept in memory so that pages and streams read no database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from dashboard.figures import climate, gates, reading, touches
from dashboard.figures.devices import DEVICE_TYPE
from dashboard.figures.gates import GATE_SERIES, GATE_TYPE, Gate, GateRecord, gate_of
from dashboard.figures.quarters import OpeningHours, day_of, quarter_of
from dashboard.figures.series import QuarterSeries
from dashboard.figures.zones import ZONE_TYPE, Zone, zone_of
from dashboard.ports import (
    ChangesLost,
    CityChange,
    CityEntity,
    EntityChanged,
    EntityRemoved,
    HistoryGrew,
    Row,
)
from kernel.times import Instant

TYPES = (
    GATE_TYPE,
    touches.TOUCH_TYPE,
    climate.INDOOR_TYPE,
    climate.WEATHER_TYPE,
    DEVICE_TYPE,
    ZONE_TYPE,
)
KEPT_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        GATE_TYPE: GATE_SERIES,
        touches.TOUCH_TYPE: (touches.TOUCHES,),
        climate.INDOOR_TYPE: climate.INDOOR,
        climate.WEATHER_TYPE: climate.OUTDOOR,
    }
)
TOPIC_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        GATE_TYPE: "flow",
        ZONE_TYPE: "flow",
        touches.TOUCH_TYPE: "touches",
        climate.INDOOR_TYPE: "environment",
        climate.WEATHER_TYPE: "environment",
        DEVICE_TYPE: "sensors",
    }
)
_KEPT_DAYS = {GATE_TYPE: 55 * 7}
_KEPT_DAYS_OTHERWISE = 9


class CityMemory:
    """Latest entities and quarter-hour series. `revision` rises with everything taken in."""

    def __init__(self, hours: OpeningHours) -> None:
        self.hours = hours
        self.revision = 0
        self._entities: dict[str, dict[str, CityEntity]] = {name: {} for name in TYPES}
        self._series: dict[tuple[str, str], QuarterSeries] = defaultdict(QuarterSeries)

    def take(self, change: CityChange) -> str | None:
        """Take a change in; returns the topic that it touches, None if no board shows it."""
        match change:
            case EntityChanged():
                return self.put(change.entity)
            case EntityRemoved():
                self.revision += 1
                self._entities.get(change.type, {}).pop(change.id, None)
                return TOPIC_OF_TYPE.get(change.type)
            case ChangesLost() | HistoryGrew():
                return None

    def put(self, entity: CityEntity) -> str | None:
        """Take in the latest state of an entity, and add its numbers to the series."""
        if entity.type not in self._entities:
            return None
        self.revision += 1
        self._entities[entity.type][entity.id] = entity
        observed = reading.observed_at(entity)
        for name in KEPT_ATTRIBUTES.get(entity.type, ()):
            one = entity.attributes.get(name)
            time = observed if one is None or one.observed_at is None else one.observed_at
            if one is None or time is None:
                continue
            if one.value is None or reading.number(entity, name) is not None:
                recorded = one.modified_at or entity.modified_at
                self._series[entity.id, name].add(Row(time, reading.number(entity, name), recorded))
        return TOPIC_OF_TYPE[entity.type]

    def replace(self, entity_type: str, entities: Sequence[CityEntity]) -> None:
        """Take in all entities of a type; those that are not there any more are dropped."""
        self._entities[entity_type] = {}
        self.revision += 1
        for entity in entities:
            self.put(entity)

    def add_rows(self, entity_id: str, attribute: str, rows: Sequence[Row]) -> None:
        """Take in history."""
        series = self._series[entity_id, attribute]
        self.revision += 1
        for row in rows:
            series.add(row)

    def forget(self, now: Instant) -> None:
        """Drop what no board shows any more."""
        today = day_of(quarter_of(now))
        for (entity_id, _), series in self._series.items():
            kind = entity_id.split(":")[2] if entity_id.count(":") > 1 else ""
            series.forget(today - timedelta(days=_KEPT_DAYS.get(kind, _KEPT_DAYS_OTHERWISE)))

    def entities(self, entity_type: str) -> list[CityEntity]:
        """The latest entities of a type in order of id."""
        found = self._entities.get(entity_type, {})
        return [found[key] for key in sorted(found)]

    def gates(self, now: Instant) -> list[GateRecord]:
        """The people-flow gates in order of key, each with its past."""
        return [
            GateRecord(gate, self._of_gate(gate), hours=self.hours, now=now)
            for entity in self.entities(gates.GATE_TYPE)
            if (gate := gate_of(entity)) is not None
        ]

    def zones(self) -> list[Zone]:
        """The zones of the walkway."""
        found = (zone_of(entity) for entity in self.entities(ZONE_TYPE))
        return [zone for zone in found if zone is not None]

    def touch_series(self) -> Mapping[str, QuarterSeries]:
        """Touches by entity id."""
        return {
            entity_id: series
            for (entity_id, name), series in self._series.items()
            if name == touches.TOUCHES
        }

    def knows(self, entity_type: str, entity_id: str) -> bool:
        """Whether an entity is there."""
        return entity_id in self._entities.get(entity_type, {})

    def has_day(self, entity_id: str, attribute: str, day: date) -> bool:
        """Whether a series has any number of the day."""
        return day in self._series[entity_id, attribute].days()

    @property
    def series(self) -> Mapping[tuple[str, str], QuarterSeries]:
        """Every series by (entity id, attribute)."""
        return self._series

    def _of_gate(self, gate: Gate) -> Mapping[str, QuarterSeries]:
        return {name: self._series[gate.id, name] for name in GATE_SERIES}
