"""The seal: nothing else makes, changes, copies or prints a sealed observation."""

import copy
import pickle
from typing import Any

import pytest
from support.ingest_stand_ins import GATE, NOON, bound, gate_report, json_message

from ingest.detectors import inspect
from ingest.observation import (
    Attribute,
    BoundedNumber,
    BucketTime,
    EnumMember,
    Observation,
    PolicyRef,
    RegistryValue,
    Truth,
)
from ingest.pipeline import Pipeline
from ingest.pseudonyms import KeyRing
from ingest.rules import Refusal, Rule
from ingest.seal import Deidentified, reopen, seal, to_bytes
from ingest.windows import Windows
from kernel.ids import SystemIds
from kernel.times import Instant

FORGERIES = [
    copy.copy,
    copy.deepcopy,
    pickle.dumps,
    lambda sealed: Deidentified(object(), sealed.observation, sealed.policy),
    lambda _: type("Forged", (Deidentified,), {}),
    lambda sealed: sealed.__setstate__({}),
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_nothing_but_the_seal_makes_a_sealed_observation(forge: Any) -> None:
    sealed = sealed_gate()
    with pytest.raises(TypeError):
        forge(sealed)


def test_a_sealed_observation_does_not_change_and_shows_no_value() -> None:
    sealed = sealed_gate()
    for change in (
        lambda: setattr(sealed, "observation", None),
        lambda: delattr(sealed, "policy"),
    ):
        with pytest.raises(AttributeError):
            change()
    assert repr(sealed) == "<Deidentified CrowdFlowObserved by peopleflow-gate/1>"


def sealed_gate() -> Deidentified:
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    (sealed,) = pipeline.run(json_message(gate_report()), bound(GATE), NOON).results
    assert isinstance(sealed, Deidentified)
    return sealed


def test_a_sealed_observation_survives_the_spool() -> None:
    sealed = sealed_gate()
    assert reopen(to_bytes(sealed)) == sealed
    assert sealed.observation.fingerprint() == reopen(to_bytes(sealed)).observation.fingerprint()


AT = Instant(0)


@pytest.mark.parametrize(
    ("attribute", "rule"),
    [
        (Attribute("n", BoundedNumber(0x3C22FB000001), "IE", AT), Rule.MAC_ADDRESS),
        (Attribute("n", BoundedNumber(99_999_999_999_999_999), "IE", AT), Rule.DIGIT_RUN),
        (Attribute("n", BoundedNumber(43.062153), "DD", AT), Rule.COORDINATE),
        (Attribute("n", BoundedNumber(float("nan")), "DD", AT), Rule.NUMBER),
        (Attribute("n", BoundedNumber(float("inf")), "DD", AT), Rule.NUMBER),
        (Attribute("n", BoundedNumber("112"), "IE", AT), Rule.VALUE_KIND),  # type: ignore[arg-type]
        (Attribute("n", BoundedNumber(True), "IE", AT), Rule.VALUE_KIND),
        (Attribute("n", Truth(1), "", AT), Rule.VALUE_KIND),  # type: ignore[arg-type]
        (Attribute("n", EnumMember(b"x"), "", AT), Rule.VALUE_KIND),  # type: ignore[arg-type]
        (Attribute("n", RegistryValue(None)), Rule.VALUE_KIND),  # type: ignore[arg-type]
        (Attribute("n", "text", "", AT), Rule.VALUE_KIND),  # type: ignore[arg-type]
        (Attribute("n", BucketTime(Instant(61_000_000), 60_000_000), "", AT), Rule.FINE_TIME),
        (Attribute("n", BucketTime(AT, 1_000_000), "", AT), Rule.FINE_TIME),
        (Attribute("n", BoundedNumber(1), "IE", Instant(60_000_000)), Rule.FINE_TIME),
    ],
)
def test_the_net_looks_at_every_value_before_the_seal(attribute: Attribute, rule: Rule) -> None:
    suspect = Observation("urn:x", "T", AT, (attribute,))
    with pytest.raises(Refusal) as refused:
        seal(suspect, PolicyRef("p", 1, ""))
    assert (refused.value.rule, refused.value.field_path) == (rule, "emit.n")


def test_the_time_of_an_observation_is_never_finer_than_a_minute() -> None:
    with pytest.raises(Refusal, match="fine_time"):
        inspect(Observation("urn:x", "T", Instant(1), ()))
