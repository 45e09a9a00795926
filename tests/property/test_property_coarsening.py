"""Laws of saying less: what goes out is made from nothing finer than what was granted."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.consent_values import values_of

from kernel.json import render
from kernel.times import Instant, parse_instant
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, SELF_ITEMS, Item

NOW = parse_instant("2026-11-21T00:00:00Z")
LATEST = parse_instant("2060-01-01T00:00:00Z")

moments = st.integers(NOW, LATEST).map(Instant)


STEPS = [
    (item, order[finer], asked)
    for item in SELF_ITEMS
    for order in [GRANULARITIES[item]]
    for finer in range(len(order))
    for asked in order[finer + 1 :]
]


@pytest.mark.parametrize(("item", "ceiling", "asked"), STEPS)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), now=moments)
def test_what_cannot_be_told_apart_as_granted_cannot_be_told_apart_at_all(
    item: Item, ceiling: str, asked: str, data: st.DataObject, now: Instant
) -> None:
    told: dict[bytes, bytes] = {}
    for value in data.draw(st.lists(values_of(item), min_size=8, max_size=16)):
        granted = render(coarsen(item, value, ceiling, now, ceiling))
        said = render(coarsen(item, value, asked, now, ceiling))
        assert told.setdefault(granted, said) == said


@given(st.data())
def test_what_is_granted_is_said_the_same_with_or_without_its_ceiling(data: st.DataObject) -> None:
    item = data.draw(st.sampled_from(SELF_ITEMS))
    granularity = data.draw(st.sampled_from(GRANULARITIES[item]))
    value = data.draw(values_of(item))
    assert coarsen(item, value, granularity, NOW, granularity) == coarsen(
        item, value, granularity, NOW
    )


def leaves(value: Any) -> set[str]:
    """The texts and numbers that a value is made of."""
    match value:
        case dict():
            return {text for part in value.values() for text in leaves(part)}
        case list():
            return {text for part in value for text in leaves(part)}
        case None | bool():
            return set()
        case _:
            return {str(value)}


@given(st.data())
def test_what_is_said_coarsely_contains_nothing_that_only_a_finer_granularity_says(
    data: st.DataObject,
) -> None:
    """A text that stands at a finer granularity, and is not said here, is no part of what is."""
    item = data.draw(st.sampled_from([one for one in SELF_ITEMS if len(GRANULARITIES[one]) > 1]))
    order = GRANULARITIES[item]
    asked = data.draw(st.sampled_from(order[1:]))
    value = data.draw(values_of(item))
    shown = coarsen(item, value, asked, NOW)
    hidden = {
        text
        for finer in order[: order.index(asked)]
        for text in leaves(coarsen(item, value, finer, NOW)) - leaves(shown)
        if len(text) > 1
    }
    body = render(shown).decode()
    assert not [text for text in hidden if f'"{text}"' in body or f":{text}," in body]
