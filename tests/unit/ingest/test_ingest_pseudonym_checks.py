"""The T1 checks of de-identification §12 about pseudonyms, keys, bands and terms (D18 to D30)."""

import pickle
import secrets
from typing import Any

import msgspec
import pytest
from support.canaries import Kit
from support.ingest_stand_ins import (
    GATE,
    NOON,
    RADIO,
    Bench,
    bound,
    json_message,
    passage,
    policy_of,
    running,
    values_of,
)

from ingest.identifiers import canonical
from ingest.pipeline import Pipeline, Refused
from ingest.policy.errors import PolicyDowngradeError
from ingest.policy.model import IdentifierKind
from ingest.policy.shelf import check_rebind
from ingest.pseudonyms import KeyRing, Pseudonym
from ingest.rules import Refusal, Rule
from ingest.seal import Deidentified
from ingest.windows import Windows
from kernel.ids import SystemIds
from kernel.times import DAY_US, HOUR_US, MINUTE_US, Instant, parse_instant

KIT = Kit(secrets.randbits(64))


def test_d18_a_sensor_is_never_rebound_to_a_lower_version() -> None:
    check_rebind("peopleflow", 2, 3)
    check_rebind("peopleflow", 3, 3)
    with pytest.raises(PolicyDowngradeError):
        check_rebind("peopleflow", 3, 2)


MAC = canonical(IdentifierKind.MAC, KIT.named("mac").texts[0])


def test_d19_a_pseudonym_holds_for_one_site_and_one_day() -> None:
    keys = KeyRing(SystemIds())
    tomorrow = Instant(NOON + DAY_US)

    def of(site: str, at: Instant) -> Pseudonym:
        return keys.pseudonym(site, "mac", MAC, at, at)

    assert of("chikaho", NOON) == of("chikaho", Instant(NOON + HOUR_US))
    assert of("chikaho", NOON) != of("odori", NOON)
    assert of("chikaho", NOON) != of("chikaho", tomorrow)


def test_d19_every_spelling_of_a_device_is_the_same_device() -> None:
    spelled = [text for text in KIT.named("mac").values if text != KIT.named("mac").values[6]]
    forms = {canonical(IdentifierKind.MAC, one) for one in spelled if not is_decimal(one)}
    assert forms == {MAC}


def is_decimal(value: Any) -> bool:
    """A number spelled as text is no spelling of an address."""
    return isinstance(value, str) and value.isdecimal() and len(value) > 12


def test_d19_sites_of_two_tenants_share_neither_key_nor_window() -> None:
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    for tenant in ("city", "member"):
        plan = bound(msgspec.structs.replace(RADIO, tenant=tenant))
        pipeline.run(json_message(passage()), plan, NOON)
    assert len(pipeline._keys._keys) == 2
    cells = [one.observation for one in pipeline._windows.close(Instant(NOON + DAY_US))]
    assert [(one.tenant, values_of(one)["distinctCount"]) for one in cells] == [
        ("city", 1),
        ("member", 1),
    ]


def test_d20_the_day_begins_at_four_in_the_morning_and_its_key_ends_a_quarter_later() -> None:
    keys = KeyRing(SystemIds())
    night = parse_instant("2026-02-08T03:59:00+09:00")
    first = keys.pseudonym("chikaho", "mac", MAC, NOON, NOON)
    assert keys.pseudonym("chikaho", "mac", MAC, night, night) == first
    overlap = parse_instant("2026-02-08T04:14:59+09:00")
    assert keys.pseudonym("chikaho", "mac", MAC, night, overlap) == first
    assert keys.pseudonym("chikaho", "mac", MAC, overlap, overlap) != first
    key = keys._keys["chikaho", keys.site_day(NOON)]
    end = parse_instant("2026-02-08T04:15:00+09:00")
    assert keys.forget(end) == 1
    assert key == bytes(32)
    with pytest.raises(Refusal, match="key_gone"):
        keys.pseudonym("chikaho", "mac", MAC, night, end)


async def test_d20_after_a_restart_the_next_cell_reports_a_gap() -> None:
    async with running(Bench()) as bench:
        await bench.send(RADIO, passage())
        bench.clock.advance(15 * 60)
        later = "2026-02-07T12:20:00+09:00"
        await bench.send(RADIO, passage(observedAt=later))
        bench.clock.advance(3_600)
        await bench.intake.tick()
        first, second = bench.sink.observations
    assert values_of(first)["countQuality"] == "gap"
    assert values_of(second)["countQuality"] == "ok"


def test_d20_two_processes_do_not_make_the_same_pseudonym() -> None:
    before, after = KeyRing(SystemIds()), KeyRing(SystemIds())
    made = [keys.pseudonym("chikaho", "mac", MAC, NOON, NOON) for keys in (before, after)]
    assert made[0] != made[1]


