"""The shell: shared commits, spool, refusals, and what the end of the process leaves behind."""

import asyncio

import msgspec
import pytest
from support.ingest_stand_ins import (
    AIR,
    GATE,
    KEY,
    NOON,
    RADIO,
    Bench,
    MemorySpool,
    gate_report,
    json_message,
    passage,
    running,
    until,
    values_of,
)

from ingest.policy.load import PACKAGED, read_policy
from ingest.policy.model import Limits
from ingest.policy.shelf import PolicyShelf
from ingest.ports import Approval
from ingest.rules import Rule
from ingest.settings import IntakeSettings
from kernel.times import DAY_US, MINUTE_US, Instant, parse_instant


async def test_a_gate_report_becomes_a_crowd_flow_with_its_total() -> None:
    async with running(Bench()) as bench:
        verdict = await bench.send(GATE, gate_report())
    assert verdict.accepted == 1
    (seen,) = bench.sink.observations
    assert seen.entity_id == "urn:ngsi-ld:CrowdFlowObserved:J1"
    values = values_of(seen)
    assert (values["peopleCountTowards"], values["peopleCountAway"]) == (112, 97)
    assert values["peopleCount"] == 209
    assert values["dateObserved"] == parse_instant("2026-02-07T03:00:00Z")
    assert values["dateObservedTo"] == parse_instant("2026-02-07T03:15:00Z")
    assert values["simulated"] is True
    assert bench.sightings.seen_at == {"J1": NOON}


async def test_measures_that_wait_for_a_commit_share_the_next_one() -> None:
    async with running(Bench()) as bench:
        bench.sink.gate.clear()
        first = bench.intake.offer(KEY, "J1", json_message(gate_report()))
        await asyncio.sleep(0)
        waiting = [bench.intake.offer(KEY, "J1", json_message(gate_report(n))) for n in range(50)]
        bench.sink.gate.set()
        for receipt in (first, *waiting):
            assert (await bench.intake.settle(receipt)).accepted == 1
    assert len(bench.sink.batches) <= 2
    assert [values_of(one)["peopleCountTowards"] for one in bench.sink.observations] == [
        112,
        *range(50),
    ]


async def test_a_caller_is_answered_only_after_its_commit() -> None:
    async with running(Bench()) as bench:
        bench.sink.gate.clear()
        async with asyncio.TaskGroup() as tasks:
            answer = tasks.create_task(bench.send(GATE, gate_report()))
            for _ in range(20):
                await asyncio.sleep(0)
            assert not answer.done()
            bench.sink.gate.set()
        assert answer.result().accepted == 1


async def test_a_full_group_is_not_split_and_the_next_row_opens_another() -> None:
    settings = IntakeSettings(linger_s=0, batch_rows=3)
    async with running(Bench(settings=settings)) as bench:
        receipts = [bench.intake.offer(KEY, "J1", json_message(gate_report(n))) for n in range(4)]
        for receipt in receipts:
            await bench.intake.settle(receipt)
    assert [len(batch) for batch in bench.sink.batches] == [3, 1]


async def test_a_batch_names_each_refused_measure_by_index_and_rule() -> None:
    batch = [gate_report(), gate_report(towards=-1), gate_report(observedAt="yesterday")]
    async with running(Bench()) as bench:
        verdict = await bench.send(GATE, batch)
        await until(lambda: len(bench.letters.letters) == 2)
    assert verdict.accepted == 1
    assert verdict.refused == ((1, Rule.RANGE), (2, Rule.TIME))


async def test_a_dead_letter_says_where_in_the_policy_and_nothing_of_the_value() -> None:
    async with running(Bench()) as bench:
        await bench.send(GATE, gate_report(towards=-4711))
        await until(lambda: bool(bench.letters.letters))
    (letter,) = bench.letters.letters
    assert (letter.sensor_id, letter.policy, letter.version) == ("J1", "peopleflow-gate", 1)
    assert (letter.rule_id, letter.field_path) == (Rule.RANGE, "fields.towards")
    assert letter.time == parse_instant("2026-02-07T03:07:00Z")
    assert "4711" not in repr(letter)


