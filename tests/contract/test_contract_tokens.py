"""The contract of `oauth.ports.TokenStore`."""

from collections.abc import AsyncIterator

import pytest
from support.engines import Bench

from kernel.permission import Scope
from kernel.times import Instant
from oauth.model.token import Token
from oauth.ports import TokenStore


@pytest.fixture
async def tokens(bench: Bench) -> AsyncIterator[TokenStore]:
    """The tokens of an open, empty database."""
    async with bench.place.open_access() as access:
        yield access.tokens


def token(name: str, digest: str) -> Token:
    return Token(name, digest, frozenset({Scope.NGSI_READ}), Instant(1))


async def test_a_token_comes_back_unchanged(tokens: TokenStore) -> None:
    written = Token(
        "board",
        "a" * 64,
        frozenset({Scope.BOARDS, Scope.NGSI_READ}),
        Instant(1),
        frozenset({"", "sapporo"}),
        frozenset({"Room"}),
        frozenset(),
        Instant(2**52),
        frozenset({"/", "/parks/#"}),
        "holder-1",
    )
    await tokens.put(written)

    assert await tokens.by_digest("a" * 64) == written
    assert await tokens.by_name("board") == written
    assert await tokens.by_name("boards") is None
    assert await tokens.by_digest("b" * 64) is None


async def test_a_token_of_the_same_name_takes_its_place(tokens: TokenStore) -> None:
    await tokens.put(token("board", "a" * 64))
    await tokens.put(token("board", "b" * 64))

    assert await tokens.by_digest("a" * 64) is None
    assert [one.digest for one in await tokens.all()] == ["b" * 64]


async def test_a_token_is_added_only_under_a_name_that_is_free(tokens: TokenStore) -> None:
    assert await tokens.add(token("board", "a" * 64))
    assert not await tokens.add(token("board", "b" * 64))

    assert await tokens.by_name("board") == token("board", "a" * 64)
    assert await tokens.by_digest("b" * 64) is None


async def test_the_version_rises_with_every_change_and_with_nothing_else(
    tokens: TokenStore,
) -> None:
    before = await tokens.version()
    await tokens.put(token("board", "a" * 64))
    put = await tokens.version()
    assert await tokens.add(token("gate", "b" * 64))
    added = await tokens.version()
    assert before < put < added

    assert not await tokens.add(token("gate", "c" * 64))
    assert not await tokens.remove("nobody")
    await tokens.by_name("gate")
    assert await tokens.version() == added

    assert await tokens.remove("gate")
    assert await tokens.version() > added


async def test_another_process_sees_the_version_rise(bench: Bench) -> None:
    async with bench.place.open_access() as one, bench.place.open_access() as other:
        seen = await other.tokens.version()
        await one.tokens.put(token("board", "a" * 64))
        put = await other.tokens.version()
        assert put > seen
        await one.tokens.remove("board")
        assert await other.tokens.version() > put


async def test_all_come_in_order_of_name(tokens: TokenStore) -> None:
    for name in ("b", "a", "É", "B"):
        await tokens.put(token(name, name * 8))

    assert [one.name for one in await tokens.all()] == ["B", "a", "b", "É"]


async def test_a_removed_token_is_dead(tokens: TokenStore) -> None:
    await tokens.put(token("board", "a" * 64))

    assert await tokens.remove("board")
    assert not await tokens.remove("board")
    assert await tokens.by_digest("a" * 64) is None


async def test_tokens_outlive_a_reopening(bench: Bench) -> None:
    async with bench.place.open_access() as access:
        await access.tokens.put(token("board", "a" * 64))
    async with bench.place.open_access() as access:
        assert await access.tokens.by_digest("a" * 64) == token("board", "a" * 64)
