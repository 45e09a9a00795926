"""What the simulated devices say, held against the policies that they are bound to."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import ingest
from kernel.times import Instant
from sensors.models.model import V2Type
from sensors.models.table import models
from sensors.registry import decisions
from sensors.registry.decisions import DEFAULT_POLICY
from sensors.registry.facts import facts_of
from sensors.simulation import jst
from sensors.simulation.flow import City
from sensors.simulation.provisioning import draft_of
from sensors.simulation.reports import Payload
from sensors.simulation.speech import reports
from sensors.simulation.world import DEVICES, OLDER_GATES, Installed

FOLDER = Path(ingest.__file__).parent / "policies"
NOON = jst.at_minute(date(2026, 2, 4), 12 * 60)
NIGHT = jst.at_minute(date(2026, 2, 4), 3 * 60)


@cache
def policies() -> dict[str, dict[str, Any]]:
    """`name/version` → the file."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in FOLDER.glob("*/*.yaml")]
    return {file["policy"]: file for file in files}


def bound(device: Installed) -> dict[str, Any]:
    return policies()[device.policy or str(DEFAULT_POLICY[device.device_class])]


def said(device: Installed) -> list[Payload]:
    return [
        report.payload for due in (NIGHT, NOON) for report in reports(City(3), device, Instant(due))
    ]


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_every_value_that_a_device_sends_is_a_field_of_its_policy(device: Installed) -> None:
    policy = bound(device)
    inputs = {name for name, field in policy["fields"].items() if field["type"] != "derived"}
    inputs |= {field["in"] for field in policy.get("ephemeral", {}).values()}
    payloads = said(device)
    assert payloads
    assert {name for payload in payloads for name in payload} <= inputs


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.id)
def test_every_value_that_a_device_sends_lies_within_its_field(device: Installed) -> None:
    fields = bound(device)["fields"]
    for payload in said(device):
        for name, value in payload.items():
            field = fields.get(name, {})
            if field.get("type") in {"int", "number"}:
                assert field["min"] <= value <= field["max"], name
            if field.get("type") == "enum":
                assert value in field["values"], name


@pytest.mark.parametrize("device", [*DEVICES, *OLDER_GATES], ids=lambda device: device.id)
def test_the_class_of_a_device_is_one_that_its_policy_applies_to(device: Installed) -> None:
    assert device.device_class in bound(device)["applies_to"]["sensor_class"]


@pytest.mark.parametrize("device", [*DEVICES, *OLDER_GATES], ids=lambda device: device.id)
def test_the_registry_knows_the_facts_that_the_policy_derives(device: Installed) -> None:
    provisioned = decisions.provision(draft_of(device), tenant="", key_hash="", now=NOON)
    known = set(facts_of(provisioned))
    known |= {"approved", "location", "municipality", "device", "zone"}
    wanted = {
        field["from"].removeprefix("registry.")
        for field in bound(device)["fields"].values()
        if "from" in field
    }
    optional = {"generation", "placement"}
    assert wanted - optional <= known


def test_what_a_policy_emits_stands_in_the_table_with_the_same_unit() -> None:
    for name, policy in policies().items():
        model = models()[policy["emit"]["type"]]
        for field, attribute in policy["emit"]["attrs"].items():
            known = model.attributes[attribute]
            declared = {**policy["fields"], **policy.get("ephemeral", {})}[field]
            if "unit" in declared:
                assert declared["unit"] == known.unit, (name, attribute)


def test_the_words_that_a_policy_lets_through_are_words_of_the_table() -> None:
    for name, policy in policies().items():
        model = models()[policy["emit"]["type"]]
        for field, attribute in policy["emit"]["attrs"].items():
            words = policy["fields"].get(field, {}).get("values")
            known = model.attributes[attribute].values
            if words and known:
                assert set(words) <= set(known), (name, attribute)


def test_a_range_of_a_policy_lies_within_the_range_of_the_table() -> None:
    for name, policy in policies().items():
        model = models()[policy["emit"]["type"]]
        for field, attribute in policy["emit"]["attrs"].items():
            declared = policy["fields"].get(field, {})
            known = model.attributes[attribute]
            if "min" in declared and known.type is V2Type.NUMBER:
                assert known.minimum is not None
                assert known.maximum is not None
                assert known.minimum <= declared["min"], (name, attribute)
                assert declared["max"] <= known.maximum, (name, attribute)
