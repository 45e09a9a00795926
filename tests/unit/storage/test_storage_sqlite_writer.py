"""Group commit: what shares a transaction, what fails alone, who waits and who is refused."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest

from kernel.errors import ConflictError, TooManyRequestsError, UnavailableError
from storage.sqlite.connection import connect, fetch_value
from storage.sqlite.writer import Done, Work, WriteLimits, Writer

LIMITS = WriteLimits(pending=3, waiting=2, group_writes=10, group_rows=1_000)


class Held:
    """A writer on a small table whose thread can be held up inside a piece of work."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.commits = 0
        self.rollbacks = 0
        self.gate = threading.Event()
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        connection.set_commit_hook(self._commit)
        self.writer = Writer(connection, LIMITS, self._roll_back)

    def _commit(self) -> bool:
        self.commits += 1
        return False

    def _roll_back(self) -> None:
        self.rollbacks += 1

    def hold(self) -> "asyncio.Task[None]":
        """Stop the thread inside a transaction until `gate` is set."""

        def work(_connection: apsw.Connection) -> Done[None]:
            self.gate.wait(10)
            return Done(None)

        return asyncio.get_running_loop().create_task(self.writer.run(work))

    def start(self, work: Work[None]) -> "asyncio.Task[None]":
        return asyncio.get_running_loop().create_task(self.writer.run(work))


def inserting(number: int) -> Work[None]:
    def work(connection: apsw.Connection) -> Done[None]:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return Done(None)

    return work


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    connection = connect(tmp_path / "test.sqlite", cache_kib=1_000)
    held = Held(connection)
    yield held
    held.gate.set()
    await held.writer.stop()
    connection.close()


async def test_writes_that_wait_share_one_commit(held: Held) -> None:
    tasks = [held.hold(), held.start(inserting(1)), held.start(inserting(2))]
    await asyncio.sleep(0)
    held.gate.set()
    await asyncio.gather(*tasks)

    assert held.commits == 1


async def test_a_write_sees_what_others_of_its_transaction_wrote(held: Held) -> None:
    def count(connection: apsw.Connection) -> Done[int]:
        return Done(fetch_value(connection, "SELECT count(*) FROM t"))

    tasks = [held.hold(), held.start(inserting(1))]
    counted = asyncio.get_running_loop().create_task(held.writer.run(count))
    await asyncio.sleep(0)
    held.gate.set()
    await asyncio.gather(*tasks)

    assert await counted == 1
    assert held.commits == 1


async def test_a_failure_before_anything_is_written_costs_no_transaction(held: Held) -> None:
    def refuse(_connection: apsw.Connection) -> Done[None]:
        raise ConflictError("no")

    tasks = [held.start(inserting(1)), held.start(refuse), held.start(inserting(2))]
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(answer).__name__ for answer in answers] == [
        "NoneType",
        "ConflictError",
        "NoneType",
    ]
    assert held.rollbacks == 0


@pytest.mark.parametrize("error", [ConflictError("no"), apsw.ConstraintError("secret text")])
async def test_a_failure_after_something_was_written_fails_alone(
    held: Held, error: Exception
) -> None:
    def fail(connection: apsw.Connection) -> Done[None]:
        connection.execute("INSERT INTO t VALUES (99)")
        raise error

    tasks = [held.hold(), held.start(inserting(1)), held.start(fail)]
    await asyncio.sleep(0)
    held.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert answers[:2] == [None, None]
    assert isinstance(answers[2], ConflictError | UnavailableError)
    assert "secret" not in str(answers[2])
    assert fetch_value(held.connection, "SELECT group_concat(n) FROM t") == "1"
    assert held.rollbacks >= 1


async def test_announcements_come_in_order_of_commit_before_answers(held: Held) -> None:
    told: list[str] = []

    async def write(name: str) -> None:
        work: Work[None] = lambda _connection: Done(None, lambda: told.append(f"{name} told"))  # noqa: E731
        await held.writer.run(work)
        told.append(f"{name} answered")

    await asyncio.gather(write("a"), write("b"))

    assert told.index("a told") < told.index("b told")
    assert told.index("a told") < told.index("a answered")
    assert told.index("b told") < told.index("b answered")


