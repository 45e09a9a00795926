"""The allow-list: a field gets through because the policy names it, and in no other way."""

import msgspec

from ingest.message import Measure
from ingest.observation import NOTHING, BucketTime, Value
from ingest.plan import Plan, Slot
from ingest.rules import Refusal, Rule
from ingest.transforms.times import bucket_of
from kernel.times import Instant


class Fields(msgspec.Struct, frozen=True, gc=False):
    """What the policy let through of one measure.

    Attributes:
        values: field → value, without the time.
        time: the bucket.
        unknown: how many keys nobody knows; their names are forgotten.
        dropped: (rule, field) of fields that were left out because the policy says `drop`.
    """

    values: dict[str, Value]
    time: BucketTime
    unknown: int = 0
    dropped: tuple[tuple[Rule, str], ...] = ()


def rename(plan: Plan, measure: Measure) -> Measure:
    """The measure under the policy's names, where the registry knows what a sensor calls them."""
    names = plan.sensor.input_names
    if not names:
        return measure
    return Measure((names.get(key, key), value) for key, value in measure.items())


def let_through(plan: Plan, measure: Measure, now: Instant) -> Fields:
    """Run the transforms of a policy over a measure.

    Raises:
        Refusal: a field violates its type, is missing, or an unknown key refuses the measure.
    """
    unknown = len(measure.keys() - plan.known)
    if unknown and plan.policy.file.on_unknown == "reject_redacted":
        raise Refusal(Rule.UNKNOWN_KEY)
    values: dict[str, Value] = {}
    dropped: list[tuple[Rule, str]] = []
    for slot in plan.slots:
        try:
            value = _value(slot, measure, now)
        except Refusal as refusal:
            if not slot.drops:
                raise Refusal(refusal.rule, f"fields.{slot.name}") from None
            dropped.append((refusal.rule, slot.name))
            continue
        if value is not None:
            values[slot.name] = value
    time = values.pop(plan.time_name, None)
    if not isinstance(time, BucketTime):
        time = bucket_of(plan.time, now)
    return Fields(values, time, unknown, tuple(dropped))


def _value(slot: Slot, measure: Measure, now: Instant) -> Value | None:
    for key in slot.inputs:
        if key in measure:
            raw = measure[key]
            if raw is not None:
                return slot.transform(raw, now)
            if slot.nullable:
                return NOTHING
    if slot.required:
        raise Refusal(Rule.MISSING)
    return None
