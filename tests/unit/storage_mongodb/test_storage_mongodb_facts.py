"""Facts sort as the values that they are about."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.model.attribute import Attribute
from storage.mongodb.facts import (
    LONGEST_TEXT,
    MOST_DEEP,
    MOST_ELEMENTS,
    Mark,
    facts_of,
    prefix_of,
    sortable_number,
    value_fact,
)

doubles = st.floats(allow_nan=False, allow_infinity=False)
near_doubles = st.builds(
    lambda base, step: base + step,
    st.sampled_from([0, 2**53, -(2**53), 2**63, 2**64, -(2**64), 10**300, 2**1024, -(2**1024)]),
    st.integers(-2, 2),
)
numbers = doubles | st.integers() | near_doubles


@given(numbers, numbers)
def test_numbers_sort_exactly_whatever_they_are(one: float, other: float) -> None:
    assert (sortable_number(one) < sortable_number(other)) == (one < other)
    assert (sortable_number(one) == sortable_number(other)) == (one == other)


def test_minus_zero_is_zero() -> None:
    assert sortable_number(-0.0) == sortable_number(0) == sortable_number(0.0)


def test_a_number_beyond_every_double_sorts_behind_the_greatest() -> None:
    greatest = int(math.nextafter(math.inf, 0))
    assert sortable_number(greatest) < sortable_number(greatest + 1) < sortable_number(10**400)


@given(
    st.text(alphabet="ab\U0010fffe", max_size=2 * LONGEST_TEXT),
    st.text(alphabet="ab\U0010fffe", max_size=LONGEST_TEXT),
)
def test_a_cut_text_still_sorts_right_beside_every_whole_one(text: str, whole: str) -> None:
    assert (value_fact(text) < value_fact(whole)) == (text < whole)
    assert (value_fact(text) == value_fact(whole)) == (text == whole)


def test_no_name_begins_like_another() -> None:
    names = ["a", "a\x1f", "a\x1d", "a\x1e", "a\x1e1", "", "\x1f", "a\x1dk", "a\x1dkb"]
    prefixes = [prefix_of(name) for name in names] + [prefix_of("a", (), ("b",))]
    prefixes += [prefix_of("a", ("b",)), prefix_of("a", ("b",), ("b",))]
    for one in prefixes:
        assert [other for other in prefixes if other.startswith(one)] == [one]


def test_keys_are_followed_through_the_objects_of_an_array() -> None:
    facts = facts_of({"a": (Attribute([{"b": 1}, {"b": [2]}, [{"b": 3}]]),)})
    below = prefix_of("a", (), ("b",))
    assert below + value_fact(1) in facts
    assert below + "[" + value_fact(2) in facts
    assert not any(fact.endswith(value_fact(3)) for fact in facts)


@pytest.mark.parametrize(
    ("count", "listed"), [(MOST_ELEMENTS, True), (MOST_ELEMENTS + 1, False)], ids=["few", "many"]
)
def test_a_long_array_is_marked_instead_of_listed(count: int, *, listed: bool) -> None:
    facts = facts_of({"a": (Attribute(list(range(count))),)})
    assert (prefix_of("a") + Mark.LONG in facts) is not listed
    assert (prefix_of("a") + "[" + value_fact(0) in facts) is listed


@pytest.mark.parametrize(
    ("count", "listed"), [(MOST_DEEP // 2, True), (MOST_DEEP, False)], ids=["few", "many"]
)
def test_a_wide_value_is_marked_instead_of_listed(count: int, *, listed: bool) -> None:
    facts = facts_of({"a": (Attribute({str(key): key for key in range(count)}),)})
    assert (prefix_of("a") + Mark.DEEP in facts) is not listed
    assert (prefix_of("a", (), ("0",)) + value_fact(0) in facts) is listed
