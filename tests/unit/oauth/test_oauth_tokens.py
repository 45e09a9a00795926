"""What a token may be limited to."""

import pytest
from support.tokens import MemoryTokens

from kernel.clock import ManualClock
from kernel.errors import BadRequestError
from kernel.ids import SeededIds
from kernel.permission import Permission, Scope
from kernel.times import Instant
from oauth.model.token import Secret, Token
from oauth.tokens.desk import TokenDesk, TokenRequest


def token(**limits: frozenset[str]) -> Token:
    return Token("one", "0" * 64, frozenset({Scope.NGSI_READ}), Instant(0), **limits)


def test_limits_become_the_permission_of_its_holder() -> None:
    limits = {
        "types": frozenset({"Air"}),
        "attributes": frozenset({"co2"}),
        "service_paths": frozenset({"/parks/#"}),
    }
    principal = token(**limits, tenants=frozenset({"green"})).principal()
    assert principal.permission == Permission(**limits)
    assert principal.tenants == frozenset({"green"})


def test_a_token_without_limits_hides_nothing() -> None:
    assert token().principal().permission.hides_nothing()


@pytest.mark.parametrize("path", ["/", "/#", "/a", "/a/#", "/a_1/B", "/" + "/".join("abcdefghij")])
def test_service_paths_are_fiwares(path: str) -> None:
    assert token(service_paths=frozenset({path})).service_paths == {path}


@pytest.mark.parametrize(
    "path",
    ["", "a", "#", "/a/", "/a//b", "/a/#/b", "/a,/b", "/ä", "/a b", "/a#", "/" + "x" * 51,
     "/" + "/".join("abcdefghijk")],
)  # fmt: skip
def test_what_is_no_service_path_is_refused_and_not_repeated(path: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        token(service_paths=frozenset({path}))
    assert "/parks" in str(refused.value)


class Desk:
    """A desk over tokens in memory, and who stands behind each."""

    def __init__(self) -> None:
        self.clock = ManualClock(Instant(1_000_000))
        self.store = MemoryTokens()
        self.desk = TokenDesk(store=self.store, clock=self.clock, ids=SeededIds(1))

    async def issue(self, name: str, ttl_s: int = 0) -> str:
        await self.desk.issue(TokenRequest(name, frozenset({Scope.NGSI_READ}), ttl_s=ttl_s))
        return await self.holder(name)

    async def holder(self, name: str) -> str:
        found = await self.store.by_name(name)
        assert found is not None
        assert found.principal().holder == found.held_by
        return found.held_by


async def test_a_token_that_takes_the_place_of_a_living_one_has_its_holder() -> None:
    desk = Desk()
    first = await desk.issue("gate")
    assert await desk.issue("gate", ttl_s=60) == first
    await desk.desk.adopt(TokenRequest("gate", frozenset({Scope.BOARDS})), Secret("x" * 40))
    assert await desk.holder("gate") == first
    assert await desk.issue("board") != first


async def test_who_is_given_the_name_of_a_dead_token_is_somebody_else() -> None:
    desk = Desk()
    first = await desk.issue("gate", ttl_s=60)
    desk.clock.advance(60)
    second = await desk.issue("gate")
    await desk.desk.revoke("gate")
    third = await desk.issue("gate")
    assert len({first, second, third}) == 3


def test_a_token_of_before_there_were_holders_is_held_by_its_name() -> None:
    assert token().principal().holder == "one"
