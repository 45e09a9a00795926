"""The contract of `oauth.ports.Shelves`, on every engine and on the stand-in in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import pytest
from support.engines import ENGINES, PLACES
from support.samples import sample
from support.shelves import MemoryShelves

from kernel.times import Instant
from oauth.model.grants import AccessToken, SecurityEvent
from oauth.model.kinds import (
    ACCESS_TOKENS,
    KEY_KINDS,
    SECURITY_EVENTS,
    SESSIONS,
    THROTTLES,
    VAULT_KINDS,
    WRAPPED_KEYS,
    Kind,
)
from oauth.model.people import Session, Throttle, WrappedKey
from oauth.ports import Kept, Seen, Shelf, Shelves

CONTENDERS = 50


class Place(Protocol):
    """Where documents are kept: opening it again, or twice at once, finds the same."""

    def open_vault(self) -> AbstractAsyncContextManager[Shelves]: ...

    def open_keys(self) -> AbstractAsyncContextManager[Shelves]: ...


@dataclass
class MemoryPlace:
    """A process."""

    vault: MemoryShelves = field(default_factory=MemoryShelves)
    keys: MemoryShelves = field(default_factory=MemoryShelves)

    @asynccontextmanager
    async def open_vault(self) -> AsyncIterator[Shelves]:
        yield self.vault

    @asynccontextmanager
    async def open_keys(self) -> AsyncIterator[Shelves]:
        yield self.keys


@pytest.fixture(params=[*ENGINES, "memory"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        return MemoryPlace()
    return PLACES[request.param](request)


@pytest.fixture
async def vault(place: Place) -> AsyncIterator[Shelves]:
    async with place.open_vault() as opened:
        yield opened


@pytest.fixture
async def nodes(place: Place) -> AsyncIterator[tuple[Shelves, Shelves]]:
    """Two processes' view of one vault."""
    async with place.open_vault() as one, place.open_vault() as other:
        yield one, other


@pytest.fixture
def sessions(vault: Shelves) -> Shelf[Session]:
    return vault.shelf(SESSIONS)


@pytest.fixture
def throttles(vault: Shelves) -> Shelf[Throttle]:
    return vault.shelf(THROTTLES)


def session(digest: str, account: str = "account", seen_at: int = 1) -> Session:
    return Session(digest, account, 0, Instant(1), Instant(1), Instant(seen_at))


def throttle(failures: int, digest: str = "t") -> Throttle:
    return Throttle(digest, failures, Instant(failures))


def access_token(digest: str, expires_at: int) -> AccessToken:
    blank: AccessToken = sample(AccessToken)
    return msgspec.structs.replace(blank, digest=digest, expires_at=Instant(expires_at))


async def kept(shelf: Shelf[Any], key: str) -> Kept[Any]:
    found = await shelf.get(key)
    assert found is not None
    return found


async def seen_of(vault: Shelves, kind: Kind[Any], key: str) -> Seen:
    found = await vault.shelf(kind).get(key)
    return Seen(kind, key, 0 if found is None else found.revision)


# One document ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", VAULT_KINDS, ids=lambda kind: kind.name)
async def test_a_value_of_every_kind_comes_back_unchanged(vault: Shelves, kind: Kind[Any]) -> None:
    shelf, value = vault.shelf(kind), sample(kind.type)
    assert await shelf.add(value)

    assert (await kept(shelf, kind.key(value))).value == value
    assert [one.value for one in await shelf.all()] == [value]
    for mark, texts in kind.marks.items():
        for text in texts(value):
            assert [one.value for one in await shelf.find(mark, text)] == [value]


@pytest.mark.parametrize("kind", KEY_KINDS, ids=lambda kind: kind.name)
async def test_a_value_of_every_kind_of_key_comes_back_unchanged(
    place: Place, kind: Kind[Any]
) -> None:
    value = sample(kind.type)
    async with place.open_keys() as keys:
        assert await keys.shelf(kind).add(value)
    async with place.open_keys() as keys:
        assert (await kept(keys.shelf(kind), kind.key(value))).value == value


