"""Boards that run apart hear of every change, once."""

from collections.abc import AsyncIterator

import msgspec
from support.city import entity, put
from support.memory import MemoryEngine

from broker.model.changes import Change
from broker.model.entity import Entity
from city.binding.polling import News, PolledFeed
from kernel.clock import ManualClock
from kernel.times import Instant, parse_instant

START = parse_instant("2026-02-01T00:00:00Z")


def modified(name: str, seconds: float) -> Entity:
    return msgspec.structs.replace(
        entity(name, n=1), modified_at=Instant(START + round(seconds * 1_000_000))
    )


async def taken(changes: AsyncIterator[Change], count: int) -> list[str]:
    return [(await anext(changes)).entity.id for _ in range(count)]


async def test_every_entity_of_a_commit_larger_than_a_page_is_told() -> None:
    clock = ManualClock(START)
    async with MemoryEngine(clock) as engine:
        changes = PolledFeed(engine.entities, clock, pause_s=0).changes("")
        clock.advance(1)
        names = [f"e{number}" for number in range(2_500)]
        await put(engine.entities, "", *(entity(name, n=1) for name in names))
        assert sorted(await taken(changes, len(names))) == sorted(names)
        clock.advance(1)
        await put(engine.entities, "", entity("e7", n=2))
        assert await taken(changes, 1) == ["e7"]
        await changes.aclose()  # type: ignore[attr-defined]


def test_what_was_seen_is_not_news_until_it_changes() -> None:
    news = News(START)
    first = modified("a", 1)
    assert news.of([first]) == [first]
    assert news.of([first]) == []
    again = modified("a", 1.5)
    assert news.of([again]) == [again]


def test_a_commit_that_becomes_visible_late_is_news() -> None:
    news = News(START)
    early, late = modified("late", 9), modified("b", 10)
    assert news.of([late]) == [late]
    assert news.since < early.modified_at
    assert news.of([early, late]) == [early]


def test_nothing_is_remembered_for_ever() -> None:
    news = News(START)
    for second in range(100):
        news.of([modified(f"e{second}", second)])
    assert len(news._seen) <= 2


def test_news_come_in_order_of_modification() -> None:
    assert [one.id for one in News(START).of([modified("b", 2), modified("a", 1)])] == ["a", "b"]
