"""Laws of saying less: what goes out is made from nothing finer than what was granted."""

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from support.consent_values import values_of

from kernel.json import render
from kernel.times import Instant, parse_instant
from oauth.items.coarsening import coarsen
from oauth.model.items import GRANULARITIES, SELF_ITEMS, Item

NOW = parse_instant("2026-11-21T00:00:00Z")
LATEST = parse_instant("2060-01-01T00:00:00Z")

moments = st.integers(NOW, LATEST).map(Instant)


@st.composite
def grants(draw: st.DrawFn) -> tuple[Item, str, str]:
    """An item, what was granted, and something no finer that is asked for."""
    item = draw(st.sampled_from(SELF_ITEMS))
    order = GRANULARITIES[item]
    ceiling = draw(st.sampled_from(order))
    return item, ceiling, draw(st.sampled_from(order[order.index(ceiling) :]))


@st.composite
def twins(draw: st.DrawFn) -> tuple[Item, str, str, Any, Any]:
    """Two values that nobody can tell apart at what was granted."""
    item, ceiling, asked = draw(grants())
    one, other = draw(values_of(item)), draw(values_of(item))
    assume(coarsen(item, one, ceiling, NOW) == coarsen(item, other, ceiling, NOW))
    return item, ceiling, asked, one, other


@given(twins(), moments)
def test_what_cannot_be_told_apart_as_granted_cannot_be_told_apart_at_all(
    drawn: tuple[Item, str, str, Any, Any], now: Instant
) -> None:
    item, ceiling, asked, one, other = drawn
    # What the grant itself says changes with the years; nothing else may.
    assume(coarsen(item, one, ceiling, now) == coarsen(item, other, ceiling, now))
    assert coarsen(item, one, asked, now, ceiling) == coarsen(item, other, asked, now, ceiling)


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


def test_only_the_two_known_granularities_need_their_ceiling() -> None:
    """The others are ladders: each step follows from the one before."""
    assert coarsen(Item.BIRTH_YEAR, 2000, "adult", NOW) == "adult"
    assert coarsen(Item.BIRTH_YEAR, 2000, "adult", NOW, "decade") is None
