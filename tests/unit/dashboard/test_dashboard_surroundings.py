"""Touches and their release, air, and sensor health."""

import pytest
from support.boards import looking
from support.city_reader import HOURS, StandInCity

from dashboard.figures.climate import course
from dashboard.figures.devices import Health, fleet
from dashboard.figures.quarters import Quarter, quarter_of, start_of
from dashboard.figures.release import profile_for, released
from dashboard.figures.trust import Profile, State
from dashboard.ports import CityEntity, Reading, Row
from kernel.times import MINUTE_US, Instant, render_millis


@pytest.mark.parametrize(("count", "shown"), [(0, None), (9, None), (10, 10), (12, 10), (13, 15)])
def test_the_public_sees_nothing_below_ten_and_multiples_of_five(
    count: int, shown: float | None
) -> None:
    assert released(count, Profile.PUBLIC) == shown


def test_staff_see_counts_as_stored_zero_included() -> None:
    assert released(0, Profile.CITY) == 0
    assert released(13, Profile.CITY) == 13


def test_only_staff_and_readers_of_simulated_data_have_the_city_profile() -> None:
    assert profile_for(is_staff=False, is_simulated=False) is Profile.PUBLIC
    assert profile_for(is_staff=True, is_simulated=False) is Profile.CITY
    assert profile_for(is_staff=False, is_simulated=True) is Profile.CITY


async def test_touches_add_up_the_quarter_hours_since_the_opening() -> None:
    city = StandInCity(weeks=1)
    found = (await looking(city)).touches
    opened, now = HOURS.opened_at(quarter_of(city.now)), quarter_of(city.now)
    expected = sum(
        city.value(entity.id, "touchCount", quarter) or 0
        for entity in await city.entities("SignageInteractionObserved")
        for quarter in range(opened, now + 1)
    )
    assert found.total.value == expected
    assert sum(one.figure.value or 0 for one in found.by_topic) == expected
    assert found.by_language[0].key == "ja"


async def test_real_touches_are_released_to_the_public_and_whole_to_staff() -> None:
    city = StandInCity(weeks=1, simulated=False)
    public, staff = (await looking(city)).touches, (await looking(city, is_staff=True)).touches
    assert public.total.trust.profile is Profile.PUBLIC
    shown = [one.figure.value for one in public.by_language if one.figure.value is not None]
    assert all(value % 5 == 0 and value >= 10 for value in shown)
    assert public.total.value == sum(shown)
    few = next(one for one in public.by_language if one.key == "other")
    assert few.figure.value is None
    assert few.figure.trust.state is State.SUPPRESSED
    assert next(one for one in staff.by_language if one.key == "other").figure.value == 0


async def test_air_is_the_mean_over_the_sensors_that_were_heard_lately() -> None:
    city = StandInCity(weeks=1)
    found = (await looking(city)).climate
    entities = await city.entities("IndoorEnvironmentObserved")
    values = [one.attributes["co2"].value for one in entities]
    co2 = next(one for one in found.indoor if one.key == "co2")
    assert co2.figure.value == pytest.approx(sum(v for v in values if isinstance(v, int)) / 3)
    assert co2.figure.trust.reporting == 3
    assert len(co2.course) == 48


async def test_a_station_that_speaks_by_half_hours_has_a_course_without_gaps() -> None:
    city = StandInCity(weeks=1)
    sight = await looking(city)
    noon = Quarter(quarter_of(city.now) - 24)
    key = ("urn:ngsi-ld:WeatherObserved:WX2", "temperature")
    for quarter, value in ((noon, -3.0), (noon + 2, -2.0)):
        start = start_of(Quarter(quarter))
        sight.memory.add_rows(*key, [Row(start, value, start)])
    station = CityEntity(key[0], "WeatherObserved", {})
    quarters = [Quarter(noon + one) for one in range(-1, 6)]
    found = course("temperature", [station], sight.memory.series, quarters)
    assert found == (None, -3.0, -3.0, -2.0, -2.0, -2.0, None)


