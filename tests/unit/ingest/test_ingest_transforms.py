"""Transforms: what each type gives, and what it refuses."""

from typing import Any

import msgspec
import pytest
from support.ingest_stand_ins import (
    AIR,
    GATE,
    NOON,
    SHELF,
    SIGN,
    bound,
    gate_report,
    json_message,
    values_of,
)

from ingest.codes.book import read_codes
from ingest.message import Dialect, RawMessage
from ingest.observation import Attribute, BoundedNumber, Form, Nothing, Observation, RegistryValue
from ingest.pipeline import Outcome, Pipeline, Refused
from ingest.policy.model import (
    BandField,
    BoolField,
    CodeField,
    ConstField,
    DatetimeField,
    DerivedField,
    EnumField,
    Field,
    IntField,
    NumberField,
)
from ingest.ports import Sensor, Transport
from ingest.pseudonyms import KeyRing
from ingest.rules import Refusal, Rule
from ingest.seal import Deidentified
from ingest.transforms.base import Given
from ingest.transforms.build import build
from ingest.windows import Windows
from kernel.ids import SeededIds
from kernel.times import Instant, parse_instant

CODES = {("language", "1"): read_codes("language", "1")}
COUNT = IntField(min=0, max=5000, unit="IE")
RATIO = NumberField(min=0, max=1, step=0.01, unit="C62")
AGE = BandField(edges=(10, 20, 80), bottom="0-9", top="80+")
TIME = DatetimeField(bucket="PT15M", skew="PT10M")
LANGUAGE = CodeField(code_list="language", version="1")


def transformed(field: Field, raw: Any, sensor: Sensor = GATE) -> Any:
    transform = build(field, CODES, sensor)
    assert transform is not None
    assert not isinstance(transform, Given)
    return getattr(transform(raw, NOON), "value", None)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (COUNT, 0, 0),
        (COUNT, 5000, 5000),
        (COUNT, 12.0, 12),
        (COUNT, "12", 12),
        (COUNT, "１２", 12),
        (IntField(min=0, max=100, unit="IE", step=5), 13, 15),
        (RATIO, 0.456, 0.46),
        (RATIO, "0.456", 0.46),
        (NumberField(min=-40, max=60, step=0.5, unit="CEL"), 21.3, 21.5),
        (AGE, 9, "0-9"),
        (AGE, 10, "10-19"),
        (AGE, 79.9, "20-79"),
        (AGE, 80, "80+"),
        (AGE, 104, "80+"),
        (AGE, -5, "0-9"),
        (BoolField(), True, True),
        (BoolField(), "false", False),
        (BoolField(), "1", True),
        (EnumField(values=("N", "S")), "N", "N"),
        (EnumField(values=("N", "S")), "Ｎ", "N"),
        (EnumField(source="registry.approved"), "J1", "J1"),
        (LANGUAGE, "zh-TW", "zh-Hant"),
        (LANGUAGE, "sw", "other"),
        (TIME, "2026-02-07T12:07:05+09:00", parse_instant("2026-02-07T03:00:00Z")),
        (TIME, "2026-02-07T03:07:05.123456789Z", parse_instant("2026-02-07T03:00:00Z")),
        (TIME, "2026-02-07T03:07:05", parse_instant("2026-02-07T03:00:00Z")),
    ],
)
def test_a_fitting_value_is_taken(field: Field, raw: Any, value: Any) -> None:
    assert transformed(field, raw) == value


