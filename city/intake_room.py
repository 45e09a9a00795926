"""The intake of this process: doors for devices, policies, the way to the broker."""

import asyncio
import platform
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import msgspec

from city.binding.heartbeat import Heartbeat
from city.binding.sink import BrokerSink
from city.broker_room import BrokerRoom
from city.health import Probe
from city.parts import Parts
from city.registry_room import RegistryRoom
from city.remote_sink import open_remote_sink
from city.repeating import every
from city.settings.table import Settings
from ingest.http import HttpDoor
from ingest.intake import Intake
from ingest.mqtt import MqttDoor
from ingest.mqtt_address import MqttAddress, parse_address
from ingest.policy.shelf import PolicyShelf
from ingest.settings import IntakeSettings
from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.times import DAY_US, SECOND_US
from serving.app import Surface

_HEARTBEAT_S = 2.0
"""How often Device entities learn when their device was last heard."""


@dataclass(frozen=True)
class IntakeRoom:
    """The intake, what it serves, and what its health depends on."""

    intake: Intake
    policies: PolicyShelf
    surfaces: Sequence[Surface]
    probes: Mapping[str, Probe]


@asynccontextmanager
async def open_intake(
    parts: Parts,
    broker: BrokerRoom,
    registry: RegistryRoom,
    *,
    time: Clock,
    embedded_mqtt: bool,
) -> AsyncIterator[IntakeRoom]:
    """Take measures in by HTTP and, where an MQTT broker is set, by MQTT.

    `time` is the clock by which messages are judged: in a simulated world, that world's.
    """
    settings, stores = parts.settings, parts.stores
    policies = PolicyShelf.packaged()
    heartbeat = Heartbeat(broker.broker, registry.directory)
    async with open_remote_sink(settings) as remote:
        intake = Intake(
            directory=registry.sensors,
            policies=policies,
            sink=remote or BrokerSink(broker.broker),
            dead_letters=stores.dead_letters,
            registry=parts.metrics,
            clock=time,
            ids=parts.ids,
            spool=stores.spool,
            sightings=heartbeat,
            settings=_bounds(settings),
        )
        async with intake:
            probes: dict[str, Probe] = {}
            if settings.mqtt_url:
                address = _address(settings, embedded=embedded_mqtt)
                door = MqttDoor(intake, address, parts.ids)
                parts.tasks.keep("mqtt door", door.run)
                probes["mqtt"] = partial(_is_set, door.connected)
            if remote is None:
                parts.tasks.keep("heartbeat", partial(every, _HEARTBEAT_S, heartbeat.write))
            yield IntakeRoom(intake, policies, [Surface(HttpDoor(intake).routes())], probes)


def _bounds(settings: Settings) -> IntakeSettings:
    return IntakeSettings(
        key_overlap_us=settings.ingest_key_overlap_s * SECOND_US,
        window_max=settings.ingest_window_max,
        dead_letter_ttl_us=settings.ingest_dead_letter_days * DAY_US,
    )


def _address(settings: Settings, *, embedded: bool) -> MqttAddress:
    """The embedded broker speaks MQTT 3.1.1 and knows no shared subscriptions."""
    client_id = settings.mqtt_client_id or f"odori-{platform.node()}"
    address = msgspec.structs.replace(parse_address(settings.mqtt_url), client_id=client_id)
    if embedded:
        return msgspec.structs.replace(address, group="", is_v5=False)
    return address


async def _is_set(event: asyncio.Event) -> None:
    if not event.is_set():
        raise UnavailableError("The MQTT broker is not connected")
