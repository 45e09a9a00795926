"""A stand-in for the city behind the boards' ports: one plausible winter, the same at every run.

Numbers come from closed formulas of quarter hour and gate, so that a test can ask the stand-in for
what a board should show. Entities may be changed by hand; changes reach whoever listens.
"""

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Sequence
from datetime import date
from functools import lru_cache

from dashboard.figures.gates import NORTH, SOUTH
from dashboard.figures.quarters import (
    OpeningHours,
    Quarter,
    day_of,
    quarter_of,
    slot_of,
    start_of,
)
from dashboard.figures.reading import number
from dashboard.ports import (
    CityChange,
    CityEntity,
    EntityChanged,
    Reading,
    Row,
    Scenario,
    Speed,
    WorldStatus,
)
from kernel.clock import Clock
from kernel.json import JsonValue
from kernel.times import MINUTE_US, SECOND_US, Instant, parse_instant, render_millis

SATURDAY_EVENING = parse_instant("2026-02-07T18:07:20+09:00")
HOURS = OpeningHours()
_ZONES = (
    ("odori", "北大通交差点広場", "Odori crossing plaza", "plaza", 0, 45, ["J2"]),
    ("kita1", "北1条区間", "North 1 section", "corridor", 45, 180, []),
    ("kita2-plaza", "北2条交差点広場", "North 2 crossing plaza", "plaza", 180, 225, []),
    ("kita2", "北2条区間", "North 2 section", "corridor", 225, 330, []),
    ("kita3-plaza", "北3条交差点広場", "North 3 crossing plaza", "plaza", 330, 375, []),
    ("kita4", "札幌駅側区間", "Station section", "corridor", 375, 520, ["J1"]),
)
_DEVICES = {
    "J1": ("CrowdFlowObserved", 0.86),
    "J2": ("CrowdFlowObserved", 0.71),
    "SIGN1": ("SignageInteractionObserved", None),
    "SIGN2": ("SignageInteractionObserved", None),
    "ENV1": ("IndoorEnvironmentObserved", 0.64),
    "ENV2": ("IndoorEnvironmentObserved", 0.14),
    "ENV3": ("IndoorEnvironmentObserved", 0.92),
    "WX1": ("WeatherObserved", 0.55),
}
_TOPICS = {"route": 0.26, "transport": 0.23, "shop": 0.19, "event": 0.2, "toilet": 0.09}
_LANGUAGES = {"ja": 0.6, "en": 0.16, "zh-Hant": 0.1, "zh-Hans": 0.06, "ko": 0.06, "th": 0.02}


