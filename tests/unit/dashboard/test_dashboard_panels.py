"""Panels: chart, table and CSV say the same as the city, in both languages and for each reader."""

import csv
import io
import re
from datetime import date

import msgspec
import pytest
from support.boards import looking
from support.city_reader import StandInCity, passages

from dashboard.charts.butterfly import butterfly
from dashboard.figures.quarters import Quarter, quarter_of, quarters_of, start_of
from dashboard.panels.boards import BOARDS
from dashboard.panels.history import day_panel, week_panel
from dashboard.panels.walkway import gates_panel
from dashboard.tables import Column, Kind, Table, to_csv
from dashboard.templating import render
from dashboard.words import Language, Words, iso
from kernel.times import parse_instant

INLINE_STYLE = re.compile(r"<[^>]+\sstyle=|<style|\son\w+=|<script")  # noqa: TID251 — ours


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("simulated", [True, False])
async def test_every_panel_draws_in_every_language_without_inline_style_or_script(
    language: Language, simulated: bool
) -> None:
    sight = await looking(StandInCity(weeks=5, simulated=simulated), language=language)
    for board in BOARDS.values():
        for place in board.places:
            panel = place.draw(sight)
            assert panel.key == place.key
            part = render("part.html", panel=panel, words=sight.words)
            assert not INLINE_STYLE.search(part)


async def test_an_empty_city_draws_every_panel_too() -> None:
    city = StandInCity(weeks=1)
    sight = await looking(city)
    for kind in ("CrowdFlowObserved", "SignageInteractionObserved", "WalkwayZone", "Device"):
        sight.memory.replace(kind, [])
    for board in BOARDS.values():
        for place in board.places:
            assert place.draw(sight).body


async def test_real_people_flow_is_withheld_without_the_scope_and_shown_with_it() -> None:
    city = StandInCity(weeks=1, simulated=False)
    public, staff = await looking(city), await looking(city, is_staff=True)
    for place in BOARDS["flow"].places:
        withheld = place.draw(public)
        assert withheld.table is None
        assert withheld.trust is None
        assert not re.search(r"\d", withheld.body)
        assert place.draw(staff).table is not None


async def test_a_gate_on_trial_is_shown_but_changes_no_total() -> None:
    city = StandInCity(weeks=1)
    sight, with_trial = await looking(city), await looking(city)
    trial = city.gate("J1", name="trial", peopleCountTowards=999)
    with_trial.memory.put(msgspec.structs.replace(trial, id=trial.id.replace("J1", "TRY1")))
    assert "TRY1" in gates_panel(with_trial).body
    assert day_panel(with_trial).table == day_panel(sight).table


async def test_the_day_table_holds_the_totals_of_the_city() -> None:
    city = StandInCity(weeks=5)
    day = date(2026, 2, 5)
    panel = day_panel(await looking(city, day=day))
    assert panel.table is not None
    for row, number in zip(panel.table.rows, quarters_of(day), strict=True):
        quarter = Quarter(number)
        counts = [passages(g, h, quarter) for g in ("J1", "J2") for h in ("north", "south")]
        if counts[0] is None:
            assert row[1] == "closed"
        else:
            assert list(row[1:5]) == counts
            assert row[5] == sum(one for one in counts if one is not None)


async def test_the_csv_of_a_day_is_for_spreadsheets_and_says_what_the_table_says() -> None:
    city = StandInCity(weeks=5)
    day = date(2026, 2, 5)
    sight = await looking(city, day=day)
    table = day_panel(sight).table
    assert table is not None
    text = to_csv(table, sight.words)
    assert text.startswith("\ufeff")
    assert text.count("\r\n") == 97
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    at_noon = Quarter(quarters_of(day)[48])
    assert rows[48]["from"] == "2026-02-05T12:00:00+09:00" == iso(start_of(at_noon))
    assert rows[48]["J1 to station"] == str(passages("J1", "north", at_noon))
    assert rows[12]["J1 to station"] == ""
    assert rows[12]["state"] == "closed"


def test_a_machine_gets_neither_byte_order_mark_nor_quoted_formulas() -> None:
    table = Table((Column("device", Kind.WORD),), (("=1+1",), ("\tx",), (-3.0,)))
    words = Words(Language.EN)
    assert to_csv(table, words, for_spreadsheets=False).split("\r\n")[1:3] == ["=1+1", "\tx"]
    assert to_csv(table, words).split("\r\n")[1:4] == ["'=1+1", "'\tx", "-3.0"]


async def test_the_present_quarter_hour_is_not_drawn_as_a_fall_but_stands_in_the_table() -> None:
    city = StandInCity(weeks=5)
    panel = day_panel(await looking(city))
    assert panel.table is not None
    now = panel.table.rows[72]
    assert now[1] == city.people("J1", "north", quarter_of(city.now))
    assert now[7] == "notYetDue"


async def test_the_week_links_each_day_and_adds_its_hours() -> None:
    city = StandInCity(weeks=5)
    panel = week_panel(await looking(city))
    assert panel.body.count('href="/flow?date=2026-02-0') == 7
    assert panel.table is not None
    noon = next(
        row for row in panel.table.rows if row[0] == parse_instant("2026-02-05T12:00+09:00")
    )
    expected = sum(
        passages(gate, heading, Quarter(quarters_of(date(2026, 2, 5))[48 + one])) or 0
        for gate in ("J1", "J2")
        for heading in ("north", "south")
        for one in range(4)
    )
    assert noon[1] == expected


def test_chart_texts_are_escaped() -> None:
    drawn = butterfly(
        [1.0], [2.0], ident="x", title="<b>&", text='"><script>', words=Words(Language.EN)
    )
    assert "<b>" not in drawn
    assert "<script" not in drawn