async def test_what_was_never_added_is_not_there(throttles: Shelf[Throttle]) -> None:
    for key in ("t", "", "\x00", "\ud800", "$ne", "{}"):
        assert await throttles.get(key) is None
        assert not await throttles.remove(key)


async def test_a_key_is_taken_once(throttles: Shelf[Throttle]) -> None:
    assert await throttles.add(throttle(1))
    assert not await throttles.add(throttle(2))

    assert (await kept(throttles, "t")).value == throttle(1)


async def test_kinds_do_not_share_keys(vault: Shelves) -> None:
    assert await vault.shelf(THROTTLES).add(throttle(1, "same"))
    assert await vault.shelf(SESSIONS).add(session("same"))
    assert await vault.shelf(THROTTLES).remove("same")

    assert await vault.shelf(SESSIONS).get("same") is not None


async def test_keys_differ_in_case_and_form(throttles: Shelf[Throttle]) -> None:
    keys = ["a", "A", "a ", "é", "e\u0301"]
    for key in keys:
        assert await throttles.add(throttle(1, key))
    assert len(await throttles.all()) == len(keys)


async def test_a_swap_puts_the_new_value_in_the_place_of_the_old(
    throttles: Shelf[Throttle],
) -> None:
    await throttles.add(throttle(1))
    before = await kept(throttles, "t")
    assert await throttles.swap(before, throttle(2))

    after = await kept(throttles, "t")
    assert after.value == throttle(2)
    assert after.revision != before.revision
    assert after.revision > 0


async def test_what_was_read_before_a_swap_cannot_be_swapped(throttles: Shelf[Throttle]) -> None:
    await throttles.add(throttle(1))
    before = await kept(throttles, "t")
    await throttles.swap(before, throttle(2))
    assert not await throttles.swap(before, throttle(3))

    assert (await kept(throttles, "t")).value == throttle(2)


async def test_a_swap_back_to_the_old_value_is_a_change(throttles: Shelf[Throttle]) -> None:
    await throttles.add(throttle(1))
    before = await kept(throttles, "t")
    await throttles.swap(before, throttle(2))
    await throttles.swap(await kept(throttles, "t"), throttle(1))

    assert not await throttles.swap(before, throttle(3))


async def test_a_swap_to_an_equal_value_is_a_change(throttles: Shelf[Throttle]) -> None:
    await throttles.add(throttle(1))
    before = await kept(throttles, "t")
    assert await throttles.swap(before, throttle(1))

    assert not await throttles.swap(before, throttle(1))


async def test_a_swap_that_changes_the_key_is_a_mistake(throttles: Shelf[Throttle]) -> None:
    await throttles.add(throttle(1))
    with pytest.raises(ValueError, match="key"):
        await throttles.swap(await kept(throttles, "t"), throttle(1, "other"))


async def test_a_removed_value_is_gone_and_cannot_be_swapped(throttles: Shelf[Throttle]) -> None:
    await throttles.add(throttle(1))
    before = await kept(throttles, "t")
    assert await throttles.remove("t")

    assert not await throttles.remove("t")
    assert await throttles.get("t") is None
    assert not await throttles.swap(before, throttle(2))
    assert await throttles.get("t") is None


async def test_no_revision_of_a_key_comes_back(throttles: Shelf[Throttle]) -> None:
    read: list[Kept[Throttle]] = []
    for _ in range(4):
        assert await throttles.add(throttle(1))
        read.append(await kept(throttles, "t"))
        assert await throttles.swap(read[-1], throttle(1))
        read.append(await kept(throttles, "t"))
        assert await throttles.remove("t")
    await throttles.add(throttle(1))

    assert len({one.revision for one in read}) == len(read)
    for old in read:
        assert not await throttles.swap(old, throttle(9))


# Lists -------------------------------------------------------------------------------------------


async def test_all_come_in_order_of_key_page_by_page(throttles: Shelf[Throttle]) -> None:
    keys = ["b", "a", "É", "B", "札", "a/1", "😀", "\uffff"]
    for key in keys:
        await throttles.add(throttle(1, key))

    whole = [one.value.digest for one in await throttles.all()]
    assert whole == sorted(keys)
    assert await _pages(throttles, 3) == [whole[:3], whole[3:6], whole[6:]]
    assert not await throttles.all(limit=0)
    assert not await throttles.all(after="\U0010ffff")