async def test_a_sensor_silent_for_long_gives_no_air() -> None:
    city = StandInCity(weeks=1)
    before = await city.entities("IndoorEnvironmentObserved")
    sight = await looking(city)
    sight.now = Instant(city.now + 90 * MINUTE_US)
    co2 = next(one for one in sight.climate.indoor if one.key == "co2")
    assert co2.figure.value is None
    assert co2.figure.trust.state is State.OUTAGE
    assert co2.figure.trust.expected == len(before)


async def test_a_device_is_well_low_on_battery_late_or_silent() -> None:
    city = StandInCity(weeks=1)
    sight = await looking(city)
    by_key = {one.key: one.health for one in sight.fleet.devices}
    assert by_key["ENV2"] is Health.LOW_BATTERY
    assert by_key["J1"] is Health.OK

    later = await looking(city)
    later.now = Instant(city.now + 46 * MINUTE_US)
    assert {one.key: one.health for one in later.fleet.devices}["WX1"] is Health.LATE
    much_later = await looking(city)
    much_later.now = Instant(city.now + 300 * MINUTE_US)
    fleet = much_later.fleet
    assert {one.health for one in fleet.devices} == {Health.SILENT}
    assert fleet.well.value == 0


async def test_a_gate_that_counts_nothing_is_silent_however_well_its_monitor_feels() -> None:
    city = StandInCity(weeks=1)
    now = quarter_of(city.now)
    city.silent["J1"] = range(now - 3, now + 1)
    by_key = {one.key: one.health for one in (await looking(city)).fleet.devices}
    assert by_key["J1"] is Health.SILENT
    assert by_key["J2"] is Health.OK


async def test_a_device_that_was_just_registered_is_not_yet_due_and_knows_its_kind() -> None:
    city = StandInCity(weeks=1)
    sight = await looking(city)
    readings = {
        "controlledProperty": Reading(["trafficFlow"]),
        "reportInterval": Reading(86_400, modified_at=city.now),
    }
    sight.memory.put(CityEntity("urn:ngsi-ld:Device:TRY1", "Device", readings, city.now))
    found = {one.key: one for one in sight.fleet.devices}["TRY1"]
    assert found.health is Health.NOT_YET_DUE
    assert found.kind == "CrowdFlowObserved"


async def test_a_status_message_alone_keeps_a_device_alive() -> None:
    city = StandInCity(weeks=1)
    sight = await looking(city)
    sight.now = Instant(city.now + 300 * MINUTE_US)
    values = {"dateLastValueReported": render_millis(sight.now), "batteryLevel": -1}
    readings = {name: Reading(value) for name, value in values.items()}
    sight.memory.put(CityEntity("urn:ngsi-ld:Device:SIGN1", "Device", readings, sight.now))
    found = {one.key: one for one in sight.fleet.devices}["SIGN1"]
    assert found.health is Health.OK
    assert found.battery is None


def test_a_device_is_not_yet_due_until_its_first_interval_has_passed() -> None:
    now = StandInCity(weeks=1).now
    readings = {"reportInterval": Reading(900, modified_at=now)}
    new = CityEntity("urn:ngsi-ld:Device:NEW1", "Device", readings, now)
    waiting = fleet([new], [], Instant(now + 15 * MINUTE_US))
    assert [one.health for one in waiting.devices] == [Health.NOT_YET_DUE]
    assert waiting.well.trust.expected == 0
    missing = fleet([new], [], Instant(now + 16 * MINUTE_US))
    assert [one.health for one in missing.devices] == [Health.SILENT]
    assert missing.well.trust.expected == 1


def test_a_device_that_reports_once_a_day_is_not_silent_after_an_hour() -> None:
    now = StandInCity(weeks=1).now
    values = {"reportInterval": 86_400, "dateLastValueReported": render_millis(now)}
    readings = {name: Reading(value) for name, value in values.items()}
    daily = CityEntity("urn:ngsi-ld:Device:DAILY", "Device", readings, now)
    found = fleet([daily], [], Instant(now + 60 * MINUTE_US))
    assert [one.health for one in found.devices] == [Health.OK]
