"""Registers and approves the simulated devices, and hands their keys to the driver."""

from collections.abc import Sequence

from kernel.times import MINUTE_US, Instant, parse_instant
from sensors.registry.decisions import Approve, Draft
from sensors.registry.device import (
    ApprovalState,
    Device,
    DeviceClass,
    Fact,
    Notice,
    Transport,
)
from sensors.registry.forms import policy_ref
from sensors.registry.service import DeviceExistsError, DeviceRegistry, Registered
from sensors.simulation.ports import Sender
from sensors.simulation.wire import Dialect
from sensors.simulation.world import DEVICES, OLDER_GATES, STATUS_POLICY, Installed

EVERY_DEVICE = (*DEVICES, *OLDER_GATES)
NOTICE = Notice(url="https://odori.example/notices/simulated", published_on="2011-01-01")
"""The notice of the simulated sensors; a reserved name, since no such page exists outside."""

_OWNER = "Simulated city association"
_ROLE = "simulator"
_ULTRALIGHT = {
    "temperature": "t",
    "relativeHumidity": "h",
    "co2": "c",
    "illuminance": "l",
    "atmosphericPressure": "p",
}
"""Climate sensors speak UltraLight, with the short names that the policy understands."""


async def provision(
    registry: DeviceRegistry, tenant: str = "", devices: Sequence[Installed] = EVERY_DEVICE
) -> dict[str, Sender]:
    """Register what is missing, give every device a new key, and approve what waits for it.

    May be called at each start: keys are kept nowhere, so known devices get new ones. A device that
    somebody has suspended or retired stays so, and its messages are refused as they should be.
    """
    senders = {}
    for device in devices:
        registered = await _registered(registry, tenant, device)
        if registered is None:
            continue
        if registered.device.approval.state is ApprovalState.REQUESTED:
            await registry.approve(tenant, device.id, approval_of(device))
        senders[device.id] = Sender(device.id, registered.key, dialect_of(device))
    return senders


def dialect_of(device: Installed) -> Dialect:
    """How a device writes: climate sensors speak UltraLight, all others JSON."""
    if device.device_class is DeviceClass.INDOOR_ENVIRONMENT and device.policy != STATUS_POLICY:
        return Dialect(Transport.ULTRALIGHT, _ULTRALIGHT)
    return Dialect()


def draft_of(device: Installed) -> Draft:
    """The device as the registry is told of it."""
    dialect = dialect_of(device)
    facts: dict[str, Fact] = {"simulated": True, "data_provider": _OWNER}
    if device.device_class is DeviceClass.PEOPLE_FLOW_GATE:
        facts["flow_reference"] = "Towards Sapporo Station (north)"
    return Draft(
        id=device.id,
        device_class=device.device_class,
        owner=_OWNER,
        responsible_party=_OWNER,
        contact="office@odori.example",
        place=device.place,
        policy=policy_ref(device.policy) if device.policy else None,
        name=device.name,
        sensor_generation=device.generation,
        accuracy_class=device.accuracy,
        report_interval_s=device.interval_s,
        transport=dialect.transport,
        attribute_names={short: name for name, short in dialect.short_names.items()},
        facts=facts,
        speaks_for=device.speaks_for,
    )


async def _registered(
    registry: DeviceRegistry, tenant: str, device: Installed
) -> Registered | None:
    try:
        return await registry.provision(tenant, draft_of(device))
    except DeviceExistsError:
        known: Device = await registry.get(tenant, device.id)
    if known.approval.state is ApprovalState.RETIRED:
        return None
    return await registry.rotate_key(tenant, device.id)


def approval_of(device: Installed) -> Approve:
    """The approval that the simulator's office gives to a device of its own."""
    return Approve(
        role=_ROLE,
        valid_from=_date(device.valid_from or "2011-03-12"),
        valid_until=_date(device.valid_until),
        notice=NOTICE,
    )


def _date(text: str) -> Instant | None:
    """The beginning of a date in Japan."""
    return Instant(parse_instant(text) - 9 * 60 * MINUTE_US) if text else None
