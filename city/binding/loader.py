"""Simulated past → intake's pipeline → history: policies hold for weeks gone by, too."""

from collections.abc import Iterator, Mapping, Sequence

from broker.model.changes import HistoryRow
from broker.model.entity import EntityKey
from broker.ports import HistoryStore
from broker.temporal.query import HistoryQuery, Series
from city.binding.sink import attribute_of
from ingest.message import Dialect, RawMessage
from ingest.observation import Observation
from ingest.pipeline import Pipeline
from ingest.plan import Plan, make_plan
from ingest.policy.shelf import PolicyShelf
from ingest.ports import SensorDirectory, Transport
from ingest.pseudonyms import KeyRing
from ingest.seal import Deidentified
from ingest.windows import Windows
from kernel.ids import IdSource
from kernel.times import DAY_US, Instant, floor_to
from sensors.registry.device import Transport as Spoken
from sensors.simulation.wire import Dialect as Speech
from sensors.simulation.wire import Message

_DIALECTS = {Spoken.JSON: Dialect.JSON, Spoken.ULTRALIGHT: Dialect.ULTRALIGHT}


class PastLoader:
    """Implements `sensors.simulation.ports.HistoryLoader`: rows of history, entities untouched.

    A message is judged by the time at which it would have come. Window policies have no past: their
    keys are gone by definition. What the history knows already, from an earlier start or from life,
    is not told again, except its newest quarter hour, which a stop may have cut short.
    """

    def __init__(
        self,
        *,
        directory: SensorDirectory,
        policies: PolicyShelf,
        history: HistoryStore,
        dialects: Mapping[str, Speech],
        ids: IdSource,
    ) -> None:
        self._directory = directory
        self._policies = policies
        self._history = history
        self._known = KnownTimes(history)
        self._dialects = dialects
        self._pipeline = Pipeline(KeyRing(ids), Windows(Instant(0)))
        self._plans: dict[str, Plan] = {}
        self._latest: dict[str, Deidentified] = {}
        self._grown: set[str] = set()

    def latest(self) -> list[Deidentified]:
        """The newest observation of each entity so far."""
        return list(self._latest.values())

    def take_grown(self) -> set[str]:
        """Ids of the entities whose history grew since the last call."""
        grown, self._grown = self._grown, set()
        return grown

    async def load(self, batch: Sequence[Message]) -> None:
        """Durable on return; refused messages are left out."""
        by_tenant: dict[str, list[HistoryRow]] = {}
        for message in batch:
            plan = self._plan(message.device)
            if plan is None or not plan.sensor.approval.holds(message.at):
                continue
            for sealed in self._sealed(message, plan):
                self._remember(sealed)
                if await self._known.holds(sealed.observation):
                    continue
                rows = by_tenant.setdefault(sealed.observation.tenant, [])
                rows.extend(_rows(sealed, message.at))
        for tenant, rows in by_tenant.items():
            await self._history.append(tenant, rows)

    def _remember(self, sealed: Deidentified) -> None:
        observation = sealed.observation
        self._grown.add(observation.entity_id)
        known = self._latest.get(observation.entity_id)
        if known is None or known.observation.observed_at <= observation.observed_at:
            self._latest[observation.entity_id] = sealed

    def _plan(self, device: str) -> Plan | None:
        if device not in self._plans:
            sensor = self._directory.by_device(device)
            if sensor is None:
                return None
            policy = self._policies.find(sensor.policy, sensor.policy_version)
            if policy is None:
                return None
            self._plans[device] = make_plan(policy, sensor)
        return self._plans[device]

    def _sealed(self, message: Message, plan: Plan) -> Iterator[Deidentified]:
        speech = self._dialects.get(message.device, Speech())
        raw = RawMessage(message.body, _DIALECTS[speech.transport], Transport.MQTT)
        for result in self._pipeline.run(raw, plan, message.at).results:
            if isinstance(result, Deidentified):
                yield result


class KnownTimes:
    """Which times of an entity's history were there before this telling began."""

    def __init__(self, history: HistoryStore) -> None:
        self._history = history
        self._newest: dict[str, Instant | None] = {}
        self._days: dict[tuple[str, Instant], frozenset[Instant]] = {}

    async def holds(self, observation: Observation) -> bool:
        """Whether the observation's time is known, and not the newest one that is."""
        attribute = next((one for one in observation.attributes if one.observed_at), None)
        if attribute is None or attribute.observed_at is None:
            return False
        series = Series(attribute.name, observation.entity_id, observation.type)
        key = observation.entity_id
        if key not in self._newest:
            last = await self._history.rows(observation.tenant, HistoryQuery(series, last_n=1))
            self._newest[key] = last[0].time if last else None
        newest, at = self._newest[key], attribute.observed_at
        if newest is None or at >= newest:
            return False
        return at in await self._day(observation.tenant, series, floor_to(at, DAY_US))

    async def _day(self, tenant: str, series: Series, day: Instant) -> frozenset[Instant]:
        key = (series.entity_id, day)
        if key not in self._days:
            window = HistoryQuery(series, day, Instant(day + DAY_US - 1))
            rows = await self._history.rows(tenant, window)
            self._days[key] = frozenset(row.time for row in rows)
        return self._days[key]


def _rows(sealed: Deidentified, at: Instant) -> Iterator[HistoryRow]:
    observation = sealed.observation
    key = EntityKey(observation.entity_id, observation.type, observation.service_path)
    for one in observation.attributes:
        if one.observed_at is not None:
            yield HistoryRow(key, one.name, one.observed_at, at, attribute_of(one))
