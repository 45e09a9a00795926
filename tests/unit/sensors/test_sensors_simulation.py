"""Parts of the simulated city that a sentence can describe."""

import json
from datetime import date, timedelta

import pytest

from kernel.times import HOUR_US, MINUTE_US, Instant, parse_instant
from sensors.registry.device import DeviceClass, Transport
from sensors.simulation import jst, scenario, weather, world
from sensors.simulation.calendar import DayKind, is_national_holiday, kind_of
from sensors.simulation.chance import row
from sensors.simulation.flow import City
from sensors.simulation.reports import Report
from sensors.simulation.scenario import Course, Crowd, KeepOpen, Snowfall, Span
from sensors.simulation.signs import LANGUAGES
from sensors.simulation.speech import minute_of_city, reports
from sensors.simulation.walkers import day_of_gate
from sensors.simulation.wire import Dialect, Flaws, encode, messages, planted

DAY = date(2026, 2, 4)
TEN = jst.at_minute(DAY, 10 * 60)
J1 = world.DEVICES[0]
DEVICE = {device.id: device for device in world.DEVICES}


def after(minutes: int, begin: Instant = TEN) -> Instant:
    return Instant(begin + minutes * MINUTE_US)


def test_the_national_holidays_of_2026_are_those_that_the_cabinet_office_names() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [f"{day:%m-%d}" for day in days if is_national_holiday(day)] == [
        *("01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05"),
        *("05-06", "07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"),
    ]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 4), DayKind.WORKDAY),
        (date(2026, 2, 7), DayKind.HOLIDAY),
        (date(2026, 2, 11), DayKind.HOLIDAY),
        (date(2026, 12, 30), DayKind.HOLIDAY),
    ],
)
def test_weekends_holidays_and_the_turn_of_the_year_are_free(day: date, kind: DayKind) -> None:
    assert kind_of(day) is kind


def test_people_walk_south_in_the_morning_and_north_in_the_evening() -> None:
    quarters = day_of_gate(1, "J1", DAY)
    morning = [minute for quarter in quarters[30:38] for minute in quarter.minutes]
    evening = [minute for quarter in quarters[70:78] for minute in quarter.minutes]
    assert sum(m.south for m in morning) > 1.5 * sum(m.north for m in morning)
    assert sum(m.north for m in evening) > 1.3 * sum(m.south for m in evening)


def test_snow_lies_in_february_and_not_in_july() -> None:
    assert weather.at(1, jst.at_minute(date(2026, 2, 20), 600)).snow_cm > 20
    assert weather.at(1, jst.at_minute(date(2026, 7, 20), 600)).snow_cm == 0


@pytest.mark.parametrize(
    ("falling", "temperature", "humidity", "is_day", "word"),
    [
        (0.3, -4, 0.9, True, "lightSnow"),
        (3.0, -4, 0.9, True, "heavySnow"),
        (1.0, 9, 0.9, True, "lightRain"),
        (0, 9, 0.8, True, "cloudy"),
        (0, 9, 0.5, True, "sunnyDay"),
        (0, 9, 0.5, False, "clearNight"),
    ],
)
def test_the_sky_is_said_in_words_of_the_model(
    falling: float, temperature: float, humidity: float, is_day: bool, word: str
) -> None:
    assert weather.word(falling, temperature, humidity, is_day=is_day) == word


def test_the_air_is_worse_at_noon_than_at_night() -> None:
    noon = next(reports(City(1), DEVICE["ENV2"], jst.at_minute(DAY, 12 * 60 + 30)))
    night = next(reports(City(1), DEVICE["ENV2"], jst.at_minute(DAY, 4 * 60)))
    assert int(noon.payload["co2"]) > int(night.payload["co2"]) + 100


def outage() -> City:
    return City(7, scenario.course_of(scenario.load("sensor-outage"), TEN))


def test_a_gate_in_an_outage_says_nothing_while_its_neighbour_speaks() -> None:
    said = minute_of_city(outage(), world.DEVICES, after(30))
    assert "J1" not in {report.device for report in said}
    assert "J2" in {report.device for report in said}


def test_a_gate_that_returns_delivers_its_memory_and_estimates_what_it_forgot() -> None:
    late = list(reports(outage(), J1, after(183)))
    shares = [report.payload["estimatedShare"] for report in late]
    starts = [jst.quarter_start(report.observed) for report in late]
    assert starts == [after(15 * n) for n in range(13)]
    assert shares[0] == pytest.approx(13 / 15, abs=0.01)
    assert shares[1:8] == [1.0] * 7
    assert shares[8] == pytest.approx(2 / 15, abs=0.01)
    assert all(share < 0.5 for share in shares[9:])
    assert [report.payload["complete"] for report in late] == [True] * 12 + [False]


def test_what_was_remembered_is_what_would_have_been_counted_without_the_outage() -> None:
    late = {jst.quarter_start(r.observed): r.payload for r in reports(outage(), J1, after(183))}
    counted = next(reports(City(7), J1, after(165))).payload
    assert late[after(150)]["towards"] == counted["towards"]


def test_the_walkway_stays_open_at_night_only_where_a_scenario_says_so() -> None:
    night = jst.at_minute(DAY, 3 * 60)
    open_city = City(1, Course((Span(KeepOpen(6), night, None),)))
    due = after(15, night)
    assert next(reports(City(1), J1, due)).payload == {"state": "closed", "complete": True}
    payload = next(reports(open_city, J1, due)).payload
    assert payload["state"] == "open"
    assert int(payload["towards"]) + int(payload["away"]) > 0


