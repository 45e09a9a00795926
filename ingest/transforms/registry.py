"""`derived`, `const`: values that nothing in the input can change."""

from collections.abc import Callable, Mapping
from typing import Final

from ingest.observation import BoundedNumber, EnumMember, Form, RegistryValue, Truth, Value
from ingest.policy.model import ConstField, DerivedField
from ingest.ports import Fact, Sensor

_REFERENCE: Final = "urn:"
_PREFIX: Final = "registry."

_KNOWN: Final[Mapping[str, Callable[[Sensor], Fact]]] = {
    "sensor_id": lambda sensor: sensor.sensor_id,
    "site": lambda sensor: sensor.site,
    "device": lambda sensor: sensor.device,
    "municipality": lambda sensor: sensor.municipality,
    "area": lambda sensor: sensor.area,
    "zone": lambda sensor: sensor.zone,
    "notice_url": lambda sensor: sensor.notice_url,
}


def derive(field: DerivedField, sensor: Sensor) -> RegistryValue | None:
    """What the registry says; None where it says nothing."""
    name = field.source.removeprefix(_PREFIX)
    if name == "location":
        place = sensor.location
        return RegistryValue(dict(place), Form.LOCATION) if place is not None else None
    known = _KNOWN.get(name)
    fact = known(sensor) if known is not None else sensor.facts.get(name, "")
    return _stated(fact) if fact != "" else None


def _stated(fact: Fact) -> RegistryValue:
    if isinstance(fact, bool):
        return RegistryValue(fact, Form.TRUTH)
    if isinstance(fact, str):
        is_urn = fact.startswith(_REFERENCE)
        return RegistryValue(fact, Form.REFERENCE if is_urn else Form.TEXT)
    return RegistryValue(fact, Form.NUMBER)


def constant(field: ConstField) -> Value:
    """What the policy itself states."""
    value = field.value
    if isinstance(value, bool):
        return Truth(value)
    return EnumMember(value) if isinstance(value, str) else BoundedNumber(value)
