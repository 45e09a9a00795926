"""Transformed fields → the entity that the policy emits."""

from collections.abc import Iterator, Mapping, Sequence

from ingest.allow_list import Fields
from ingest.observation import (
    NOTHING,
    Attribute,
    BoundedNumber,
    BucketTime,
    EnumMember,
    Nothing,
    Observation,
    Value,
)
from ingest.plan import Plan, unit_of
from ingest.policy.model import Emit, States
from kernel.times import Instant


def emit(plan: Plan, fields: Fields) -> Observation:
    """The observation of one measure."""
    values: Mapping[str, Value] = fields.values
    shape = plan.policy.file.emit
    if shape.states is not None:
        values = in_state(shape.states, values)
    start = fields.time.value
    attributes = [
        Attribute(attribute, values[name], unit, start)
        for name, attribute, unit in plan.emitted
        if name in values
    ]
    attributes += _sums(plan, shape, values, start)
    return make(plan, plan.name_entity(values), fields.time, attributes)


def make(
    plan: Plan, entity_id: str, time: BucketTime, attributes: Sequence[Attribute]
) -> Observation:
    """An observation with what every one has: registry values and the bounds of its period."""
    sensor = plan.sensor
    return Observation(
        entity_id,
        plan.policy.file.emit.type,
        time.value,
        (*_period(plan.policy.file.emit, time), *attributes, *plan.given_attributes),
        sensor.tenant,
        sensor.service_path,
    )


def _period(shape: Emit, time: BucketTime) -> Iterator[Attribute]:
    end = BucketTime(Instant(time.value + time.width_us), time.width_us)
    for name in shape.start:
        yield Attribute(name, time, "", time.value)
    for name in shape.end:
        yield Attribute(name, end, "", time.value)


def in_state(states: States, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Numbers that mean nothing in the sensor's state are left out or null (data models §2.3)."""
    state = values.get(states.field)
    if not isinstance(state, EnumMember):
        return values
    if state.value in states.withhold:
        return {name: value for name, value in values.items() if name not in states.of}
    if state.value in states.blank:
        return {**values, **dict.fromkeys(states.of, NOTHING)}
    return values


def _sums(
    plan: Plan, shape: Emit, values: Mapping[str, Value], start: Instant
) -> Iterator[Attribute]:
    """Totals of fields that are all there; unknown where one of them is."""
    for attribute, names in shape.sums.items():
        parts = [values[name] for name in names if name in values]
        if len(parts) == len(names):
            unit = unit_of(plan.policy.file.fields.get(names[0]))
            yield Attribute(attribute, _total(parts), unit, start)


def _total(parts: Sequence[Value]) -> BoundedNumber | Nothing:
    numbers = [part.value for part in parts if isinstance(part, BoundedNumber)]
    return BoundedNumber(sum(numbers)) if len(numbers) == len(parts) else NOTHING