async def _pages(shelf: Shelf[Throttle], limit: int) -> list[list[str]]:
    pages, after = [], ""
    while page := [one.value.digest for one in await shelf.all(after=after, limit=limit)]:
        pages.append(page)
        after = page[-1]
    return pages


async def test_values_are_found_by_their_marks_in_order_of_key(sessions: Shelf[Session]) -> None:
    for digest in ("c", "a", "b", "d"):
        await sessions.add(session(digest))
    await sessions.add(session("other", "account2"))

    found = await sessions.find("account", "account")
    assert [one.value.digest for one in found] == ["a", "b", "c", "d"]
    page = await sessions.find("account", "account", after="a", limit=2)
    assert [one.value.digest for one in page] == ["b", "c"]
    assert not await sessions.find("account", "account", after="d")
    assert not await sessions.find("account", "accoun")


async def test_what_was_found_can_be_swapped(sessions: Shelf[Session]) -> None:
    await sessions.add(session("a"))
    (found,) = await sessions.find("account", "account")
    assert await sessions.swap(found, session("a", seen_at=2))
    (found,) = await sessions.all()
    assert await sessions.swap(found, session("a", seen_at=3))


async def test_marks_follow_the_value(sessions: Shelf[Session]) -> None:
    await sessions.add(session("a", "old"))
    await sessions.swap(await kept(sessions, "a"), session("a", "new"))

    assert not await sessions.find("account", "old")
    assert len(await sessions.find("account", "new")) == 1
    await sessions.remove("a")
    assert not await sessions.find("account", "new")


async def test_a_mark_that_the_kind_does_not_have_is_a_mistake(sessions: Shelf[Session]) -> None:
    with pytest.raises(ValueError, match="no mark"):
        await sessions.find("colour", "red")


# Several at once ---------------------------------------------------------------------------------


async def test_of_many_who_swap_one_wins(nodes: tuple[Shelves, Shelves]) -> None:
    shelves = [node.shelf(THROTTLES) for node in nodes]
    await shelves[0].add(throttle(0))
    before = await kept(shelves[0], "t")
    swaps = [shelves[n % 2].swap(before, throttle(n)) for n in range(1, CONTENDERS + 1)]
    won = await asyncio.gather(*swaps)

    assert won.count(True) == 1
    for shelf in shelves:
        assert (await kept(shelf, "t")).value == throttle(won.index(True) + 1)


async def test_of_many_who_add_one_wins(nodes: tuple[Shelves, Shelves]) -> None:
    shelves = [node.shelf(THROTTLES) for node in nodes]
    won = await asyncio.gather(*(shelves[n % 2].add(throttle(n)) for n in range(1, CONTENDERS + 1)))

    assert won.count(True) == 1
    assert (await kept(shelves[0], "t")).value == throttle(won.index(True) + 1)


async def test_many_who_count_by_swapping_lose_nothing(nodes: tuple[Shelves, Shelves]) -> None:
    shelves = [node.shelf(THROTTLES) for node in nodes]
    await shelves[0].add(throttle(0))

    async def count(shelf: Shelf[Throttle]) -> None:
        while True:
            current = await kept(shelf, "t")
            if await shelf.swap(current, throttle(current.value.failures + 1)):
                return

    await asyncio.gather(*(count(shelves[n % 2]) for n in range(16)))
    assert (await kept(shelves[1], "t")).value.failures == 16


async def test_who_swapped_or_removed_is_seen_by_every_node(nodes: tuple[Shelves, Shelves]) -> None:
    one, other = (node.shelf(SESSIONS) for node in nodes)
    await one.add(session("a"))
    for number in range(2, 12):
        assert await one.swap(await kept(other, "a"), session("a", seen_at=number))
        assert (await kept(other, "a")).value.seen_at == number
        (found,) = await other.find("account", "account")
        assert found.value.seen_at == number
        one, other = other, one
    assert await one.remove("a")
    assert await other.get("a") is None


