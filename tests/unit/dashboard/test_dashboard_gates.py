"""What a gate's quarter hour is: a number, or which kind of nothing."""

from support.boards import remembered
from support.city_reader import StandInCity

from dashboard.figures.gates import NORTH, GateRecord, gate_of
from dashboard.figures.quarters import Quarter, quarter_of
from dashboard.figures.trust import State, joined
from dashboard.ports import CityEntity, Reading
from kernel.times import Instant, parse_instant

NOON = parse_instant("2026-02-07T12:07:20+09:00")
NIGHT = parse_instant("2026-02-07T03:07:20+09:00")


async def j1(city: StandInCity) -> GateRecord:
    memory = await remembered(city)
    return memory.gates(city.now)[0]


async def test_a_counted_quarter_hour_is_open() -> None:
    gate = await j1(StandInCity(NOON, weeks=2))
    assert gate.state(Quarter(gate.present - 1)) is State.OPEN
    assert gate.state_now() is State.OPEN


async def test_a_quarter_hour_of_the_night_without_rows_is_closed_not_an_outage() -> None:
    gate = await j1(StandInCity(NOON, weeks=2))
    assert gate.state(Quarter(gate.present - 36)) is State.CLOSED


async def test_open_hours_without_rows_are_an_outage() -> None:
    city = StandInCity(NOON, weeks=2)
    silent = Quarter(quarter_of(NOON) - 4)
    city.silent["J1"] = range(silent, silent + 1)
    assert (await j1(city)).state(silent) is State.OUTAGE


async def test_counts_at_night_are_open_because_a_blackout_keeps_the_doors_open() -> None:
    city = StandInCity(NIGHT, weeks=2)
    memory = await remembered(city)
    before = memory.gates(NIGHT)[0]
    assert before.state(before.present) is State.CLOSED
    memory.put(city.gate("J1", peopleCountTowards=3, peopleCountAway=4))
    entity = city.gate("J1")
    moved = {
        name: Reading(
            one.value if name not in (NORTH, "peopleCountAway") else 5,
            Instant(NIGHT - NIGHT % 900_000_000),
            modified_at=NIGHT,
        )
        for name, one in entity.attributes.items()
    }
    memory.put(CityEntity(entity.id, entity.type, moved, NIGHT))
    gate = memory.gates(NIGHT)[0]
    assert gate.state(gate.present) is State.OPEN
    assert gate.total(gate.present) == 10


async def test_what_lies_ahead_is_not_yet_due() -> None:
    gate = await j1(StandInCity(NOON, weeks=2))
    assert gate.state(Quarter(gate.present + 1)) is State.NOT_YET_DUE


async def test_what_lies_before_the_first_record_is_unrecorded() -> None:
    city = StandInCity(NOON, weeks=2)
    assert (await j1(city)).state(Quarter(city.first - 96)) is State.UNRECORDED


async def test_a_gate_that_missed_several_reports_is_silent_and_its_present_an_outage() -> None:
    city = StandInCity(NOON, weeks=2)
    present = quarter_of(NOON)
    city.silent["J1"] = range(present - 2, present + 1)
    gate = await j1(city)
    assert gate.is_silent
    assert gate.state_now() is State.OUTAGE
    figure = gate.figure(gate.north(present), present, present)
    assert figure.value is None
    assert figure.trust.state is State.OUTAGE
    assert figure.trust.reporting == 0


async def test_a_running_total_is_not_complete_and_a_past_one_is() -> None:
    gate = await j1(StandInCity(NOON, weeks=2))
    now = gate.figure(1, gate.present, gate.present).trust
    past = gate.figure(1, Quarter(gate.present - 1), Quarter(gate.present - 1)).trust
    assert not now.complete
    assert past.complete


async def test_a_sum_is_as_trustworthy_as_its_weakest_part() -> None:
    city = StandInCity(NOON, weeks=2)
    present = quarter_of(NOON)
    city.silent["J2"] = range(present - 2, present + 1)
    city.estimated["J1"] = range(present - 2, present + 1)
    gates = (await remembered(city)).gates(NOON)
    whole = joined(one.figure(one.total(present), present, present).trust for one in gates)
    assert whole is not None
    assert (whole.reporting, whole.expected) == (4, 8)
    assert whole.state is State.OUTAGE
    assert whole.estimated_share == 0.125
    assert whole.simulated


async def test_cells_of_cameras_and_radio_counters_are_no_gates() -> None:
    gate = StandInCity(NOON).gate("J1")
    cell = CityEntity("urn:ngsi-ld:CrowdFlowObserved:CAM1:N:20s:f", gate.type, gate.attributes)
    radio = CityEntity("urn:ngsi-ld:CrowdFlowObserved:R1", gate.type, {})
    assert gate_of(cell) is None
    assert gate_of(radio) is None
