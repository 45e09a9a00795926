"""Any bytes → sealed observations or rule ids, never another exception; no identifier survives."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canaries import Kit
from support.ingest_stand_ins import NOON, SENSORS, bound, json_message
from support.ingest_watch import GOOD

from ingest.decode import decode
from ingest.detectors import scan_number, scan_text
from ingest.message import Dialect, Measure, RawMessage
from ingest.normalise import normalise
from ingest.pipeline import Counted, Outcome, Pipeline, Refused
from ingest.plan import Plan
from ingest.policy.model import Limits
from ingest.ports import Sensor, Transport
from ingest.pseudonyms import KeyRing
from ingest.rules import DecodeError, Rule
from ingest.seal import Deidentified, to_bytes
from ingest.windows import Windows
from kernel.ids import SeededIds
from kernel.times import DAY_US, Instant

every_sensor = pytest.mark.parametrize("sensor", SENSORS, ids=lambda one: one.policy)
dialects = st.sampled_from(Dialect)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=80),
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=70), inner),
    max_leaves=30,
)


def fresh() -> Pipeline:
    return Pipeline(KeyRing(SeededIds(1)), Windows(Instant(0)))


def check(outcome: Outcome) -> None:
    assert outcome.results
    for result in outcome.results:
        assert isinstance(result, Deidentified | Counted | Refused)
        if isinstance(result, Refused):
            assert isinstance(result.rule, Rule)


def measures_for(plan: Plan) -> st.SearchStrategy[dict[str, Any]]:
    """Measures that use the policy's names, with values of every kind."""
    names = sorted(plan.known)
    good = GOOD[plan.sensor.sensor_id]
    changes = st.dictionaries(st.sampled_from(names) | st.text(max_size=10), documents, max_size=4)
    return changes.map(lambda changed: {**good, **changed})


@every_sensor
@given(payload=st.binary(max_size=2_000), dialect=dialects, name=st.text(max_size=5))
def test_any_bytes_have_an_outcome(
    sensor: Sensor, payload: bytes, dialect: Dialect, name: str
) -> None:
    message = RawMessage(payload, dialect, Transport.MQTT, name=name)
    check(fresh().run(message, bound(sensor), NOON))


@every_sensor
@given(data=st.data())
@settings(max_examples=200)
def test_any_document_has_an_outcome(sensor: Sensor, data: st.DataObject) -> None:
    plan = bound(sensor)
    document = data.draw(measures_for(plan) | st.lists(measures_for(plan), max_size=3) | documents)
    pipeline = fresh()
    check(pipeline.run(json_message(json.dumps(document).encode()), plan, NOON))
    assert pipeline._windows.close(Instant(NOON + DAY_US)) is not None


@every_sensor
@given(data=st.data(), seed=st.integers(0, 2**64))
@settings(max_examples=60)
def test_no_planted_identifier_survives(sensor: Sensor, data: st.DataObject, seed: int) -> None:
    kit, plan, pipeline = Kit(seed), bound(sensor), fresh()
    planted = st.sampled_from([value for one in kit.canaries for value in one.values])
    texts = st.sampled_from([text for one in kit.canaries for text in one.texts])
    keys = st.sampled_from(sorted(plan.known)) | texts | st.text(max_size=8)
    wrapped = st.recursive(
        planted,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
        max_leaves=3,
    )
    document = {**GOOD[sensor.sensor_id], **data.draw(st.dictionaries(keys, wrapped, max_size=4))}
    outcome = pipeline.run(json_message(document), plan, NOON)
    sealed = [one for one in outcome.results if isinstance(one, Deidentified)]
    sealed += pipeline._windows.close(Instant(NOON + DAY_US))
    assert kit.found_in(b"\n".join(map(to_bytes, sealed))) == []
    assert kit.found_in(repr(outcome).encode()) == []


@given(payload=st.binary(max_size=500), dialect=dialects)
def test_a_decoder_gives_measures_or_its_own_error(payload: bytes, dialect: Dialect) -> None:
    message = RawMessage(payload, dialect, Transport.HTTP)
    try:
        measures = decode(message, Limits())
    except DecodeError:
        return
    assert measures
    assert all(type(one) is Measure for one in measures)


names = st.text(st.characters(exclude_characters="|#", exclude_categories=["Cs", "Z"]), min_size=1)


@given(st.lists(st.dictionaries(names, names, min_size=1, max_size=5), min_size=1, max_size=4))
def test_ultralight_is_read_as_it_was_written(written: list[dict[str, str]]) -> None:
    limits = Limits(string=1_000, bytes=100_000)
    kept = [{k.strip(): v.strip() for k, v in one.items()} for one in written]
    if not all(k and v for one in kept for k, v in one.items()):
        return
    text = "#".join("|".join(f"{k}|{v}" for k, v in one.items()) for one in written)
    message = RawMessage(text.encode(), Dialect.ULTRALIGHT, Transport.MQTT)
    assert [dict(one) for one in decode(message, limits)] == kept


@given(st.text())
def test_normalised_text_stays_as_it_is(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text() | st.integers() | st.floats())
def test_the_net_answers_for_every_value(value: str | float) -> None:
    found = scan_text(value) if isinstance(value, str) else scan_number(value)
    assert found is None or isinstance(found, Rule)
