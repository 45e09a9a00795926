"""A policy made ready for one sensor: tables and closures instead of questions per measure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from ingest.decode import TIME_INSTANT
from ingest.observation import Attribute, CodeValue, EnumMember, RegistryValue, Value
from ingest.policy.load import Policy
from ingest.policy.model import (
    ConstField,
    DatetimeField,
    DerivedField,
    EnumField,
    Ephemeral,
    Field,
    IntField,
    NumberField,
)
from ingest.policy.template import fill, placeholders
from ingest.ports import Sensor
from ingest.transforms.base import Given, Transform
from ingest.transforms.build import build

PERSONS: Final = "IE"
"""UN/CEFACT unit of distinct counts."""


class Slot(msgspec.Struct, frozen=True):
    """One field that looks at the input: under which names, and what becomes of it."""

    name: str
    inputs: tuple[str, ...]
    transform: Transform
    required: bool
    drops: bool
    nullable: bool


class Plan(msgspec.Struct, frozen=True):
    """A policy for a sensor.

    Attributes:
        slots: fields that look at the input, in the order of the policy.
        known: every input name that the policy knows; others are counted and forgotten.
        given: values of fields that no input changes.
        given_attributes: what they are emitted as, once and for all.
        entity_id: the whole id where no input is part of it; else empty.
        units: field → unit.
    """

    policy: Policy
    sensor: Sensor
    slots: tuple[Slot, ...]
    time_name: str
    time: DatetimeField
    known: frozenset[str]
    given: Mapping[str, Value]
    given_attributes: tuple[Attribute, ...]
    emitted: tuple[tuple[str, str, str], ...]
    """(field, attribute, unit) of what depends on the input."""
    entity_id: str
    ephemeral: Mapping[str, Ephemeral]
    site: str
    """Whose pseudonym keys it uses: tenant and site."""

    def name_entity(self, values: Mapping[str, Value]) -> str:
        """The id of the entity for these values."""
        if self.entity_id:
            return self.entity_id
        texts = {name: text_of(value) for name, value in (*self.given.items(), *values.items())}
        return fill(self.policy.file.emit.id, texts)


def text_of(value: Value) -> str:
    """A value as part of an entity id; the loader lets only these kinds in."""
    match value:
        case EnumMember() | CodeValue() | RegistryValue():
            return str(value.value)
        case _:
            return ""


def make_plan(policy: Policy, sensor: Sensor) -> Plan:
    """Make a policy ready for a sensor."""
    file = policy.file
    given: dict[str, Value] = {}
    slots: list[Slot] = []
    for name, field in file.fields.items():
        transform = build(field, policy.codes, sensor)
        if isinstance(transform, Given):
            given[name] = transform.value
        elif transform is not None:
            slots.append(_slot(name, field, transform))
        if isinstance(field, EnumField) and field.source:
            given[name] = RegistryValue(sensor.sensor_id)
    time_name, time = next(
        (name, field) for name, field in file.fields.items() if isinstance(field, DatetimeField)
    )
    names = {name for field in file.fields for name in (field, *file.fields[field].inputs)}
    sources = {one.source for one in file.ephemeral.values()}
    return Plan(
        policy=policy,
        sensor=sensor,
        slots=tuple(slots),
        time_name=time_name,
        time=time,
        known=frozenset(names | sources | {TIME_INSTANT}),
        given=given,
        given_attributes=_given_attributes(policy, given),
        emitted=_emitted(policy, given),
        entity_id=_fixed_id(file.emit.id, given),
        ephemeral=file.ephemeral,
        site=f"{sensor.tenant}/{sensor.site}",
    )


def _slot(name: str, field: Field, transform: Transform) -> Slot:
    return Slot(
        name=name,
        inputs=field.inputs or (name,),
        transform=transform,
        required=field.required,
        drops=field.on_violation == "drop",
        nullable=field.nullable,
    )


def _given_attributes(policy: Policy, given: Mapping[str, Value]) -> tuple[Attribute, ...]:
    file = policy.file
    return tuple(
        Attribute(attribute, given[name], unit_of(file.fields.get(name)))
        for name, attribute in file.emit.attrs.items()
        if name in given
    )


def _emitted(policy: Policy, given: Mapping[str, Value]) -> tuple[tuple[str, str, str], ...]:
    file = policy.file
    return tuple(
        (name, attribute, PERSONS if name in file.ephemeral else unit_of(file.fields.get(name)))
        for name, attribute in file.emit.attrs.items()
        if name not in given
    )


def unit_of(field: Field | None) -> str:
    """The unit that a field declares; empty for what is no number."""
    match field:
        case IntField() | NumberField() | DerivedField() | ConstField():
            return field.unit
        case _:
            return ""


def _fixed_id(template: str, given: Mapping[str, Value]) -> str:
    if not set(placeholders(template)) <= set(given):
        return ""
    return fill(template, {name: text_of(value) for name, value in given.items()})
