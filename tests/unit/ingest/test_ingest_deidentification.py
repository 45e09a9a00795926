"""The T1 checks of de-identification §12, by their numbers, at the doors and sinks of intake.

Markers are new in each run. Every check ends with an accepted measure, so that silence of a sink is
never mistaken for cleanness.
"""

import gzip
import json
import secrets
import unicodedata
from urllib.parse import quote

import msgspec
import pytest
from aiohttp import FormData
from support.canaries import Canary, Kit
from support.ingest_stand_ins import (
    AIR,
    GATE,
    KEY,
    NOON,
    RADIO,
    SENSORS,
    SHELF,
    Bench,
    MemorySpool,
    bound,
    gate_report,
    json_message,
    passage,
    running,
)
from support.ingest_watch import GOOD, every_field, leaks, watched

from ingest.intake import Verdict
from ingest.ports import Approval, Sensor
from ingest.rules import Rule
from ingest.seal import Deidentified, to_bytes

KIT = Kit(secrets.randbits(64))
every_canary = pytest.mark.parametrize("canary", KIT.canaries, ids=lambda one: one.name)
every_sensor = pytest.mark.parametrize("sensor", SENSORS, ids=lambda one: one.policy)


@every_sensor
async def test_d01_a_canary_under_an_unknown_key_reaches_no_sink(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for canary in KIT.canaries:
            for value in canary.values:
                await city.post(sensor, {**GOOD[sensor.sensor_id], "note": value})
        await city.is_live(sensor)
        assert KIT.found_in(await city.everything(capsys)) == []


@every_sensor
async def test_d02_a_canary_as_a_key_name_reaches_no_sink(
    sensor: Sensor, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for canary in KIT.canaries:
            for text in canary.texts:
                assert await city.post(sensor, {**GOOD[sensor.sensor_id], text: 1}) == 200
        await city.is_live(sensor)
        everything = await city.everything(capsys)
        policy = f"{sensor.policy}/{sensor.policy_version}"
        drops = city.bench.metric(
            "odori_deidentified_dropped_total", policy=policy, rule="unknown_key"
        )
        assert drops == sum(len(canary.texts) for canary in KIT.canaries)
        assert KIT.found_in(everything) == []


@every_canary
async def test_d03_a_canary_nested_in_metadata_reaches_no_sink(
    canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for value in canary.values:
            await city.post(AIR, {"temperature": {"value": 20, "metadata": {"by": value}}})
            await city.post(AIR, {"temperature": 20, "unitCode": value, "observedBy": value})
            await city.post(AIR, {"temperature": 20, "@context": {"t": value}})
            await city.post(AIR, {"temperature": 20, "temperature_md": [{"x": {"y": value}}]})
        await city.is_live(AIR)
        assert KIT.found_in(await city.everything(capsys)) == []


@every_field
def test_d04_a_canary_in_an_allowed_field_is_stopped_by_its_type(
    sensor: Sensor, field: str
) -> None:
    assert leaks(bound(sensor), field, KIT) == []


@pytest.mark.parametrize(("sensor", "field"), [(RADIO, "count"), (GATE, "towards")])
async def test_d05_a_mac_as_an_integer_in_a_count_is_out_of_range(
    sensor: Sensor, field: str
) -> None:
    number = KIT.named("mac").values[-1]
    async with running(Bench()) as bench:
        verdict = await bench.send(sensor, {**GOOD[sensor.sensor_id], field: number})
    assert verdict.refused == ((0, Rule.RANGE),)


@pytest.mark.parametrize("name", ["note", "count", "direction", "deviceId"])
async def test_d06_a_face_vector_is_stopped_by_the_limits(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    vector, _short, text, png = KIT.named("face_vector").values
    async with watched() as city:
        for value in (vector, text, png):
            assert await city.post(RADIO, {**passage(), name: value}) == 400
        for raw in (png.encode(), b"\x89PNG" + bytes(400), text.encode()):
            assert await city.post(RADIO, raw) == 400
        await city.is_live(RADIO)
        assert KIT.found_in(await city.everything(capsys)) == []


def disguises(text: str) -> list[str | bytes]:
    """Spellings that hide a text from naive patterns."""
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)
    return [
        wide,
        "\u200b".join(text),
        "\u00ad".join(text),
        "".join(one + "\u0301" for one in text),
        unicodedata.normalize("NFD", text),
        quote(text, safe=""),
        text.encode().hex(),
    ]


@every_canary
async def test_d07_disguised_canaries_reach_no_sink(
    canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for text in canary.texts[:3]:
            for disguised in disguises(text):
                for field in ("note", "direction", "count", "deviceId", "observedAt"):
                    await city.post(RADIO, {**passage(), field: disguised})
            packed = gzip.compress(json.dumps({**passage(), "note": text}).encode())
            assert await city.post(RADIO, packed) == 400
            encoded = {"Content-Encoding": "gzip"}
            assert await city.post(RADIO, packed, headers=encoded) == 415
        await city.is_live(RADIO)
        assert KIT.found_in(await city.everything(capsys)) == []


async def test_d08_neither_part_of_a_split_canary_is_stored() -> None:
    bare = KIT.named("mac").texts[5]
    halves = (bare[:6], bare[6:])
    numbers = tuple(int(half, 16) | 0x10000 for half in halves)
    async with running(Bench()) as bench:
        await bench.send(GATE, gate_report(towards=numbers[0], away=numbers[1]))
        await bench.send(GATE, gate_report(state=halves[0], countQuality=halves[1]))
        for half in halves:
            await bench.send(GATE, gate_report(note=half))
        assert (await bench.send(GATE, gate_report())).accepted == 1
    stored = b"".join(to_bytes(one) for batch in bench.sink.batches for one in batch)
    for part in (*halves, *map(str, numbers)):
        assert part.encode() not in stored


@every_canary
async def test_d09_canaries_around_the_body_reach_no_log(
    canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for text in canary.texts:
            plain = quote(text, safe="")
            headers = {"User-Agent": plain, "Referer": plain, "X-Device": plain, "Cookie": plain}
            await city.post(AIR, GOOD["E1"], headers=headers, note=text, t=text[:64])
            form = FormData()
            form.add_field(plain, b"x", filename=plain, content_type="application/json")
            await city.post(AIR, form)
            for path in (f"/iot/json/attrs/{plain}", f"/{plain}"):
                answer = await city.client.post(path, params={"k": plain, "i": plain}, data=b"1")
                city.heard.append(await answer.read())
        await city.is_live(AIR)
        everything = await city.everything(capsys)
        assert b"/iot/json" in everything, "the access log is on"
        assert KIT.found_in(everything) == []


@every_canary
async def test_d10_malformed_input_is_never_quoted(
    canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for text in canary.texts:
            raw = text.encode()
            for body in (
                raw,
                b'{"a":"' + raw,
                b'{"' + raw + b'":}',
                b"[" + raw + b"]",
                raw + b"\xff",
            ):
                assert await city.post(GATE, body) in (400, 413)
            assert await city.post(GATE, gate_report(observedAt=text)) == 400
        await city.is_live(GATE)
        assert KIT.found_in(await city.everything(capsys)) == []


async def test_d11_an_engine_error_that_quotes_a_canary_is_stripped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with watched() as city:
        marker = KIT.named("e_mail").texts[0]

        class DuplicateKeyError(Exception):
            pass

        def refuse(_: Deidentified) -> bool:
            raise DuplicateKeyError(f"E11000 duplicate key: {marker}")

        city.bench.sink.refuses = refuse
        assert await city.post(GATE, gate_report()) == 400
        city.bench.sink.refuses = lambda _: False
        await city.is_live(GATE)
        everything = await city.everything(capsys)
        assert b"DuplicateKeyError" in everything
        assert KIT.found_in(everything) == []


async def test_d12_a_failure_with_a_canary_in_message_and_locals_tells_neither(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with watched() as city:
        marker = KIT.named("phone").texts[0]
        lookup = city.bench.directory.by_key

        def fail(api_key: str, device_id: str) -> Sensor | None:
            kept = f"{api_key} {device_id} {marker}"
            raise RuntimeError(kept)

        city.bench.directory.by_key = fail  # type: ignore[method-assign]
        assert await city.post(GATE, gate_report(note=marker)) == 500
        city.bench.directory.by_key = lookup  # type: ignore[method-assign]
        await city.is_live(GATE)
        everything = await city.everything(capsys)
        assert b"RuntimeError" in everything
        assert KEY.encode() not in everything
        assert KIT.found_in(everything) == []


@every_canary
async def test_d13_dead_letters_hold_no_canary(
    canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    async with watched() as city:
        for value in canary.values:
            await city.post(RADIO, {**passage(), "direction": value, "deviceId": value})
        await city.is_live(RADIO)
        everything = await city.everything(capsys)
        assert city.bench.letters.letters
        assert KIT.found_in(everything) == []


async def test_d14_labels_of_metrics_are_policies_rules_and_transports() -> None:
    async with running(Bench()) as bench:
        for canary in KIT.canaries:
            for value in canary.values:
                await bench.send(GATE, {"towards": value, str(value)[:60]: 1})
        assert (await bench.send(GATE, gate_report())).accepted == 1
        labels = {
            (name, value)
            for metric in bench.registry.collect()
            for sample in metric.samples
            for name, value in sample.labels.items()
        }
    rules = {rule.value for rule in Rule}
    policies = {"none", *(str(policy.ref) for policy in SHELF.all())}
    for name, value in labels - {("proto", "http"), ("proto", "mqtt")}:
        assert name == "le" or value in (rules if name == "rule" else policies)


@every_canary
async def test_d15_the_spool_holds_no_canary(canary: Canary) -> None:
    spool = MemorySpool()
    async with running(Bench(spool=spool)) as bench:
        bench.sink.is_away = True
        for value in canary.values:
            await bench.send(GATE, gate_report(note=value))
        assert (await bench.send(GATE, gate_report())).accepted == 1
        assert spool.stored
        assert KIT.found_in(b"".join(spool.stored.values())) == []
        bench.sink.is_away = False


async def test_d16_while_the_broker_is_away_only_sealed_values_wait() -> None:
    async with running(Bench()) as bench:
        bench.sink.gate.clear()
        marker = KIT.named("mac")
        receipts = [
            bench.intake.offer(KEY, "J1", json_message(gate_report(note=value)))
            for value in marker.values
        ]
        waiting = [row for group in bench.intake._committer._groups for row in group.rows]
        assert len(waiting) == len(marker.values)
        assert all(type(row) is Deidentified for row in waiting)
        assert KIT.found_in(b"".join(map(to_bytes, waiting))) == []
        bench.sink.gate.set()
        assert (await bench.intake.settle(receipts[-1])).accepted == 1


async def test_d17_a_sensor_without_approval_or_notice_leaves_a_counter_only() -> None:
    strangers = [
        msgspec.structs.replace(GATE, approval=Approval(approved=False)),
        msgspec.structs.replace(GATE, approval=Approval(approved=True, valid_until=NOON)),
        msgspec.structs.replace(GATE, notice_url=""),
    ]
    for stranger in strangers:
        async with running(Bench(stranger, AIR)) as bench:
            assert (await bench.send(stranger, gate_report())) == Verdict(0, ((0, Rule.SENSOR),))
            assert (await bench.send(AIR, GOOD["E1"])).accepted == 1
        assert bench.letters.letters == []
        assert [one.type for one in bench.sink.observations] == ["IndoorEnvironmentObserved"]
