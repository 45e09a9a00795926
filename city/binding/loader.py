"""Simulated past → intake's pipeline → history: policies hold for weeks gone by, too."""

from collections.abc import Iterator, Mapping, Sequence

from broker.model.changes import HistoryRow
from broker.model.entity import EntityKey
from broker.ports import HistoryStore
from city.binding.sink import attribute_of
from ingest.message import Dialect, RawMessage
from ingest.pipeline import Pipeline
from ingest.plan import Plan, make_plan
from ingest.policy.shelf import PolicyShelf
from ingest.ports import SensorDirectory, Transport
from ingest.pseudonyms import KeyRing
from ingest.seal import Deidentified
from ingest.windows import Windows
from kernel.ids import IdSource
from kernel.times import Instant
from sensors.registry.device import Transport as Spoken
from sensors.simulation.wire import Dialect as Speech
from sensors.simulation.wire import Message

_DIALECTS = {Spoken.JSON: Dialect.JSON, Spoken.ULTRALIGHT: Dialect.ULTRALIGHT}


class PastLoader:
    """Implements `sensors.simulation.ports.HistoryLoader`: rows of history, entities untouched.

    A message is judged by the time at which it would have come. Window policies have no past: their
    keys are gone by definition.
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
                rows = by_tenant.setdefault(sealed.observation.tenant, [])
                rows.extend(_rows(sealed, message.at))
                self._remember(sealed)
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


def _rows(sealed: Deidentified, at: Instant) -> Iterator[HistoryRow]:
    observation = sealed.observation
    key = EntityKey(observation.entity_id, observation.type, observation.service_path)
    for one in observation.attributes:
        if one.observed_at is not None:
            yield HistoryRow(key, one.name, one.observed_at, at, attribute_of(one))