async def test_d21_a_randomised_address_is_flagged_as_a_share_and_never_linked() -> None:
    own, made_up = KIT.named("mac").texts[0], KIT.named("mac_randomised").texts[0]
    async with running(Bench()) as bench:
        for device in (own, made_up, made_up.upper()):
            await bench.send(RADIO, passage(device))
        bench.clock.advance(3_600)
        await bench.intake.tick()
        (cell,) = bench.sink.observations
    assert values_of(cell)["distinctCount"] == 2
    assert values_of(cell)["randomisedShare"] == 0.5


async def test_d26_a_device_that_passes_five_hundred_times_is_counted_once() -> None:
    async with running(Bench()) as bench:
        for _ in range(500):
            await bench.send(RADIO, passage(KIT.named("mac").texts[0]))
        bench.clock.advance(3_600)
        await bench.intake.tick()
        (cell,) = bench.sink.observations
    assert values_of(cell)["distinctCount"] == 1
    assert values_of(cell)["peopleCount"] == 500


SURVEY = policy_of(
    """
policy: survey/1
applies_to: {sensor_class: [survey], notice_required: true}
mode: observation
fields:
  refSensor: {type: enum, from: registry.approved}
  observedAt: {type: datetime, bucket: PT15M, skew: PT10M, required: true}
  age: {type: band, edges: [10, 20, 30, 40, 50, 60, 70, 80], bottom: 0-9, top: 80+, person: true}
  income: {type: band, edges: [300, 500, 700, 1000], bottom: "<300", top: 1000+, person: true}
  household:
    {type: band, edges: [2, 3, 4, 5], labels: ["2", "3", "4"], bottom: "1", top: 5+, person: true}
  occupation: {type: code, list: occupation, version: "1", person: true}
emit:
  type: SurveyObserved
  id: "urn:ngsi-ld:SurveyObserved:{refSensor}"
  attrs: {age: ageBand, income: incomeBand, household: householdBand, occupation: occupation}
"""
)


def test_d29_peculiar_values_are_top_coded() -> None:
    plan = bound(msgspec.structs.replace(GATE, policy="survey"), SURVEY)
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    message = json_message(
        {
            "observedAt": "2026-02-07T12:07:00+09:00",
            "age": 104,
            "income": 250_000,
            "household": 9,
            "occupation": "lighthouse keeper",
        }
    )
    (sealed,) = pipeline.run(message, plan, NOON).results
    assert isinstance(sealed, Deidentified)
    values = values_of(sealed.observation)
    assert (values["ageBand"], values["incomeBand"], values["householdBand"]) == (
        "80+",
        "1000+",
        "5+",
    )
    assert values["occupation"] == "other"


async def test_d30_pseudonyms_and_keys_end_with_their_day_and_dead_letters_after_a_week() -> None:
    async with running(Bench()) as bench:
        await bench.send(RADIO, passage())
        await bench.send(GATE, b"nonsense")
        await bench.intake._refusals.write()
        keys, windows = bench.intake._keys, bench.intake._windows
        assert (len(keys._keys), windows._held, len(bench.letters.letters)) == (1, 1, 1)
        bench.clock.advance(1_800)
        await bench.intake.tick()
        assert windows._held == 0
        bench.clock.advance(24 * 3_600)
        await bench.intake.tick()
        assert keys._keys == {}
        bench.clock.advance(6 * 24 * 3_600)
        await bench.intake.tick()
        assert bench.letters.letters == []


def shown(*things: object) -> list[str]:
    return [text for thing in things for text in (repr(thing), str(thing))]


def test_what_is_raw_or_pseudonymous_does_not_print() -> None:
    keys = KeyRing(SystemIds())
    pseudonym = keys.pseudonym("chikaho", "mac", MAC, NOON, NOON)
    message = json_message(passage(KIT.named("mac").texts[0]))
    for text in shown(pseudonym, message, keys):
        assert pseudonym.hex() not in text
        assert KIT.found_in(text.encode()) == []
    with pytest.raises(TypeError):
        pickle.dumps(pseudonym)


def test_late_means_after_the_bucket_and_its_skew() -> None:
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    start = parse_instant("2026-02-07T03:00:00Z")
    in_time = Instant(start + 25 * MINUTE_US - 1)
    plan = bound(RADIO)
    early = pipeline.run(json_message(passage()), plan, in_time).results[0]
    late = pipeline.run(json_message(passage()), plan, Instant(in_time + 1)).results[0]
    assert not isinstance(early, Refused)
    assert late == Refused(Rule.LATE, "fields.observedAt")
