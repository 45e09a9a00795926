"""Policy files: what comes with Odori is sound, and every broken rule is named."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from support.ingest_stand_ins import SHELF

from ingest.codes.book import read_codes
from ingest.policy.durations import parse_duration
from ingest.policy.errors import PolicyError
from ingest.policy.load import PACKAGED, Policy, read_directory, read_policy
from ingest.policy.model import (
    ConstField,
    DerivedField,
    EnumField,
    IntField,
    Limits,
    NumberField,
    PolicyFile,
)
from ingest.policy.shelf import PolicyShelf, emitted_types
from kernel.times import DAY_US, HOUR_US, MINUTE_US
from sensors.models.table import models

SCHEMA = json.loads((PACKAGED.parent / "policy" / "schema.json").read_bytes())
FILES = sorted(PACKAGED.glob("*/*.yaml"))
every_policy = pytest.mark.parametrize("policy", SHELF.all(), ids=lambda one: str(one.ref))


def flow() -> dict[str, Any]:
    """The people-flow policy, to be broken."""
    loaded: dict[str, Any] = yaml.safe_load((PACKAGED / "peopleflow" / "3.yaml").read_bytes())
    return loaded


def gate() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PACKAGED / "peopleflow-gate" / "1.yaml").read_bytes())
    return loaded


def load(policy: dict[str, Any]) -> Policy:
    return read_policy(yaml.safe_dump(policy).encode(), Limits())


def put(policy: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The policy with one place changed; `None` takes it out."""
    *parents, last = path.split(".")
    place = policy
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return policy


BROKEN = [
    (flow, "mode", "observation", "mode"),
    (gate, "mode", "window", "mode"),
    (flow, "limits.bytes", 16_385, "limits"),
    (flow, "limits.depth", 0, "limits"),
    (flow, "on_unknown", "pass", "on_unknown"),
    (flow, "on_violation", "log", "on_violation"),
    (flow, "fields.note", {"type": "string"}, "Invalid value 'string'"),
    (flow, "fields.note", {"type": "any"}, "Invalid value 'any'"),
    (flow, "fields.note", {"type": "enum", "pattern": ".*"}, "unknown field"),
    (flow, "fields.direction.values", None, "either values or"),
    (flow, "fields.direction.values", ["N", "090-1234-5678"], "looks like an identifier"),
    (flow, "fields.count.max", 2**48, "wide enough"),
    (flow, "fields.count.min", 6_000, "min is above max"),
    (flow, "fields.count.unit", None, "unit"),
    (flow, "fields.count.person", True, "coarse"),
    (flow, "fields.observedAt.bucket", "PT1M", "15 minutes"),
    (flow, "fields.observedAt.bucket", "PT7M", "divides a day"),
    (flow, "fields.observedAt.bucket", "PT10S", "whole number of minutes"),
    (flow, "fields.observedAt.skew", "PT2H", "skew"),
    (flow, "fields.observedAt.late", "P1D", "late"),
    (flow, "fields.observedAt.required", False, "required or taken"),
    (flow, "fields.observedAt", None, "exactly one datetime"),
    (flow, "fields.deviceId", {"type": "bool"}, "another section"),
    (flow, "ephemeral.visitor.persist", "day", "persist"),
    (flow, "ephemeral.visitor.key", "master", "key"),
    (flow, "ephemeral.visitor.op", "sha256", "op"),
    (flow, "ephemeral.visitor.use", "track", "use"),
    (flow, "ephemeral.visitor.kind", "face", "kind"),
    (flow, "window.length", "PT1H", "window"),
    (flow, "window.by", ["direction", "count"], "no enum, band or code"),
    (flow, "window.sum", ["gender"], "no integer"),
    (flow, "window.distinct", [], "every ephemeral field is counted"),
    (flow, "emit.attrs.deviceId", "deviceId", "not carried"),
    (flow, "emit.attrs.observedAt", "time", "not carried"),
    (flow, "emit.attrs.gender", "ageBand", "two sources"),
    (flow, "emit.id", "urn:ngsi-ld:CrowdFlowObserved:{refSensor}:{count}", "only enums"),
    (flow, "emit.id", "urn:ngsi-ld:CrowdFlowObserved:{refSensor}:{visitor}", "only enums"),
    (flow, "emit.id", "urn:ngsi-ld:CrowdFlowObserved:{direction}", "registry value"),
    (flow, "emit.id", "urn:ngsi-ld:Other:{refSensor}", "begins with"),
    (flow, "emit.id", "urn:ngsi-ld:CrowdFlowObserved:{refSensor", "expected '}'"),
    (gate, "emit.sums.peopleCount", ["towards", "coverage"], "sums are of integers"),
    (gate, "emit.states.withhold", ["asleep"], "members that the enum does not have"),
    (gate, "emit.states.field", "complete", "names an enum"),
    (gate, "emit.states.of", ["nothing"], "no fields"),
    (flow, "retention.raw", "PT1S", "raw"),
    (flow, "retention.ephemeral", "PT25H", "PT24H"),
    (flow, "retention.dead_letter", "P8D", "P7D"),
    (flow, "applies_to.notice_required", False, "notice"),
    (flow, "class", "environment", "no attribute of people"),
    (flow, "policy", "peopleflow", "policy"),
    (flow, "policy", "peopleflow/0", "policy"),
    (flow, "secret", 1, "unknown field"),
]


