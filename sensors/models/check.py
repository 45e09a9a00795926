"""Compares an entity with its model: what stands there that must not, and what is missing."""

from collections.abc import Mapping
from typing import Any

from kernel.errors import BadRequestError
from kernel.times import parse_instant
from sensors.models.model import AttributeModel, Model, V2Type
from sensors.models.table import models

_NULL = "None"
"""How NGSI-v2 shows the type of a null that was written without one."""
_SPECIAL = frozenset({"id", "type"})


def faults(entity: Mapping[str, Any]) -> list[str]:
    """What is wrong with an entity in NGSI-v2's normalized form; empty if nothing is.

    Faults name attributes, never values.
    """
    model = models().get(entity.get("type", ""))
    if model is None:
        return ["the type is not one of ours"]
    found = [f"{name} is required" for name in model.required if name not in entity]
    for name, attribute in entity.items():
        if name not in _SPECIAL:
            found += _attribute_faults(model, name, attribute)
    return found


def _attribute_faults(model: Model, name: str, attribute: Mapping[str, Any]) -> list[str]:
    known = model.attributes.get(name)
    if known is None:
        return [f"{name} is not an attribute of {model.type}"]
    value = attribute.get("value")
    if value is None and known.nullable and attribute.get("type") in {known.type, _NULL}:
        return []
    found = []
    if attribute.get("type") != known.type:
        found.append(f"{name} is not of type {known.type}")
    unit = attribute.get("metadata", {}).get("unitCode", {}).get("value", "")
    if unit != known.unit:
        found.append(f"{name} is not in unit {known.unit}" if known.unit else f"{name} has a unit")
    if value is None:
        return [*found, f"{name} is null"]
    return found if _fits(known, value) else [*found, f"{name} is out of range"]


def _fits(known: AttributeModel, value: object) -> bool:
    match known.type:
        case V2Type.NUMBER:
            return _is_number_within(known, value)
        case V2Type.TEXT:
            return isinstance(value, str) and (not known.values or value in known.values)
        case V2Type.RELATIONSHIP:
            return isinstance(value, str) and ":" in value
        case V2Type.BOOLEAN:
            return isinstance(value, bool)
        case V2Type.DATE_TIME:
            return isinstance(value, str) and _is_time(value)
        case V2Type.GEO_JSON:
            return isinstance(value, Mapping) and {"type", "coordinates"} <= value.keys()
        case V2Type.STRUCTURED:
            return isinstance(value, list | Mapping)


def _is_number_within(known: AttributeModel, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low = float("-inf") if known.minimum is None else known.minimum
    high = float("inf") if known.maximum is None else known.maximum
    return low <= value <= high and (not known.whole or value == int(value))


def _is_time(text: str) -> bool:
    try:
        parse_instant(text)
    except BadRequestError:
        return False
    return True
