"""Every engine selects exactly what the predicate selects, in the order of `broker.ql.ordering`."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.engines import ENGINES, PLACES, Bench
from support.strategies import entities, orders, trees

from broker.core.decision import Decision
from broker.model.entity import Entity
from broker.ports import EntityQuery
from broker.ql.ast import Node, OrderBy
from broker.ql.ordering import creation_order, order_key
from broker.ql.predicate import compile_predicate
from storage.engine import Engine

TENANT = "t"
populations = st.lists(entities(), max_size=8, unique_by=lambda entity: entity.key)


class Subject:
    """An open engine that takes one population after the other."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._loop = loop
        self._stored: Sequence[Entity] = ()

    def hold(self, population: Sequence[Entity]) -> None:
        """Make these the only entities."""
        kept = {entity.key for entity in population}
        gone = [entity.key for entity in self._stored if entity.key not in kept]
        decision = Decision(None, puts=population, deletes=gone)
        self._loop.run_until_complete(self._engine.entities.write(TENANT, [], lambda *_: decision))
        self._stored = population

    def select(self, query: EntityQuery) -> tuple[list[Entity], int | None]:
        """What the engine finds, and how many it counts."""
        page = self._loop.run_until_complete(self._engine.entities.query(TENANT, query))
        return list(page.entities), page.total


@pytest.fixture(params=ENGINES, scope="module")
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """One engine for all examples: opening one for each would take most of the time."""
    bench = Bench(PLACES[request.param](request))
    loop = asyncio.new_event_loop()
    opened = bench.open()
    engine = loop.run_until_complete(opened.__aenter__())
    yield Subject(engine, loop)
    loop.run_until_complete(opened.__aexit__(None, None, None))
    loop.close()


thorough = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@thorough
@given(population=populations, asked=st.lists(trees, min_size=1, max_size=6))
def test_engines_select_what_the_predicate_selects(
    subject: Subject, population: list[Entity], asked: list[Node]
) -> None:
    subject.hold(population)
    for tree in asked:
        wanted = sorted(filter(compile_predicate(tree), population), key=creation_order)
        found, total = subject.select(EntityQuery(tree, limit=100, count=True))
        assert found == wanted
        assert total == len(wanted)


@thorough
@given(population=populations, order=st.lists(orders, min_size=1, max_size=2))
def test_engines_order_as_the_order_key_says(
    subject: Subject, population: list[Entity], order: list[OrderBy]
) -> None:
    subject.hold(population)
    wanted = sorted(population, key=order_key(order))
    found, _ = subject.select(EntityQuery(order=tuple(order), limit=100))
    assert found == wanted