@pytest.mark.parametrize(
    ("field", "raw", "rule"),
    [
        (COUNT, -1, Rule.RANGE),
        (COUNT, 5001, Rule.RANGE),
        (COUNT, 10**30, Rule.RANGE),
        (COUNT, 1e300, Rule.INTEGER),
        (COUNT, 1.5, Rule.INTEGER),
        (COUNT, True, Rule.INTEGER),
        (COUNT, "1_000", Rule.INTEGER),
        (COUNT, "0x10", Rule.INTEGER),
        (COUNT, " 12", Rule.INTEGER),
        (COUNT, [1], Rule.INTEGER),
        (COUNT, {"value": 1}, Rule.INTEGER),
        (RATIO, 1.01, Rule.RANGE),
        (RATIO, float("nan"), Rule.NUMBER),
        (RATIO, float("inf"), Rule.NUMBER),
        (RATIO, "nan", Rule.NUMBER),
        (RATIO, "1e999", Rule.NUMBER),
        (RATIO, "", Rule.NUMBER),
        (RATIO, "e", Rule.NUMBER),
        (AGE, "old", Rule.BAND),
        (AGE, float("nan"), Rule.BAND),
        (BoolField(), 1, Rule.BOOLEAN),
        (BoolField(), "yes", Rule.BOOLEAN),
        (EnumField(values=("N", "S")), "n", Rule.ENUM),
        (EnumField(values=("N", "S")), 1, Rule.ENUM),
        (EnumField(values=("N", "S")), ["N"], Rule.ENUM),
        (EnumField(source="registry.approved"), "J2", Rule.ENUM),
        (LANGUAGE, 7, Rule.CODE),
        (TIME, "now", Rule.TIME),
        (TIME, 1770433625, Rule.TIME),
        (TIME, "2026-02-07T03:17:11Z", Rule.FUTURE),
        (TIME, "2026-02-07T02:30:00Z", Rule.LATE),
        (TIME, "9999-12-31T23:59:59+00:00", Rule.FUTURE),
        (TIME, "0001-01-01T00:00:00+14:00", Rule.LATE),
    ],
)
def test_anything_else_is_refused_by_its_rule(field: Field, raw: Any, rule: Rule) -> None:
    with pytest.raises(Refusal) as refused:
        transformed(field, raw)
    assert refused.value.rule is rule


@pytest.mark.parametrize(
    ("field", "value", "form"),
    [
        (DerivedField(source="registry.location"), GATE.location, Form.LOCATION),
        (DerivedField(source="registry.device"), "urn:ngsi-ld:Device:J1", Form.REFERENCE),
        (DerivedField(source="registry.municipality"), "011002", Form.TEXT),
        (DerivedField(source="registry.simulated"), True, Form.TRUTH),
        (DerivedField(source="registry.sensor_id"), "J1", Form.TEXT),
    ],
)
def test_derived_values_come_from_the_registry(field: Field, value: Any, form: Form) -> None:
    given = build(field, {}, GATE)
    assert isinstance(given, Given)
    assert given.value == RegistryValue(value, form)


def test_a_registry_that_says_nothing_leaves_the_field_out() -> None:
    assert build(DerivedField(source="registry.unheard_of"), {}, GATE) is None
    nowhere = msgspec.structs.replace(GATE, location=None, zone="")
    assert build(DerivedField(source="registry.location"), {}, nowhere) is None
    assert build(DerivedField(source="registry.zone"), {}, nowhere) is None


def test_a_constant_is_what_the_policy_says() -> None:
    given = build(ConstField(value=2.5, unit="MTR"), {}, GATE)
    assert isinstance(given, Given)
    assert given.value == BoundedNumber(2.5)


def run(sensor: Sensor, body: Any) -> Outcome:
    pipeline = Pipeline(KeyRing(SeededIds(1)), Windows(Instant(0)))
    return pipeline.run(json_message(body), bound(sensor), NOON)


def seen(sensor: Sensor, body: Any) -> Observation:
    (result,) = run(sensor, body).results
    assert isinstance(result, Deidentified)
    return result.observation


def attribute(observation: Observation, name: str) -> Attribute:
    return next(one for one in observation.attributes if one.name == name)


def test_a_closed_gate_writes_no_count() -> None:
    values = values_of(seen(GATE, gate_report(towards=3, away=4, state="closed")))
    assert not {"peopleCount", "peopleCountTowards", "peopleCountAway"} & values.keys()
    assert values["operatingState"] == "closed"


def test_a_gate_out_of_order_writes_unknown_counts_and_never_zero() -> None:
    observation = seen(GATE, gate_report(towards=0, away=None, state="outage", coverage=0))
    for name in ("peopleCount", "peopleCountTowards", "peopleCountAway"):
        assert isinstance(attribute(observation, name).value, Nothing)
    assert values_of(observation)["coverage"] == 0


def test_a_null_of_one_direction_makes_the_total_unknown() -> None:
    observation = seen(GATE, gate_report(away=None))
    assert isinstance(attribute(observation, "peopleCount").value, Nothing)
    assert values_of(observation)["peopleCountTowards"] == 112


def test_null_is_absence_where_the_policy_does_not_say_otherwise() -> None:
    assert "temperature" not in values_of(seen(AIR, {"temperature": None, "h": 0.5}))


def test_every_number_carries_its_unit_and_the_start_of_its_bucket() -> None:
    observation = seen(GATE, gate_report(coverage=0.5))
    assert attribute(observation, "peopleCount").unit_code == "IE"
    assert attribute(observation, "coverage").unit_code == "C62"
    assert attribute(observation, "coverage").observed_at == observation.observed_at
    assert attribute(observation, "location").observed_at is None