@lru_cache(maxsize=200_000)
def wobble(*what: object) -> float:
    """A number between 0 and 1 that looks random and is always the same."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:6]) / 2**48


@lru_cache(maxsize=200_000)
def passages(gate: str, heading: str, quarter: Quarter) -> int | None:
    """People passing a gate in one direction in a whole quarter hour; None while closed."""
    if not HOURS.is_open(slot_of(quarter)):
        return None
    day = day_of(quarter)
    hour = slot_of(quarter) / 4
    weekend = day.weekday() >= 5
    south_morning = 0.62 if hour < 13 else 0.42
    share = south_morning if heading == "south" else 1 - south_morning
    peaks = ((8.3, 1.0, 520), (12.5, 1.6, 380), (18.2, 1.8, 560))
    if weekend:
        peaks = ((13.5, 3.2, 560), (17.5, 2.4, 470))
    people = 40 + sum(size * math.exp(-(((hour - at) / width) ** 2)) for at, width, size in peaks)
    fair = 1.22 if day == date(2026, 2, 7) else 1.0
    noise = 0.96 + 0.08 * wobble("people", gate, heading, int(quarter))
    is_inward = (gate, heading) in (("J1", "south"), ("J2", "north"))
    stays = 1 + 0.03 * math.cos((hour - 5) / 21 * math.pi) if is_inward else 1.0
    return round(people * share * 2 * 0.62 * noise * fair * stays)


class StandInCity:
    """Implements `CityReader` and `CityChanges`.

    Attributes:
        silent: quarter hours of which a gate has no rows, by gate.
        reads: how many history reads were asked for.
    """

    def __init__(
        self, now: Instant = SATURDAY_EVENING, *, simulated: bool = True, weeks: int = 6
    ) -> None:
        self.now = now
        self.simulated = simulated
        self.first = Quarter(quarter_of(now) - weeks * 7 * 96)
        self.silent: dict[str, range] = {}
        self.estimated: dict[str, range] = {}
        self.reads = 0
        self._changed: dict[str, CityEntity] = {}
        self._queues: set[asyncio.Queue[CityChange]] = set()
        self._listened = asyncio.Event()

    async def entities(self, entity_type: str) -> Sequence[CityEntity]:
        """The present state of everything of a type."""
        built = {one.id: one for one in self._built(entity_type)}
        built |= {one.id: one for one in self._changed.values() if one.type == entity_type}
        return list(built.values())

    async def history(
        self, entity_id: str, attribute: str, since: Instant, until: Instant
    ) -> Sequence[Row]:
        """Rows by quarter hour; the present one is a running total."""
        self.reads += 1
        first = max(quarter_of(since), self.first)
        last = min(quarter_of(Instant(until - 1)), quarter_of(self.now))
        rows = []
        for one in range(first, last + 1):
            quarter = Quarter(one)
            value = self.value(entity_id, attribute, quarter)
            if value is not None:
                recorded = min(start_of(Quarter(quarter + 1)), self.now)
                rows.append(Row(start_of(quarter), value, recorded))
        return rows

    async def changes(self) -> AsyncIterator[CityChange]:
        """What `put` is given from now on."""
        queue: asyncio.Queue[CityChange] = asyncio.Queue()
        self._queues.add(queue)
        self._listened.set()
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    async def put(self, entity: CityEntity) -> None:
        """Change an entity and tell those who listen, once somebody does."""
        await self._listened.wait()
        self._changed[entity.id] = entity
        for queue in self._queues:
            queue.put_nowait(EntityChanged(entity))

    def value(self, entity_id: str, attribute: str, quarter: Quarter) -> float | None:
        """What a history row of the quarter hour says; None: there is no row."""
        kind, key, *cell = entity_id.removeprefix("urn:ngsi-ld:").split(":")
        match kind, attribute:
            case "CrowdFlowObserved", "peopleCountTowards" | "peopleCountAway":
                heading = "north" if attribute == "peopleCountTowards" else "south"
                return self.people(key, heading, quarter)
            case "CrowdFlowObserved", "estimatedShare":
                return 0.25 if quarter in self.estimated.get(key, ()) else 0.0
            case "CrowdFlowObserved", "coverage":
                return 0.75 if quarter in self.estimated.get(key, ()) else 1.0
            case "SignageInteractionObserved", "touchCount":
                return self._touches(key, cell[0], cell[1], quarter)
            case "IndoorEnvironmentObserved" | "WeatherObserved", _:
                return self._air(kind, key, attribute, quarter)
        return None

    def people(self, gate: str, heading: str, quarter: Quarter) -> int | None:
        """People in a quarter hour, the present one only as far as it has come."""
        if quarter in self.silent.get(gate, ()) or quarter > quarter_of(self.now):
            return None
        whole = passages(gate, heading, quarter)
        if whole is None or quarter < quarter_of(self.now):
            return whole
        changed = self._changed.get(f"urn:ngsi-ld:CrowdFlowObserved:{gate}")
        if changed is not None:
            return round(number(changed, NORTH if heading == "north" else SOUTH) or 0)
        return round(whole * self._minutes() / 15)

    def gate(self, key: str, **changes: JsonValue) -> CityEntity:
        """The entity of a gate as of now, some attributes changed."""
        quarter = quarter_of(self.now)
        latest = quarter
        while self.people(key, "north", latest) is None and latest > quarter - 40:
            latest = Quarter(latest - 1)
        heard = self.now if latest == quarter else start_of(Quarter(latest + 1))
        values: dict[str, JsonValue] = {
            "name": {"J1": "札幌駅側", "J2": "大通側"}[key],
            "peopleCountTowards": self.people(key, "north", latest),
            "peopleCountAway": self.people(key, "south", latest),
            "operatingState": "open",
            "reportingDevices": 4,
            "expectedDevices": 4,
            "coverage": 1.0,
            "estimatedShare": 0.0,
            "accuracyClass": ">=80%",
            "sensorGeneration": "infrared-2024",
            "refDevice": f"urn:ngsi-ld:Device:{key}",
            "refZone": f"urn:ngsi-ld:WalkwayZone:{'kita4' if key == 'J1' else 'odori'}",
            "simulated": self.simulated,
        }
        observed = start_of(latest)
        return _entity("CrowdFlowObserved", key, observed, heard, values | changes)

    def _built(self, entity_type: str) -> list[CityEntity]:
        match entity_type:
            case "CrowdFlowObserved":
                return [self.gate("J1"), self.gate("J2")]
            case "WalkwayZone":
                return [self._zone(zone) for zone in _ZONES]
            case "SignageInteractionObserved":
                return [
                    self._sign(sign, topic, language)
                    for sign in ("SIGN1", "SIGN2")
                    for topic in _TOPICS
                    for language in _LANGUAGES
                ]
            case "IndoorEnvironmentObserved":
                return [self._environment(key) for key in ("ENV1", "ENV2", "ENV3")]
            case "WeatherObserved":
                return [self._weather()]
            case "Device":
                return [self._device(key) for key in _DEVICES]
        return []

    def _zone(self, zone: tuple[str, str, str, str, int, int, list[str]]) -> CityEntity:
        key, name, english, kind, begins, ends, gates = zone
        values: dict[str, JsonValue] = {
            "name": name,
            "nameEn": english,
            "zoneKind": kind,
            "positionFrom": begins,
            "positionTo": ends,
            "clearWidth": 12,
            "refGates": gates,
        }
        return _entity("WalkwayZone", key, self.now, self.now, values)

    def _sign(self, sign: str, topic: str, language: str) -> CityEntity:
        quarter = Quarter(quarter_of(self.now) - 1)
        values: dict[str, JsonValue] = {
            "topic": topic,
            "language": language,
            "touchCount": self._touches(sign, topic, language, quarter),
            "refDevice": f"urn:ngsi-ld:Device:{sign}",
            "simulated": self.simulated,
        }
        heard = start_of(quarter_of(self.now))
        key = f"{sign}:{topic}:{language}"
        return _entity("SignageInteractionObserved", key, start_of(quarter), heard, values)

    def _touches(self, sign: str, topic: str, language: str, quarter: Quarter) -> int | None:
        whole = passages("J2", "north", quarter)
        if whole is None or quarter >= quarter_of(self.now):
            return None
        share = _TOPICS.get(topic, 0.02) * _LANGUAGES.get(language, 0.01)
        return round(
            whole * 0.11 * share * (0.4 + 1.2 * wobble(sign, topic, language, int(quarter)))
        )

    def _air(self, kind: str, key: str, attribute: str, quarter: Quarter) -> float | None:
        hour = slot_of(quarter) / 4
        soft = wobble(key, attribute, int(quarter) // 2) - 0.5
        warm = -4.2 + 3.1 * math.cos((hour - 14) / 24 * 2 * math.pi) + soft
        if kind == "WeatherObserved":
            outside = {
                "temperature": warm,
                "snowHeight": 62 + 6 * hour / 24,
                "windSpeed": 3.1 + soft,
            }
            outside["precipitation"] = max(0.0, round(0.8 * soft, 1))
            return round(outside[attribute], 1) if attribute in outside else None
        crowd = sum(passages("J1", one, quarter) or 0 for one in ("north", "south"))
        inside = {"temperature": 17.4 + crowd / 900, "relativeHumidity": 0.36 + soft / 30}
        inside["co2"] = round(455 + crowd * 0.45 + 12 * soft)
        return round(inside[attribute], 2) if attribute in inside else None

    def _environment(self, key: str) -> CityEntity:
        return self._climate("IndoorEnvironmentObserved", key, 3 * MINUTE_US)

    def _weather(self) -> CityEntity:
        return self._climate("WeatherObserved", "WX1", 6 * MINUTE_US)

    def _climate(self, kind: str, key: str, age_us: int) -> CityEntity:
        quarter = quarter_of(self.now)
        names = (
            "temperature",
            "relativeHumidity",
            "co2",
            "snowHeight",
            "windSpeed",
            "precipitation",
        )
        values: dict[str, JsonValue] = {
            name: value
            for name in names
            if (value := self._air(kind, key, name, quarter)) is not None
        }
        values |= {"refDevice": f"urn:ngsi-ld:Device:{key}", "simulated": self.simulated}
        values |= {"accuracyClass": "calibrated"}
        at = Instant(self.now - age_us)
        return _entity(kind, key, at, Instant(at + 2 * SECOND_US), values)

    def _device(self, key: str) -> CityEntity:
        battery = _DEVICES[key][1]
        values: dict[str, JsonValue] = {
            "batteryLevel": -1 if battery is None else battery,
            "rssi": -70 + round(18 * (wobble("rssi", key) - 0.5)),
            "deviceState": "ok",
            "simulated": self.simulated,
            "dateLastValueReported": render_millis(Instant(self.now - 4 * MINUTE_US)),
        }
        return _entity("Device", key, Instant(self.now - 4 * MINUTE_US), self.now, values)

    def _minutes(self) -> float:
        return max(1.0, (self.now - start_of(quarter_of(self.now))) // MINUTE_US)


class StandInWorld:
    """Implements `ScenarioControl` over a clock; remembers what was asked of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.scenario = "snow-festival"
        self.speed = Speed.X1
        self.paused = False

    def scenarios(self) -> Sequence[Scenario]:
        """The four of the specification."""
        return (
            Scenario("weekday", {"ja": "平日", "en": "Weekday"}),
            Scenario("snow-festival", {"ja": "雪まつり", "en": "Snow festival"}),
            Scenario("blackout", {"ja": "停電", "en": "Blackout"}),
            Scenario("sensor-outage", {"ja": "センサー停止", "en": "Sensor outage"}),
        )

    def status(self) -> WorldStatus:
        """As asked for."""
        return WorldStatus(self._clock.now(), self.scenario, self.speed, self.paused)

    async def start(self, scenario: str) -> None:
        """Remember the scenario."""
        self.scenario = scenario

    async def set_speed(self, speed: Speed) -> None:
        """Remember the speed."""
        self.speed = speed

    async def pause(self, paused: bool) -> None:
        """Remember whether it stands."""
        self.paused = paused


def _entity(
    kind: str, key: str, observed: Instant, heard: Instant, values: dict[str, JsonValue]
) -> CityEntity:
    values = {"dateObserved": render_millis(observed)} | values if kind != "Device" else values
    readings = {name: Reading(value, observed, "", heard) for name, value in values.items()}
    return CityEntity(f"urn:ngsi-ld:{kind}:{key}", kind, readings, heard)