async def test_a_swap_and_a_removal_at_once_leave_nothing_that_came_back(
    nodes: tuple[Shelves, Shelves],
) -> None:
    one, other = (node.shelf(THROTTLES) for node in nodes)
    for number in range(10):
        key = f"t{number}"
        await one.add(throttle(1, key))
        before = await kept(one, key)
        _, removed = await asyncio.gather(one.swap(before, throttle(2, key)), other.remove(key))
        assert removed
        assert await one.get(key) is None


# Adding on a condition ---------------------------------------------------------------------------


async def test_a_value_is_added_while_all_that_was_seen_stands(vault: Shelves) -> None:
    await vault.shelf(THROTTLES).add(throttle(1))
    await vault.shelf(SESSIONS).add(session("s"))
    seen = [
        await seen_of(vault, THROTTLES, "t"),
        await seen_of(vault, SESSIONS, "s"),
        await seen_of(vault, SESSIONS, "absent"),
    ]
    event = SecurityEvent("e", Instant(1), "k")
    assert await vault.add_if(SECURITY_EVENTS, event, seen)

    assert (await kept(vault.shelf(SECURITY_EVENTS), "e")).value == event


async def test_without_anything_seen_it_is_an_add(vault: Shelves) -> None:
    assert await vault.add_if(THROTTLES, throttle(1), [])
    assert not await vault.add_if(THROTTLES, throttle(2), [])
    assert (await kept(vault.shelf(THROTTLES), "t")).value == throttle(1)


async def _change(shelf: Shelf[Session]) -> None:
    await shelf.swap(await kept(shelf, "s"), session("s", seen_at=2))


async def _remove(shelf: Shelf[Session]) -> None:
    await shelf.remove("s")


async def _replace(shelf: Shelf[Session]) -> None:
    await shelf.remove("s")
    await shelf.add(session("s"))


@pytest.mark.parametrize("meanwhile", [_change, _remove, _replace])
async def test_nothing_is_added_when_what_was_seen_changed(vault: Shelves, meanwhile: Any) -> None:
    await vault.shelf(SESSIONS).add(session("s"))
    await vault.shelf(THROTTLES).add(throttle(1))
    seen = [await seen_of(vault, THROTTLES, "t"), await seen_of(vault, SESSIONS, "s")]
    await meanwhile(vault.shelf(SESSIONS))
    assert not await vault.add_if(SECURITY_EVENTS, SecurityEvent("e", Instant(1), "k"), seen)

    assert await vault.shelf(SECURITY_EVENTS).get("e") is None
    assert not await vault.shelf(SECURITY_EVENTS).all()


async def test_nothing_is_added_when_what_was_absent_appeared(vault: Shelves) -> None:
    seen = [await seen_of(vault, SESSIONS, "s")]
    assert seen[0].revision == 0
    await vault.shelf(SESSIONS).add(session("s"))

    assert not await vault.add_if(THROTTLES, throttle(1), seen)
    assert await vault.shelf(THROTTLES).get("t") is None


async def test_whoever_swaps_and_then_looks_misses_nothing_added_before(
    nodes: tuple[Shelves, Shelves],
) -> None:
    """Each addition that says True was seen by the one who swapped, or else it says False."""
    adding, swapping = nodes
    sessions, tokens = swapping.shelf(SESSIONS), swapping.shelf(ACCESS_TOKENS)
    for turn in range(8):
        await sessions.add(session(f"s{turn}"))
        seen = [await seen_of(adding, SESSIONS, f"s{turn}")]

        async def withdraw(turn: int = turn) -> Sequence[Kept[AccessToken]]:
            before = await kept(sessions, f"s{turn}")
            assert await sessions.swap(before, session(f"s{turn}", seen_at=2))
            return await tokens.find("grant", access_token("", 0).grant_id, limit=1000)

        names = [f"{turn}-{n:02d}" for n in range(10)]
        added, found = await asyncio.gather(
            asyncio.gather(
                *(adding.add_if(ACCESS_TOKENS, access_token(one, 10), seen) for one in names)
            ),
            withdraw(),
        )
        true = {one for one, was_added in zip(names, added, strict=True) if was_added}
        assert true <= {one.value.digest for one in found}
        assert {one for one in names if await tokens.get(one)} == true


