"""D32 of de-identification §12: without any one of the transforms, a check fails."""

import secrets

import msgspec
import orjson
import pytest
from support.canaries import Kit
from support.ingest_stand_ins import AIR, NOON, RADIO, bound, json_message, passage
from support.ingest_watch import EVERY_FIELD, leaks

from ingest.message import Raw
from ingest.observation import EnumMember, Value
from ingest.pipeline import Pipeline, Refused
from ingest.plan import Plan, Slot
from ingest.ports import Sensor
from ingest.pseudonyms import KeyRing
from ingest.rules import Rule
from ingest.windows import Windows
from kernel.ids import SystemIds
from kernel.times import Instant

KIT = Kit(secrets.randbits(64))


def pass_through(raw: Raw, _now: Instant) -> Value:
    """What is left of a transform that was taken out."""
    return EnumMember(raw if isinstance(raw, str) else orjson.dumps(raw).decode())


def without_transform(plan: Plan, field: str) -> Plan:
    """The plan with one transform taken out: what is sent in its field goes through."""
    slots = [slot for slot in plan.slots if slot.name != field]
    name = field if field != plan.time_name else "note"
    slots.append(Slot(name, (field,), pass_through, required=False, drops=False, nullable=False))
    given = {name: value for name, value in plan.given.items() if name != field}
    attribute = plan.policy.file.emit.attrs.get(field, "observed")
    kept = tuple(one for one in plan.given_attributes if one.name != attribute)
    emitted = tuple(one for one in plan.emitted if one[0] != field)
    return msgspec.structs.replace(
        plan,
        slots=tuple(slots),
        given=given,
        given_attributes=kept,
        emitted=(*emitted, (name, attribute, "")),
        entity_id=plan.entity_id,
    )


OBSERVED_FIELDS = [one for one in EVERY_FIELD if one[0] is not RADIO]


@pytest.mark.parametrize(
    ("sensor", "field"),
    OBSERVED_FIELDS,
    ids=[f"{one.policy}.{field}" for one, field in OBSERVED_FIELDS],
)
def test_d32_taking_any_one_transform_out_makes_d04_fail(sensor: Sensor, field: str) -> None:
    assert leaks(without_transform(bound(sensor), field), field, KIT) != []


@pytest.mark.parametrize("field", ["direction", "ageBand", "gender"])
def test_d32_taking_a_transform_out_of_a_window_makes_d04_fail(field: str) -> None:
    assert leaks(without_transform(bound(RADIO), field), field, KIT) != []


@pytest.mark.parametrize("field", ["refSensor", "location", "area", "device", "zone", "simulated"])
def test_d32_taking_a_registry_value_out_of_a_window_makes_d04_fail(field: str) -> None:
    plan = without_transform(bound(RADIO), field)
    window = plan.policy.file.window
    assert window is not None
    by = msgspec.structs.replace(window, by=(*window.by, field))
    file = msgspec.structs.replace(plan.policy.file, window=by)
    policy = msgspec.structs.replace(plan.policy, file=file)
    assert leaks(msgspec.structs.replace(plan, policy=policy), field, KIT) != []


def test_d32_without_the_range_of_a_count_d05_fails() -> None:
    plan = bound(RADIO)

    def unbounded(raw: Raw, _now: Instant) -> Value:
        return EnumMember(str(raw))

    slots = tuple(
        msgspec.structs.replace(slot, transform=unbounded) if slot.name == "count" else slot
        for slot in plan.slots
    )
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    message = json_message(passage(count=KIT.named("mac").values[-1]))
    (whole,) = pipeline.run(message, plan, NOON).results
    (broken,) = pipeline.run(message, msgspec.structs.replace(plan, slots=slots), NOON).results
    assert whole == Refused(Rule.RANGE, "fields.count")
    assert broken != whole


def test_d32_without_the_time_bucket_a_fine_time_comes_out() -> None:
    plan = without_transform(bound(AIR), "observedAt")
    assert any("nanosecond" in one for one in leaks(plan, "observedAt", KIT))