def test_another_scenario_ends_the_one_before_and_keeps_what_it_has_done() -> None:
    first = Course((Span(Crowd(2), TEN, None), Span(Crowd(3), after(90), None)))
    course = first.then(scenario.load("weekday"), after(60))
    assert course.at(after(30)) == [Crowd(2)]
    assert course.at(after(60)) == []
    assert course.at(after(120)) == []


def test_fallen_snow_lies_for_two_days_after_the_snowfall() -> None:
    city = City(1, Course((Span(Snowfall(3), TEN, after(120)),)))
    assert city.snowfall(after(60)) == (3, pytest.approx(3))
    assert city.snowfall(after(120 + 24 * 60)) == (0, pytest.approx(3))
    assert city.snowfall(after(120 + 48 * 60)) == (0, 0)


def test_the_festival_brings_other_languages_to_the_signs() -> None:
    festival = City(1, scenario.course_of(scenario.load("snow-festival"), TEN))
    assert festival.languages(TEN, LANGUAGES)["ja"] < 0.5 < City(1).languages(TEN, LANGUAGES)["ja"]


def test_every_scenario_of_the_package_has_its_file_name_and_both_languages() -> None:
    for name in scenario.names():
        loaded = scenario.load(name)
        assert loaded.name == name
        assert loaded.title.keys() == loaded.text.keys() == {"ja", "en"}


def test_every_device_that_a_scenario_silences_exists() -> None:
    for name in scenario.names():
        for step in scenario.load(name).steps:
            assert set(getattr(step.effect, "devices", ())) <= DEVICE.keys(), name


def test_an_unknown_scenario_is_answered_with_those_that_exist() -> None:
    with pytest.raises(scenario.UnknownScenarioError, match="weekday"):
        scenario.load("../settings")


def test_a_malformed_scenario_names_the_place_and_not_the_content() -> None:
    text = "name: x\ntitle: {}\ntext: {}\nsteps: [{effect: {type: meteorite}}]"
    with pytest.raises(scenario.MalformedScenarioError) as raised:
        scenario.parse(text)
    assert "$.steps[0].effect.type" in raised.value.message
    assert "meteorite" not in raised.value.message
    with pytest.raises(scenario.MalformedScenarioError):
        scenario.parse("a: [")


def noon_of(days: int) -> list[Report]:
    city = City(5)
    dues = [jst.at_minute(DAY + timedelta(days=n), 12 * 60) for n in range(days)]
    return [report for due in dues for report in minute_of_city(city, world.DEVICES, due)]


def test_a_clock_is_off_by_two_seconds_at_most_and_never_moves_a_report_to_another_minute() -> None:
    told = [report for report in noon_of(20) if report.device == "J1"]
    for report, message in zip(told, messages(5, told, {}, Flaws(0, 0)), strict=True):
        observed = parse_instant(json.loads(message.body)["observedAt"])
        assert abs(observed - report.observed) <= 2_000_000
        assert observed // MINUTE_US == report.observed // MINUTE_US
        assert message.at > report.due


def test_one_message_in_a_thousand_comes_twice() -> None:
    told = noon_of(300)
    sent = list(messages(5, told, {}, Flaws()))
    assert 0.0003 < (len(sent) - len(told)) / len(told) < 0.003


def test_planted_identifiers_come_under_names_that_no_report_has_and_change_no_value() -> None:
    told = noon_of(3)
    clean = [json.loads(m.body) for m in messages(5, told, {}, Flaws(0, 0))]
    planted_in = [json.loads(m.body) for m in messages(5, told, {}, Flaws(0, 1))]
    for one, other in zip(clean, planted_in, strict=True):
        assert len(other) == len(one) + 1
        assert one.items() <= other.items()


def test_every_kind_of_planted_identifier_turns_up() -> None:
    chance = row(1, "planted")
    names = {name for _ in range(200) for name in planted(chance)}
    assert {"mac", "bleAddress", "lastUser", "contact", "clientIp", "faceVector"} < names


def test_ultralight_writes_short_names_and_bars() -> None:
    dialect = Dialect(Transport.ULTRALIGHT, {"temperature": "t"})
    assert encode({"temperature": 21.5, "complete": True}, dialect) == b"t|21.5|complete|true"


def test_zones_cover_the_walkway_without_gap_or_overlap() -> None:
    ends = [0.0, *(zone.to_m for zone in world.ZONES)]
    assert [zone.from_m for zone in world.ZONES] == ends[:-1]
    assert ends[-1] == world.LENGTH_M


def test_the_radio_counter_hears_only_made_up_addresses_of_the_local_kind() -> None:
    heard = [
        str(report.payload["deviceId"])
        for minute in range(60)
        for report in reports(City(1), DEVICE["R1"], after(minute))
    ]
    assert heard
    assert all(int(address[:2], 16) & 0b11 == 0b10 for address in heard)


def test_older_sensors_see_fewer_people_and_say_so_under_the_same_series() -> None:
    older = next(gate for gate in world.OLDER_GATES if gate.subject == "J1")
    due = Instant(TEN + HOUR_US)
    new, old = (next(reports(City(1), gate, due)).payload for gate in (J1, older))
    assert int(old["towards"]) < int(new["towards"])
    assert older.accuracy == "trend"
    assert older.device_class is DeviceClass.PEOPLE_FLOW_GATE
