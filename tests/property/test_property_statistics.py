"""Whatever companies tell, the city learns numbers of many people, and nothing of one."""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.ingest_stand_ins import NOON, SHELF, MemorySink

from city.binding.statistics import StatisticsFeed, open_member_feed
from ingest.seal import to_bytes
from kernel.clock import ManualClock
from kernel.json import JsonValue
from oauth.items.codelists import code_list
from oauth.items.values import read
from oauth.model.items import Item
from oauth.records.cells import GIVEN_ITEMS
from oauth.records.tally import Disclosure, cells_of_person

ROUNDING = 5


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([entry.code for entry in code_list(name).entries])


@cache
def areas() -> st.SearchStrategy[dict[str, str]]:
    wards = [
        {"prefecture": "01", "municipality": one.parent, "ward": one.code}
        for one in code_list("wards").entries
    ]
    municipalities = [
        {"prefecture": one.parent, "municipality": one.code}
        for one in code_list("municipalities").entries
    ]
    prefectures = [{"prefecture": one.code} for one in code_list("prefectures").entries]
    return st.sampled_from([*wards, *municipalities, *prefectures])


def income(code: str) -> dict[str, Any]:
    return {"scheme": code_list("income").scheme, "code": code}


VALUES: dict[Item, st.SearchStrategy[Any]] = {
    Item.LANGUAGE: st.lists(codes("languages"), min_size=1, max_size=4),
    Item.RESIDENCE_AREA: areas(),
    Item.GENDER: codes("gender"),
    Item.INCOME_BRACKET: codes("income").map(income),
    Item.INTERESTS: st.lists(codes("interests"), min_size=1, max_size=5),
    Item.BIRTH_YEAR: st.integers(1890, 2026),
    Item.HOUSEHOLD: st.integers(1, 12).map(lambda size: {"size": size, "children": size // 2}),
    Item.OCCUPATION: codes("occupation"),
}


def person() -> st.SearchStrategy[Mapping[Item, JsonValue]]:
    raw = st.fixed_dictionaries({}, optional=VALUES)
    return raw.map(lambda told: {item: read(item, value) for item, value in told.items()})


def crowd() -> st.SearchStrategy[list[Mapping[Item, JsonValue]]]:
    """A few kinds of people, each several times: enough for thresholds to be passed."""
    kinds = st.lists(st.tuples(person(), st.integers(1, 30)), max_size=6)
    return kinds.map(lambda found: [one for one, times in found for _ in range(times)])


def counted(people: list[Mapping[Item, JsonValue]]) -> Counter[str]:
    return Counter(cell for one in people for cell in cells_of_person(one, NOON))


def feed(sink: MemorySink) -> StatisticsFeed:
    return open_member_feed(SHELF, sink, clock=ManualClock(NOON), notice_url="https://id.example")


def disclosure(min_people: int = 10) -> Disclosure:
    return Disclosure(frozenset(feed(MemorySink()).cells), min_people, ROUNDING)


def test_every_item_that_companies_give_is_drawn_here() -> None:
    assert VALUES.keys() == set(GIVEN_ITEMS)


@given(person())
def test_every_value_falls_into_declared_cells_and_no_answer_into_none(
    values: Mapping[Item, JsonValue],
) -> None:
    undeclared = cells_of_person(values, NOON) - disclosure().grid
    assert undeclared <= {"gender:no-answer"}


@settings(max_examples=50, deadline=None)
@given(crowd(), st.integers(3, 40))
async def test_no_number_below_the_threshold_and_no_exact_one_reaches_the_sink(
    people: list[Mapping[Item, JsonValue]], wanted: int
) -> None:
    sink, counts = MemorySink(), counted(people)
    way_in = feed(sink)
    least = max(wanted, way_in.min_people)
    await way_in.put(disclosure(least).publish(counts), below=least)
    shown = [
        attribute.value
        for one in sink.observations
        for attribute in one.attributes
        if attribute.name == "citizenCount"
    ]
    numbers = [getattr(one, "value", None) for one in shown]
    assert all(one is None or (one >= least and one % ROUNDING == 0) for one in numbers)
    many = sum(count >= least for cell, count in counts.items() if cell in way_in.cells)
    assert sum(one is not None for one in numbers) == many


@settings(max_examples=50, deadline=None)
@given(crowd())
async def test_nothing_that_names_a_person_or_says_how_values_go_together_reaches_the_sink(
    people: list[Mapping[Item, JsonValue]],
) -> None:
    """Each sealed observation is one cell: a statistic, one category, and a number or none."""
    sink = MemorySink()
    await feed(sink).put(disclosure().publish(counted(people)), below=10)
    for sealed in sink.batches[0]:
        said = json.loads(to_bytes(sealed))["observation"]
        assert {one["name"] for one in said["attributes"]} == {
            *("dateObserved", "dateObservedFrom", "dateObservedTo"),
            *("statistic", "category", "citizenCount", "citizenCountBelow", "simulated"),
        }
        assert len(said["entity_id"].split(":")) == 6
        assert {one["observed_at"] for one in said["attributes"] if "observed_at" in one} == {
            said["observed_at"]
        }


@given(crowd(), person(), person())
def test_one_person_who_moves_changes_a_number_by_one_step_at_most(
    people: list[Mapping[Item, JsonValue]],
    before: Mapping[Item, JsonValue],
    after: Mapping[Item, JsonValue],
) -> None:
    rule = disclosure()
    was = rule.publish(counted([*people, before]))
    then = rule.publish(counted([*people, after]))
    for cell in was.keys() | then.keys():
        lowest = rule.min_people
        assert abs(was.get(cell, lowest) - then.get(cell, lowest)) <= ROUNDING


@given(st.integers(10, 5_000), st.integers(3, 200))
def test_a_number_is_a_multiple_no_lower_than_the_threshold_and_near_the_count(
    count: int, least: int
) -> None:
    published = Disclosure(frozenset({"gender:male"}), least, ROUNDING).publish(
        {"gender:male": count}
    )
    if count < least:
        assert published == {}
        return
    assert published["gender:male"] % ROUNDING == 0
    assert published["gender:male"] >= least
    assert abs(published["gender:male"] - count) < ROUNDING