def test_a_measure_without_a_time_takes_our_clock_where_the_policy_allows_it() -> None:
    assert seen(AIR, {"t": 20}).observed_at == parse_instant("2026-02-07T03:07:00Z")
    sign = {"topic": "route", "language": "ja", "touchCount": 1}
    assert run(SIGN, sign).results == (Refused(Rule.MISSING, "fields.observedAt"),)


def test_the_first_name_that_is_sent_counts() -> None:
    assert values_of(seen(AIR, {"t": 30, "temperature": 20}))["temperature"] == 20


def test_a_sensor_may_call_a_value_as_the_registry_knows() -> None:
    named = msgspec.structs.replace(AIR, input_names={"tmp1": "temperature"})
    assert values_of(seen(named, {"tmp1": 20}))["temperature"] == 20


def test_a_payload_moves_no_sensor() -> None:
    elsewhere = {"type": "Point", "coordinates": [0, 0]}
    values = values_of(seen(GATE, gate_report(location=elsewhere, device="urn:x", simulated=False)))
    assert values["location"] == GATE.location
    assert values["refDevice"] == "urn:ngsi-ld:Device:J1"
    assert values["simulated"] is True


def test_of_duplicate_keys_the_last_counts() -> None:
    body = b'{"observedAt":"2026-02-07T12:07:00+09:00","towards":1,"towards":2,"away":3}'
    assert values_of(seen(GATE, body))["peopleCount"] == 5


def test_signs_are_told_apart_by_topic_and_language() -> None:
    body = {
        "observedAt": "2026-02-07T12:00:00+09:00",
        "topic": "transport-bus",
        "language": "fr",
        "touchCount": 3,
    }
    observation = seen(SIGN, body)
    assert observation.entity_id == "urn:ngsi-ld:SignageInteractionObserved:S1:transport:other"


def test_a_field_that_may_be_dropped_takes_nothing_else_with_it() -> None:
    policy = SHELF.find("indoor-environment", 1)
    assert policy is not None
    lenient = msgspec.structs.replace(
        policy.file.fields["temperature"],
        on_violation="drop",
    )
    fields = {**policy.file.fields, "temperature": lenient}
    file = msgspec.structs.replace(policy.file, fields=fields)
    plan = bound(AIR, msgspec.structs.replace(policy, file=file))
    pipeline = Pipeline(KeyRing(SeededIds(1)), Windows(Instant(0)))
    outcome = pipeline.run(json_message({"t": 999, "h": 0.5}), plan, NOON)
    assert outcome.dropped == ((Rule.RANGE, "temperature"),)
    (result,) = outcome.results
    assert isinstance(result, Deidentified)
    assert "temperature" not in values_of(result.observation)


def test_an_unknown_key_refuses_the_measure_where_the_policy_says_so() -> None:
    policy = SHELF.find("indoor-environment", 1)
    assert policy is not None
    file = msgspec.structs.replace(policy.file, on_unknown="reject_redacted")
    plan = bound(AIR, msgspec.structs.replace(policy, file=file))
    pipeline = Pipeline(KeyRing(SeededIds(1)), Windows(Instant(0)))
    (result,) = pipeline.run(json_message({"t": 20, "mac": 1}), plan, NOON).results
    assert result == Refused(Rule.UNKNOWN_KEY)


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"t|21|h", Rule.TIME),
        (b"|21", Rule.NOT_ULTRALIGHT),
        (b"", Rule.NOT_ULTRALIGHT),
        (b"t", Rule.NOT_ULTRALIGHT),
        (b"\xff|1", Rule.NOT_UTF8),
        (b"t|" + b"1" * 65, Rule.STRING),
        (b"#".join([b"t|1"] * 257), Rule.ARRAY),
        (b"|".join([b"t|1"] * 33), Rule.KEYS),
    ],
)
def test_what_is_not_ultralight_is_refused(payload: bytes, rule: Rule) -> None:
    pipeline = Pipeline(KeyRing(SeededIds(1)), Windows(Instant(0)))
    policy = SHELF.find("indoor-environment", 1)
    assert policy is not None
    limits = msgspec.structs.replace(policy.file.limits, string=64, keys=32)
    file = msgspec.structs.replace(policy.file, limits=limits)
    plan = bound(AIR, msgspec.structs.replace(policy, file=file))
    message = RawMessage(payload, Dialect.ULTRALIGHT, Transport.MQTT)
    (result,) = pipeline.run(message, plan, NOON).results
    assert isinstance(result, Refused)
    assert result.rule is rule