@pytest.mark.parametrize(("base", "path", "value", "named"), BROKEN)
def test_a_policy_that_breaks_a_rule_does_not_load(
    base: Any, path: str, value: Any, named: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        load(put(base(), path, value))
    assert named in refused.value.message


@pytest.mark.parametrize("base", [flow, gate])
def test_the_policies_that_are_broken_above_are_sound_before(base: Any) -> None:
    assert load(base()).ref.version in (1, 3)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_packaged_files_keep_the_json_schema(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_bytes()), SCHEMA)


def test_the_json_schema_is_that_of_the_values() -> None:
    assert json.loads(msgspec.json.encode(msgspec.json.schema(PolicyFile))) == SCHEMA


@every_policy
def test_every_number_has_its_unit_and_every_target_its_model(policy: Policy) -> None:
    model = models()[policy.file.emit.type]
    emit = policy.file.emit
    for name, attribute in emit.attrs.items():
        known = model.attributes[attribute]
        match policy.file.fields.get(name):
            case IntField(min=low, max=high, unit=unit) | NumberField(min=low, max=high, unit=unit):
                assert unit == known.unit
                assert known.minimum is None or low >= known.minimum
                assert known.maximum is None or high <= known.maximum
            case EnumField(values=values) if values and known.values:
                assert set(values) <= set(known.values)
            case DerivedField(unit=unit) | ConstField(unit=unit):
                assert unit == known.unit
            case _:
                pass
    for attribute in (*emit.sums, *emit.start, *emit.end):
        assert attribute in model.attributes


def test_the_emitted_types_are_the_guarded_ones() -> None:
    assert emitted_types(SHELF.all()) == {
        "CitizenStatistics",
        "CrowdFlowObserved",
        "Device",
        "IndoorEnvironmentObserved",
        "SignageInteractionObserved",
        "WeatherObserved",
    }


def test_a_file_is_named_after_its_policy(tmp_path: Path) -> None:
    (tmp_path / "peopleflow").mkdir()
    (tmp_path / "peopleflow" / "4.yaml").write_bytes((PACKAGED / "peopleflow/3.yaml").read_bytes())
    with pytest.raises(PolicyError, match="says that it is peopleflow/3"):
        read_directory(tmp_path, Limits())


def test_a_policy_exists_once() -> None:
    with pytest.raises(PolicyError, match="exists twice"):
        PolicyShelf.packaged(Limits(), PACKAGED)


def test_stricter_settings_refuse_looser_policies() -> None:
    with pytest.raises(PolicyError, match="looser"):
        PolicyShelf.packaged(Limits(bytes=1_000))


@pytest.mark.parametrize(
    ("name", "version"), [("nothing", "1"), ("language", "9"), ("../policies/signage", "1")]
)
def test_only_packaged_code_lists_are_read(name: str, version: str) -> None:
    with pytest.raises(PolicyError):
        read_codes(name, version)


def test_a_code_is_cut_to_its_level() -> None:
    area = read_codes("area", "1")
    assert (area.at("011011", 1), area.at("011011", 2), area.at("011011", 4)) == (
        "01",
        "011011",
        "011011",
    )
    assert area.at("999999", 1) == "other"
    assert read_codes("language", "1").at("ZH-tw", 1) == "zh-Hant"


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("PT15M", 15 * MINUTE_US),
        ("PT24H", DAY_US),
        ("P7D", 7 * DAY_US),
        ("P1DT1H", DAY_US + HOUR_US),
        ("P5Y", 5 * 365 * DAY_US),
        ("PT0S", 0),
    ],
)
def test_durations_are_read(text: str, us: int) -> None:
    assert parse_duration(text) == us


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "P1M", "PT-1S", "PT1.5H"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)
