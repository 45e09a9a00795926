"""Reads attributes of entities as what they should be; what is something else reads as absent."""

from collections.abc import Mapping

from dashboard.ports import CityEntity
from kernel.errors import BadRequestError
from kernel.times import Instant, parse_instant


def number(entity: CityEntity, name: str) -> float | None:
    """The number of an attribute."""
    reading = entity.attributes.get(name)
    value = None if reading is None else reading.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def text(entity: CityEntity, name: str) -> str:
    """The text of an attribute; empty if there is none."""
    reading = entity.attributes.get(name)
    value = None if reading is None else reading.value
    return value if isinstance(value, str) else ""


def texts(entity: CityEntity, name: str) -> tuple[str, ...]:
    """The texts of a list, or of a single text."""
    reading = entity.attributes.get(name)
    value = None if reading is None else reading.value
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(one for one in value if isinstance(one, str))
    return ()


def flag(entity: CityEntity, name: str) -> bool:
    """Whether an attribute is true."""
    reading = entity.attributes.get(name)
    return reading is not None and reading.value is True


def instant(entity: CityEntity, name: str) -> Instant | None:
    """The instant of a DateTime attribute."""
    found = text(entity, name)
    try:
        return parse_instant(found) if found else None
    except BadRequestError:
        return None


def observed_at(entity: CityEntity) -> Instant | None:
    """When the entity was observed: `dateObserved`, else the latest `observedAt`."""
    said = instant(entity, "dateObserved") or instant(entity, "dateObservedFrom")
    if said is not None:
        return said
    times = [one.observed_at for one in entity.attributes.values() if one.observed_at is not None]
    return max(times, default=None)


def names(entity: CityEntity) -> Mapping[str, str]:
    """The name by language: a language map, or `name` with `nameEn` beside it."""
    reading = entity.attributes.get("name")
    if reading is not None and isinstance(reading.value, Mapping):
        return {key: one for key, one in reading.value.items() if isinstance(one, str)}
    local = text(entity, "name")
    english = text(entity, "nameEn")
    found = {"ja": local} if local else {}
    return found | ({"en": english} if english else {})


def short(urn: str) -> str:
    """The last part of a URN: `J1` of `urn:ngsi-ld:CrowdFlowObserved:J1`."""
    return urn.rpartition(":")[2]