async def test_dead_letters_wait_while_their_store_is_away() -> None:
    async with running(Bench()) as bench:
        bench.letters.is_away = True
        await bench.send(GATE, b"nonsense")
        bench.letters.is_away = False
    assert [one.rule_id for one in bench.letters.letters] == [Rule.NOT_JSON]


async def test_without_a_spool_an_absent_broker_is_said_and_nothing_counts_as_accepted() -> None:
    async with running(Bench()) as bench:
        bench.sink.is_away = True
        verdict = await bench.send(GATE, gate_report())
        assert verdict.is_away
        assert verdict.accepted == 0
        bench.sink.is_away = False
        assert (await bench.send(GATE, gate_report())).accepted == 1


async def test_what_waits_behind_a_group_that_found_no_place_shares_its_fate() -> None:
    async with running(Bench(settings=IntakeSettings(linger_s=0, batch_rows=1))) as bench:
        bench.sink.gate.clear()
        first = bench.intake.offer(KEY, "J1", json_message(gate_report(1)))
        await asyncio.sleep(0)
        behind = bench.intake.offer(KEY, "J1", json_message(gate_report(2)))
        bench.sink.is_away = True
        bench.sink.gate.set()
        assert (await bench.intake.settle(first)).is_away
        bench.sink.is_away = False
        assert (await bench.intake.settle(behind)).is_away
        for count in (1, 2):
            assert (await bench.send(GATE, gate_report(count))).accepted == 1
    assert [values_of(one)["peopleCountTowards"] for one in bench.sink.observations] == [1, 2]


async def test_the_spool_bridges_an_outage_and_keeps_the_order() -> None:
    async with running(Bench(spool=MemorySpool())) as bench:
        bench.sink.is_away = True
        for count in range(3):
            assert (await bench.send(GATE, gate_report(count))).accepted == 1
        assert bench.sink.observations == []
        bench.sink.is_away = False
        for count in range(3, 6):
            assert (await bench.send(GATE, gate_report(count))).accepted == 1
        await until(lambda: len(bench.sink.observations) == 6)
    counts = [values_of(one)["peopleCountTowards"] for one in bench.sink.observations]
    assert counts == list(range(6))
    assert bench.metric("odori_ingest_spooled") == 0


async def test_what_a_former_process_spooled_goes_out_first() -> None:
    spool = MemorySpool()
    async with running(Bench(spool=spool)) as before:
        before.sink.is_away = True
        await before.send(GATE, gate_report(1))
    async with running(Bench(spool=spool)) as after:
        await after.send(GATE, gate_report(2))
        await until(lambda: len(after.sink.observations) == 2)
    assert [values_of(one)["peopleCountTowards"] for one in after.sink.observations] == [1, 2]


async def test_a_full_spool_refuses_and_says_so() -> None:
    async with running(Bench(spool=MemorySpool(capacity=1))) as bench:
        bench.sink.is_away = True
        assert (await bench.send(GATE, gate_report(1))).accepted == 1
        assert (await bench.send(GATE, gate_report(2))).is_away


async def test_one_row_that_the_broker_refuses_does_not_refuse_its_companions() -> None:
    async with running(Bench()) as bench:
        bench.sink.refuses = lambda one: values_of(one.observation)["peopleCountTowards"] == 2
        verdict = await bench.send(GATE, [gate_report(n) for n in (1, 2, 3)])
    assert verdict.refused == ((1, Rule.SINK_REFUSED),)
    assert [values_of(one)["peopleCountTowards"] for one in bench.sink.observations] == [1, 3]


async def test_too_much_waiting_tells_senders_to_wait() -> None:
    settings = IntakeSettings(linger_s=0, most_pending=2)
    async with running(Bench(settings=settings)) as bench:
        bench.sink.gate.clear()
        receipts = [bench.intake.offer(KEY, "J1", json_message(gate_report())) for _ in range(3)]
        assert [receipt.denied for receipt in receipts] == [None, None, Rule.BUSY]
        bench.sink.gate.set()
        await bench.intake.settle(receipts[0])
        assert (await bench.send(GATE, gate_report())).accepted == 1


async def test_a_sensor_that_sends_too_fast_is_held_back_until_time_passes() -> None:
    settings = IntakeSettings(linger_s=0, rate_per_s=1, burst=2)
    async with running(Bench(settings=settings)) as bench:
        verdicts = [await bench.send(GATE, gate_report()) for _ in range(3)]
        assert [verdict.refused for verdict in verdicts] == [(), (), ((0, Rule.RATE),)]
        assert (await bench.send(AIR, {"t": 20})).accepted == 1
        bench.clock.advance(1)
        assert (await bench.send(GATE, gate_report())).accepted == 1


