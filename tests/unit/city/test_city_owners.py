"""Who stands behind subscriptions: the tokens as they are now, not as they were."""

from typing import Any

import msgspec
import pytest
from support.tokens import MemoryTokens

from broker.service.rules import TypeRules
from broker.subscriptions.model import Endpoint, Subscription
from city.binding.owners import TokenOwners
from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.permission import EVERYTHING, Permission, Scope
from kernel.times import Instant
from oauth.model.companies import Client, ClientKind
from oauth.model.texts import Bilingual
from oauth.model.token import Token
from oauth.server.machine_tokens import MachineTokens

READS = frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE})
FLOW_HIDDEN = Permission(hidden_types=frozenset({"Flow"}))


class Town:
    """Tokens, and what follows of them."""

    def __init__(self) -> None:
        self.clock = ManualClock(Instant(1_000_000_000))
        self.store = MemoryTokens()
        rules = TypeRules(flow=frozenset({"Flow"}))
        self.owners = TokenOwners(self.store, self.clock, rules)

    async def give(self, **limits: Any) -> None:
        """Put the token `gate` in the place of the one before, with these limits."""
        scopes = limits.pop("scopes", READS)
        await self.store.put(Token("gate", "0" * 64, scopes, Instant(0), holder="h", **limits))
        await self.owners.refresh()

    def allows(self, permission: Permission = FLOW_HIDDEN, tenant: str = "") -> bool:
        made = Subscription("s", (), Endpoint("http://x/"), permission=permission, owner="h")
        return self.owners.allow(tenant, made)


@pytest.fixture
def town() -> Town:
    return Town()


async def test_a_subscription_lasts_as_long_as_the_token_of_its_owner(town: Town) -> None:
    await town.give()
    assert town.allows()
    await town.store.remove("gate")
    await town.owners.refresh()
    assert not town.allows()


async def test_before_tokens_were_read_nobody_stands_but_whoever_needed_none(town: Town) -> None:
    await town.store.put(Token("gate", "0" * 64, READS, Instant(0), holder="h"))
    assert not town.allows()
    assert town.owners.allow("", Subscription("s", (), Endpoint("http://x/")))


async def test_a_token_expires_at_its_instant_whenever_tokens_were_read(town: Town) -> None:
    await town.give(expires_at=Instant(town.clock.now() + 2_000_000))
    before = town.owners.generation
    town.clock.advance(1.9)
    assert town.allows()
    town.clock.advance(0.1)
    assert not town.allows()
    await town.owners.refresh()
    assert town.owners.generation == before + 1
    await town.owners.refresh()
    assert town.owners.generation == before + 1


@pytest.mark.parametrize(
    "limits",
    [
        {"scopes": frozenset({Scope.BOARDS})},
        {"tenants": frozenset({"green"})},
        {"types": frozenset({"Air"})},
        {"attributes": frozenset({"co2"})},
        {"service_paths": frozenset({"/parks/#"})},
    ],
)
async def test_whoever_may_read_less_now_is_told_no_more_until_they_may_again(
    town: Town, limits: dict[str, Any]
) -> None:
    await town.give()
    assert town.allows()
    await town.give(**limits)
    assert not town.allows()
    await town.give()
    assert town.allows()


async def test_a_narrow_token_is_told_what_it_shows(town: Town) -> None:
    narrow = Permission(frozenset({"Air"}), hidden_types=frozenset({"Flow"}))
    await town.give(types=frozenset({"Air", "Water"}), tenants=frozenset({"green"}))
    assert town.allows(narrow, "green")
    assert not town.allows(narrow, "blue")


async def test_shielded_types_are_told_with_their_scope_only(town: Town) -> None:
    await town.give(scopes=READS | {Scope.CITY_FLOW})
    assert town.allows(EVERYTHING)
    await town.give()
    assert not town.allows(EVERYTHING)


async def test_the_generation_rises_only_if_an_answer_may_have_changed(town: Town) -> None:
    await town.give()
    before = town.owners.generation
    await town.give()
    assert town.owners.generation == before
    await town.give(types=frozenset({"Air"}))
    assert town.owners.generation == before + 1


async def test_a_change_that_nobody_told_of_is_seen_after_ten_seconds(town: Town) -> None:
    await town.give()
    del town.store.tokens["gate"]  # the process that removed it died before its version rose
    await town.owners.refresh()
    assert town.allows()
    town.clock.advance(10)
    await town.owners.refresh()
    assert not town.allows()


async def test_a_machine_stands_while_its_client_does_whatever_token_it_has(town: Town) -> None:
    machines = MachineTokens(store=town.store, clock=town.clock, ids=SeededIds(1), ttl_s=300)
    client = Client(
        "gate",
        "company",
        ClientKind.MACHINE,
        Bilingual("機", "Machine"),
        "1" * 64,
        Instant(0),
        scopes=frozenset({"ngsi:read", "ngsi:write"}),
    )
    first = await machines.issue(client, frozenset({"ngsi:write"}))
    await town.owners.refresh()
    generation = town.owners.generation
    issued = await town.store.by_digest(first.digest)
    assert issued is not None
    made = Subscription(
        "s", (), Endpoint("http://x/"), permission=FLOW_HIDDEN, owner=issued.held_by
    )
    town.clock.advance(301)
    await machines.sweep()
    await machines.issue(client, frozenset({"ngsi:read"}))
    await town.owners.refresh()
    assert town.owners.allow("", made)
    assert town.owners.generation == generation  # matching is not disturbed every five minutes

    await machines.end("gate")
    await machines.issue(client, frozenset({"ngsi:read"}))
    await town.owners.refresh()
    assert not town.owners.allow("", made)
    assert town.owners.allow("", msgspec.structs.replace(made, owner=""))