async def test_what_began_after_a_swap_is_not_added(nodes: tuple[Shelves, Shelves]) -> None:
    adding, swapping = nodes
    await swapping.shelf(SESSIONS).add(session("s"))
    for number in range(2, 8):
        seen = [await seen_of(adding, SESSIONS, "s")]
        before = await kept(swapping.shelf(SESSIONS), "s")
        assert await swapping.shelf(SESSIONS).swap(before, session("s", seen_at=number))
        assert not await adding.add_if(THROTTLES, throttle(1), seen)
    assert await adding.shelf(THROTTLES).get("t") is None


# Time --------------------------------------------------------------------------------------------


async def test_a_sweep_removes_what_has_expired_and_nothing_else(vault: Shelves) -> None:
    tokens = vault.shelf(ACCESS_TOKENS)
    for expires_at in (5, 10, 11):
        await tokens.add(access_token(f"at {expires_at}", expires_at))
    await vault.shelf(THROTTLES).add(throttle(1))

    assert await vault.sweep(Instant(10)) == 2
    assert await vault.sweep(Instant(10)) == 0
    assert [one.value.digest for one in await tokens.all()] == ["at 11"]
    grant = access_token("", 0).grant_id
    assert [one.value.digest for one in await tokens.find("grant", grant)] == ["at 11"]
    assert await vault.shelf(THROTTLES).get("t") is not None


async def test_a_sweep_has_no_size(vault: Shelves) -> None:
    tokens = vault.shelf(ACCESS_TOKENS)
    await asyncio.gather(*(tokens.add(access_token(str(n), 1)) for n in range(1_100)))

    assert await vault.sweep(Instant(1)) == 1_100
    assert not await tokens.all()


async def test_a_swap_moves_the_expiry(vault: Shelves) -> None:
    tokens = vault.shelf(ACCESS_TOKENS)
    await tokens.add(access_token("a", 10))
    await tokens.swap(await kept(tokens, "a"), access_token("a", 20))

    assert await vault.sweep(Instant(15)) == 0
    assert await vault.sweep(Instant(20)) == 1


async def test_what_expired_stays_until_it_is_swept(vault: Shelves) -> None:
    await vault.shelf(ACCESS_TOKENS).add(access_token("a", 10))
    assert await vault.shelf(ACCESS_TOKENS).get("a") is not None


# Places ------------------------------------------------------------------------------------------


async def test_everything_outlives_a_reopening(place: Place) -> None:
    async with place.open_vault() as vault:
        await vault.shelf(SESSIONS).add(session("a"))
        before = await kept(vault.shelf(SESSIONS), "a")
        await vault.shelf(SESSIONS).swap(before, session("a", seen_at=2))
        current = await kept(vault.shelf(SESSIONS), "a")
        await vault.shelf(THROTTLES).add(throttle(1))
        gone = await kept(vault.shelf(THROTTLES), "t")
        await vault.shelf(THROTTLES).remove("t")
    async with place.open_vault() as vault:
        sessions, throttles = vault.shelf(SESSIONS), vault.shelf(THROTTLES)
        assert await sessions.get("a") == current
        assert not await sessions.swap(before, session("a", seen_at=3))
        assert await sessions.swap(current, session("a", seen_at=3))
        assert await throttles.add(throttle(1))
        assert not await throttles.swap(gone, throttle(2))


async def test_the_vault_and_the_keys_share_nothing(place: Place) -> None:
    async with place.open_vault() as vault, place.open_keys() as keys:
        await keys.shelf(WRAPPED_KEYS).add(WrappedKey("same", b"key"))
        await vault.shelf(THROTTLES).add(throttle(1, "same"))
        assert await keys.shelf(WRAPPED_KEYS).remove("same")
        assert await vault.shelf(THROTTLES).get("same") is not None
