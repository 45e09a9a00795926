"""Writes that are done together: as if each came alone, one after the other."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest

from broker.core.decision import Decision, Target
from broker.core.transaction import Transaction
from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.model.changes import Change
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.temporal.rows import rows_of
from kernel.clock import ManualClock
from kernel.errors import ForbiddenError
from kernel.times import Instant
from storage.instants import CommitInstants
from storage.sqlite.connection import connect, fetch
from storage.sqlite.loading import load
from storage.sqlite.names import Names
from storage.sqlite.schema import migrate
from storage.sqlite.writer import Done
from storage.sqlite.writing import EntityWriting, Wanted

NOW = Instant(1_000_000)


class Told:
    """Remembers what was announced."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[int], int]] = []

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:
        self.heard.append((tenant, [one.number for one in notices], len(changes)))


class Bench:
    """A database, and its writing without a thread."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.told = Told()
        self.names = Names()
        self.writing = EntityWriting(self.names, CommitInstants(ManualClock(NOW)), self.told)

    def together(self, *writes: Wanted) -> list[Any]:
        """What each hears: its result, or what it raised; announced in order."""
        self.connection.execute("BEGIN")
        outcomes = self.writing.together(self.connection, writes)
        self.connection.execute("COMMIT")
        for one in outcomes:
            if isinstance(one, Done) and one.announce is not None:
                one.announce()
        return [one.result if isinstance(one, Done) else one for one in outcomes]

    def stored(self, entity_id: str, tenant: str = "t") -> list[Entity]:
        number = self.names.tenant(self.connection, tenant)
        assert number is not None
        return [one.entity for one in load(self.connection, number, [Target(entity_id)], NOW)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    connection = connect(tmp_path / "city.sqlite", cache_kib=1_000)
    migrate(connection, "city")
    yield Bench(connection)
    connection.close()


def wanted(action: Action, value: object = None, tenant: str = "t", **said: Any) -> Wanted:
    """A write of the attribute `a` of the entity E1."""
    attributes = {} if value is None else {"a": (Attribute(value),)}
    write = Write(action, "E1", "T", attributes=attributes, **said)
    return Wanted(tenant, [write.target], partial(_decide, write))


def _decide(write: Write, current: Sequence[Entity], now: Instant) -> Decision[str]:
    transaction = Transaction(current, frozenset())
    transaction.run([write], now)
    return Decision(
        type(transaction.outcomes[0]).__name__,
        tuple(transaction.puts.values()),
        tuple(transaction.deletes),
        [row for change in transaction.changes for row in rows_of(change)],
        [Notice("s", "lane", one.entity, one.alteration, now) for one in transaction.changes],
        transaction.changes,
    )


def _refuse(_current: Sequence[Entity], _now: Instant) -> Decision[str]:
    raise ForbiddenError("not you")


def test_each_sees_what_those_before_it_did(bench: Bench) -> None:
    results = bench.together(
        wanted(Action.UPDATE, 0), wanted(Action.CREATE, 1), wanted(Action.UPDATE, 2)
    )
    assert results == ["Refused", "Applied", "Applied"]
    assert [one.attributes["a"][0].value for one in bench.stored("E1")] == [2]


def test_every_value_in_between_is_in_the_history_at_an_instant_of_its_own(bench: Bench) -> None:
    bench.together(*(wanted(Action.APPEND, number) for number in (5, 6, 7)))
    rows = fetch(bench.connection, "SELECT number, time FROM history ORDER BY time")
    assert rows == [(5, NOW), (6, NOW + 1), (7, NOW + 2)]


def test_one_that_is_refused_leaves_nothing_and_stops_nobody(bench: Bench) -> None:
    refused = Wanted("t", [Target("E1")], _refuse)
    first, error, last = bench.together(wanted(Action.APPEND, 1), refused, wanted(Action.APPEND, 2))
    assert (first, last) == ("Applied", "Applied")
    assert isinstance(error, ForbiddenError)
    assert [one.attributes["a"][0].value for one in bench.stored("E1")] == [2]


def test_what_one_removes_another_makes_anew(bench: Bench) -> None:
    bench.together(wanted(Action.CREATE, 1))
    results = bench.together(wanted(Action.DELETE), wanted(Action.CREATE, 2))
    assert results == ["Applied", "Applied"]
    assert [one.created_at for one in bench.stored("E1")] == [NOW + 2]


def test_what_comes_and_goes_within_a_commit_leaves_its_history(bench: Bench) -> None:
    bench.together(wanted(Action.CREATE, 1), wanted(Action.DELETE))
    assert bench.stored("E1") == []
    assert fetch(bench.connection, "SELECT number FROM history ORDER BY time") == [(1,), (None,)]


def test_what_expires_in_between_is_gone_for_those_behind(bench: Bench) -> None:
    results = bench.together(
        wanted(Action.CREATE, 1, expires_at=Instant(NOW + 2)),
        wanted(Action.UPDATE, 2),
        wanted(Action.UPDATE, 3),
    )
    assert results == ["Applied", "Applied", "Refused"]


def test_tenants_share_a_commit_and_nothing_else(bench: Bench) -> None:
    results = bench.together(
        wanted(Action.CREATE, 1),
        wanted(Action.CREATE, 2, tenant="u"),
        wanted(Action.CREATE, 3),
    )
    assert results == ["Applied", "Applied", "Refused"]
    assert [one.attributes["a"][0].value for one in bench.stored("E1", "u")] == [2]


def test_each_announces_its_own_notices(bench: Bench) -> None:
    bench.together(wanted(Action.UPDATE, 0), wanted(Action.CREATE, 1), wanted(Action.UPDATE, 2))
    assert bench.told.heard == [("t", [1], 1), ("t", [2], 1)]
