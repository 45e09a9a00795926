"""What the simulated devices send, through the intake's pipeline, against the table of models."""

import asyncio
import json
from datetime import date
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.sensor_stand_ins import MemoryDeviceStore

from broker.model.attribute import Attribute
from city.binding.directory import SensorsOfRegistry
from city.binding.sink import attribute_of
from ingest.message import Dialect, RawMessage
from ingest.observation import Observation
from ingest.pipeline import Counted, Outcome, Pipeline
from ingest.plan import Plan, make_plan
from ingest.policy.shelf import PolicyShelf
from ingest.ports import Transport as Way
from ingest.pseudonyms import KeyRing
from ingest.seal import Deidentified, to_bytes
from ingest.windows import Windows
from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.times import MINUTE_US, Instant
from sensors.models.check import faults
from sensors.registry.device import Transport
from sensors.registry.directory import Directory
from sensors.registry.service import DeviceRegistry
from sensors.simulation import jst, scenario, world
from sensors.simulation.flow import City
from sensors.simulation.ports import Sender
from sensors.simulation.provisioning import provision
from sensors.simulation.speech import minute_of_city
from sensors.simulation.wire import Flaws, Message, messages

DIALECTS = {Transport.JSON: Dialect.JSON, Transport.ULTRALIGHT: Dialect.ULTRALIGHT}
FEW = settings(max_examples=60, deadline=None)
DAYS = st.dates(date(2024, 2, 1), date(2029, 12, 31))


class Door:
    """The pure part of the intake behind a registry of all simulated devices."""

    def __init__(self, sensors: SensorsOfRegistry, senders: dict[str, Sender]) -> None:
        self.senders = senders
        self._sensors = sensors
        self._shelf = PolicyShelf.packaged()
        self._plans: dict[str, Plan] = {}

    def take(self, message: Message, pipeline: Pipeline) -> Outcome:
        sender = self.senders[message.device]
        if message.device not in self._plans:
            self._plans[message.device] = self._plan(sender)
        plan = self._plans[message.device]
        assert plan.sensor.approval.holds(message.at)
        raw = RawMessage(message.body, DIALECTS[sender.transport], Way.MQTT)
        return pipeline.run(raw, plan, message.at)

    def _plan(self, sender: Sender) -> Plan:
        sensor = self._sensors.by_key(sender.key, sender.device)
        assert sensor is not None
        policy = self._shelf.find(sensor.policy, sensor.policy_version)
        assert policy is not None
        return make_plan(policy, sensor)


@cache
def door() -> Door:
    """Provisioning and reading policies is slow and always the same: it is done once."""
    store = MemoryDeviceStore()
    directory = Directory(store)
    registry = DeviceRegistry(
        store=store, directory=directory, clock=ManualClock(Instant(0)), ids=SeededIds(2)
    )
    return Door(SensorsOfRegistry(directory), asyncio.run(provision(registry)))


def told(seed: int, due: Instant, city: City, flaws: Flaws) -> list[tuple[Message, Outcome]]:
    """Every message of a minute with what the intake made of it."""
    pipeline = Pipeline(KeyRing(SeededIds(1)), Windows(Instant(due - MINUTE_US)))
    dialects = {device: sender.dialect for device, sender in door().senders.items()}
    said = messages(seed, minute_of_city(city, world.DEVICES, due), dialects, flaws)
    return [(message, door().take(message, pipeline)) for message in said]


def entity_of(observation: Observation) -> dict[str, Any]:
    """The observation in NGSI-v2's normalized form."""
    return {
        "id": observation.entity_id,
        "type": observation.type,
        **{one.name: _shown(attribute_of(one)) for one in observation.attributes},
    }


def _shown(attribute: Attribute) -> dict[str, Any]:
    unit = {"type": "Text", "value": attribute.unit_code}
    return {
        "type": attribute.v2_type,
        "value": attribute.value,
        "metadata": {"unitCode": unit} if attribute.unit_code else {},
    }


@FEW
@given(st.integers(0, 2**32), DAYS, st.integers(0, 95))
def test_everything_that_the_city_says_is_taken_and_fits_its_model(
    seed: int, day: date, index: int
) -> None:
    due = jst.at_minute(day, (index + 1) * 15)
    taken = [outcome for _, outcome in told(seed, due, City(seed), Flaws(planted=0))]
    assert len(taken) >= 5
    for outcome in taken:
        assert outcome.unknown == 0
        assert not outcome.dropped
        for result in outcome.results:
            match result:
                case Deidentified(observation=observation):
                    known_later = "controlledProperty is required"
                    assert set(faults(entity_of(observation))) <= {known_later}
                case Counted():
                    pass
                case refused:
                    raise AssertionError(refused)


@FEW
@given(st.integers(0, 2**32), DAYS)
def test_a_gate_that_returns_after_hours_is_believed(seed: int, day: date) -> None:
    begin = jst.at_minute(day, 9 * 60)
    city = City(seed, scenario.course_of(scenario.load("sensor-outage"), begin))
    due = Instant(begin + 183 * MINUTE_US)
    late = [
        result
        for message, outcome in told(seed, due, city, Flaws(duplicates=0, planted=0))
        for result in outcome.results
        if message.device == "J1"
    ]
    assert len(late) == 13
    assert all(isinstance(result, Deidentified) for result in late)


@FEW
@given(st.integers(0, 2**32), DAYS, st.integers(26, 90))
def test_no_planted_identifier_gets_through_and_no_report_is_lost_to_it(
    seed: int, day: date, index: int
) -> None:
    due = jst.at_minute(day, (index + 1) * 15)
    plain = minute_of_city(City(seed), world.DEVICES, due)
    names = {"observedAt"} | {name for report in plain for name in report.payload}
    for message, outcome in told(seed, due, City(seed), Flaws(planted=1)):
        assert outcome.unknown == 1
        for result in outcome.results:
            assert isinstance(result, Deidentified | Counted)
            if isinstance(result, Deidentified):
                sealed = to_bytes(result).lower()
                for marker in planted_in(message.body, names):
                    assert marker.lower() not in sealed


def planted_in(body: bytes, names: set[str]) -> list[bytes]:
    """Unknown names and their values, as long as they are long enough to be told apart."""
    if body.startswith(b"{"):
        fields = json.loads(body)
    else:
        parts = body.decode().split("|")
        short = {"t", "h", "c", "l", "p"}
        fields = {k: v for k, v in zip(parts[::2], parts[1::2], strict=True) if k not in short}
    strange = {name: value for name, value in fields.items() if name not in names}
    assert len(strange) == 1
    return [str(part).encode() for item in strange.items() for part in item if len(str(part)) > 8]