async def test_a_caller_who_went_away_does_not_undo_the_write(held: Held) -> None:
    tasks = [held.hold(), held.start(inserting(1))]
    await asyncio.sleep(0)
    tasks[1].cancel()
    held.gate.set()
    await tasks[0]
    await held.writer.run(inserting(2))

    assert fetch_value(held.connection, "SELECT group_concat(n) FROM t") == "1,2"


async def test_callers_wait_when_much_is_pending_and_are_refused_when_many_wait(
    held: Held,
) -> None:
    tasks = [held.hold(), *(held.start(inserting(number)) for number in range(1, 5))]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequestsError):
        await held.writer.run(inserting(99))

    held.gate.set()
    await asyncio.gather(*tasks)
    assert fetch_value(held.connection, "SELECT group_concat(n) FROM t") == "1,2,3,4"
    await held.writer.run(inserting(5))


async def test_waiting_callers_who_give_up_leave_their_place_to_others(held: Held) -> None:
    tasks = [held.hold(), *(held.start(inserting(number)) for number in range(1, 5))]
    await asyncio.sleep(0)
    for waiting in tasks[3:]:
        waiting.cancel()
    held.gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    await asyncio.gather(*(held.writer.run(inserting(number)) for number in range(5, 10)))
    assert fetch_value(held.connection, "SELECT count(*) FROM t WHERE n >= 5") == 5


async def test_internal_work_neither_waits_nor_is_refused(held: Held) -> None:
    tasks = [held.hold(), *(held.start(inserting(number)) for number in range(1, 5))]
    await asyncio.sleep(0)
    internal = asyncio.get_running_loop().create_task(held.writer.run(inserting(50), internal=True))
    await asyncio.sleep(0)
    held.gate.set()
    await asyncio.gather(*tasks, internal)

    assert fetch_value(held.connection, "SELECT count(*) FROM t") == 5


async def test_stopping_commits_what_was_handed_over_and_refuses_the_rest(tmp_path: Path) -> None:
    connection = connect(tmp_path / "test.sqlite", cache_kib=1_000)
    held = Held(connection)
    tasks = [held.hold(), *(held.start(inserting(number)) for number in range(1, 5))]
    await asyncio.sleep(0)
    stopping = asyncio.get_running_loop().create_task(held.writer.stop())
    await asyncio.sleep(0)
    held.gate.set()
    await stopping
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(answer) for answer in answers[3:]] == [UnavailableError, UnavailableError]
    assert fetch_value(connection, "SELECT group_concat(n) FROM t") == "1,2"
    with pytest.raises(UnavailableError):
        await held.writer.run(inserting(9))
    connection.close()


class Inserting:
    """Inserts all numbers that callers hand in at once; remembers how many that were."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def together(
        self, connection: apsw.Connection, numbers: Sequence[int]
    ) -> list[Done[int] | Exception]:
        self.sizes.append(len(numbers))
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in numbers])
        return [Done(number) for number in numbers]


async def test_requests_of_one_kind_are_done_together(held: Held) -> None:
    inserting = Inserting()
    holding = held.hold()
    waiting = asyncio.gather(
        *(held.writer.join(inserting.together, number, size=1) for number in (1, 2))
    )
    await asyncio.sleep(0)
    held.gate.set()
    await holding

    assert await waiting == [1, 2]
    assert inserting.sizes == [2]
    assert held.commits == 1


async def test_what_is_large_is_done_by_itself(held: Held) -> None:
    inserting = Inserting()
    holding = held.hold()
    waiting = asyncio.gather(
        *(held.writer.join(inserting.together, number, size=10) for number in (1, 2))
    )
    await asyncio.sleep(0)
    held.gate.set()
    await holding

    assert await waiting == [1, 2]
    assert inserting.sizes == [1, 1]


async def test_what_fails_together_is_done_alone(held: Held) -> None:
    inserting = Inserting()
    holding = held.hold()
    waiting = asyncio.gather(
        *(held.writer.join(inserting.together, 7, size=1) for _ in range(2)),
        return_exceptions=True,
    )
    await asyncio.sleep(0)
    held.gate.set()
    await holding

    first, second = await waiting
    assert first == 7
    assert isinstance(second, UnavailableError)
    assert inserting.sizes == [2, 1, 1]