async def test_a_window_is_committed_when_it_and_its_skew_have_passed() -> None:
    async with running(Bench()) as bench:
        await bench.send(RADIO, passage())
        await bench.send(RADIO, passage("3c:22:fb:00:00:02"))
        bench.clock.advance(17 * 60)
        await bench.intake.tick()
        assert bench.sink.observations == []
        bench.clock.advance(60)
        await bench.intake.tick()
        (cell,) = bench.sink.observations
        assert cell.entity_id == "urn:ngsi-ld:CrowdFlowObserved:R1:N:20s:f"
        assert values_of(cell)["distinctCount"] == 2


async def test_a_closed_window_is_owed_until_the_broker_is_back() -> None:
    async with running(Bench()) as bench:
        await bench.send(RADIO, passage())
        bench.sink.is_away = True
        bench.clock.advance(20 * 60)
        await bench.intake.tick()
        bench.sink.is_away = False
        await bench.intake.tick()
        assert len(bench.sink.observations) == 1


async def test_an_orderly_end_seals_open_windows_and_says_that_they_have_a_gap() -> None:
    async with running(Bench()) as bench:
        await bench.send(RADIO, passage())
    (cell,) = bench.sink.observations
    assert values_of(cell)["countQuality"] == "gap"
    assert values_of(cell)["complete"] is False


async def test_after_the_end_senders_are_told_to_wait() -> None:
    bench = Bench()
    async with running(bench):
        assert (await bench.send(RADIO, passage())).accepted == 1
    assert (await bench.send(RADIO, passage())).refused == ((0, Rule.BUSY),)


async def test_old_dead_letters_are_swept_after_their_time() -> None:
    async with running(Bench()) as bench:
        await bench.send(GATE, b"nonsense")
        await until(lambda: bool(bench.letters.letters))
        bench.clock.advance(7 * DAY_US / 1_000_000 + 60)
        await bench.intake.tick()
        assert bench.letters.letters == []


@pytest.mark.parametrize(
    "changes",
    [
        {"approval": Approval(approved=False)},
        {"approval": Approval(approved=True, valid_until=NOON)},
        {"approval": Approval(approved=True, valid_from=Instant(NOON + 1))},
        {"notice_url": ""},
        {"notice_published": None},
        {"notice_published": Instant(NOON + MINUTE_US)},
        {"policy": "no-such-policy"},
        {"policy_version": 99},
        {"sensor_class": "weather"},
    ],
)
async def test_whoever_may_not_send_is_refused_like_a_stranger(changes: dict[str, object]) -> None:
    sensor = msgspec.structs.replace(GATE, **changes)
    async with running(Bench(sensor)) as bench:
        verdict = await bench.send(sensor, gate_report())
        stranger = await bench.intake.submit(KEY, "nobody", json_message(gate_report()))
        wrong_key = await bench.intake.submit("wrong", "J1", json_message(gate_report()))
    assert verdict == stranger == wrong_key
    assert verdict.refused == ((0, Rule.SENSOR),)
    assert bench.letters.letters == []
    assert bench.sink.observations == []
    assert bench.metric("odori_deidentified_dropped_total", policy="none", rule="sensor") == 3


async def test_a_sensor_bound_to_a_lower_version_is_refused() -> None:
    higher = _second_version()
    async with running(Bench(policies=higher)) as bench:
        newer = msgspec.structs.replace(GATE, policy_version=2)
        bench.directory.sensors["J1"] = newer
        assert (await bench.send(newer, gate_report())).accepted == 1
        bench.directory.sensors["J1"] = GATE
        assert (await bench.send(GATE, gate_report())).refused == ((0, Rule.POLICY_DOWNGRADE),)


def _second_version() -> PolicyShelf:
    first = (PACKAGED / "peopleflow-gate" / "1.yaml").read_bytes()
    second = first.replace(b"peopleflow-gate/1", b"peopleflow-gate/2")
    return PolicyShelf([read_policy(first, Limits()), read_policy(second, Limits())])
