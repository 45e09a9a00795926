import asyncio
from collections.abc import Sequence

from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.service.announcements import Announcements
from kernel.times import Instant


def change(number: int) -> Change:
    return Change(Alteration.UPDATE, None, Entity(f"E{number}", ("T",)), Instant(number))


class Heard:
    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:  # noqa: ARG002 — of the port
        self.notices.extend(notices)


NOTICE = Notice("s", "http://r", Entity("E", ("T",)), Alteration.CREATE, Instant(1))


async def test_a_reader_hears_of_its_tenant_from_the_call_on() -> None:
    announcements = Announcements()
    announcements.announce("city", (), [change(0)])
    reader = announcements.changes("city")

    announcements.announce("city", (), [change(1), change(2)])
    announcements.announce("other", (), [change(3)])
    await reader.aclose()

    assert [one.at async for one in reader] == [1, 2]


async def test_a_slow_reader_loses_the_oldest_and_can_tell() -> None:
    announcements = Announcements(capacity=2)
    reader = announcements.changes("")

    announcements.announce("", (), [change(n) for n in range(5)])
    await reader.aclose()

    assert reader.lost == 3
    assert [one.at async for one in reader] == [3, 4]


async def test_commits_may_be_announced_from_another_thread() -> None:
    announcements = Announcements()
    reader = announcements.changes("")

    await asyncio.to_thread(announcements.announce, "", (), [change(1)])

    async with asyncio.timeout(5):
        assert (await anext(reader)).at == 1


async def test_a_reader_that_nobody_holds_is_forgotten() -> None:
    announcements = Announcements()
    reader = announcements.changes("")
    assert len(announcements._readers[""]) == 1

    del reader

    assert len(announcements._readers[""]) == 0


async def test_listeners_hear_of_notices_until_they_leave() -> None:
    announcements, heard = Announcements(), Heard()
    announcements.join(heard)

    announcements.announce("", [NOTICE], ())
    announcements.leave(heard)
    announcements.announce("", [NOTICE], ())

    assert heard.notices == [NOTICE]
