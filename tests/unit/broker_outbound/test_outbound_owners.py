"""A subscription ends with the credentials of whoever made it (ADR 0085)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
import pytest
from support.delivering import CALL, Stage, delivering, in_memory, until, values
from support.receivers import receiving

from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.service.announcements import Announcements
from broker.service.call import Call
from broker.service.explaining import Explainer
from broker.subscriptions.model import Endpoint, EntityMatcher, Status, Subscription
from broker.subscriptions.owners import ORPHANED
from broker.subscriptions.verdict import Quiet
from kernel.clock import SystemClock
from kernel.permission import EVERY_SCOPE, Principal


@dataclass
class Register:
    """`broker.ports.Owners`: what is noticed is what was struck off before the last refresh."""

    gone: set[str] = field(default_factory=set)
    generation: int = 0
    _noticed: frozenset[str] = frozenset()

    async def refresh(self) -> None:
        if self._noticed != self.gone:
            self._noticed = frozenset(self.gone)
            self.generation += 1

    def allow(self, tenant: str, subscription: Subscription) -> bool:
        assert tenant == CALL.tenant
        return subscription.owner not in self._noticed


def as_(holder: str) -> Call:
    return Call(Principal(holder, EVERY_SCOPE, holder=holder), CALL.tenant, CALL.service_path)


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
async def stage(register: Register) -> AsyncIterator[Stage]:
    announcements = Announcements()
    stores = in_memory(SystemClock(), announcements)
    async with delivering(stores, announcements, owners=register) as running:
        yield running


async def subscribe(stage: Stage, holder: str, url: str) -> str:
    draft = Subscription("", (EntityMatcher(type="T"),), Endpoint(url))
    return await stage.subscriptions.create(as_(holder), draft)


async def test_nothing_is_delivered_for_whoever_is_gone_and_others_are_told_as_before(
    stage: Stage, register: Register
) -> None:
    async with receiving() as gate, receiving() as board:
        await subscribe(stage, "gate", gate.url)
        await subscribe(stage, "board", board.url)
        await stage.set("E", 1)
        await gate.arrived(1)

        register.gone.add("gate")
        await stage.set("E", 2)
        await stage.set("E", 3)

        assert values(await board.arrived(3)) == [1, 2, 3]
    assert values(gate.received) == [1]


async def test_what_waits_for_another_attempt_is_given_up_with_the_reason(
    stage: Stage, register: Register
) -> None:
    async with receiving(status=503) as receiver:
        subscription = await subscribe(stage, "gate", receiver.url)
        await stage.set("E", 1)
        await receiver.arrived(2)
        register.gone.add("gate")

        async def given_up() -> bool:
            return not await stage.stores.outbox.owed()

        await until(given_up)
    (letter,) = await stage.stores.outbox.dead_letters(CALL.tenant, subscription)
    assert letter.reason == ORPHANED


async def test_changes_are_not_even_matched_once_it_is_known(
    stage: Stage, register: Register
) -> None:
    subscription = await subscribe(stage, "gate", "http://127.0.0.1:9")
    await stage.set("E", 0)
    register.gone.add("gate")
    await register.refresh()
    generation = register.generation
    before = await stage.stores.outbox.backlog(CALL.tenant, subscription)
    await stage.set("E", 1)

    assert await stage.stores.outbox.backlog(CALL.tenant, subscription) == before
    assert register.generation == generation


async def test_it_is_shown_inactive_and_explained(stage: Stage, register: Register) -> None:
    subscription = await subscribe(stage, "gate", "http://127.0.0.1:9")
    await stage.set("E", 1)
    register.gone.add("gate")

    kept = await stage.subscriptions.get(CALL, subscription)
    assert (kept.is_orphaned, kept.subscription.status) == (True, Status.INACTIVE)
    page, _ = await stage.subscriptions.page(CALL, limit=10, offset=0)
    assert page == [kept]
    explainer = Explainer(stage.broker, SystemClock())
    attributes = {"n": (Attribute(2),)}
    write = Write(Action.APPEND, "E", "T", "/", attributes, may_create=True)
    _, explanation = await explainer.of_write(CALL, kept, write)
    assert explanation.quiet is Quiet.OWNER


async def test_whoever_switches_it_on_again_owns_it_from_then_on(
    stage: Stage, register: Register
) -> None:
    async with receiving() as receiver:
        subscription = await subscribe(stage, "gate", receiver.url)
        register.gone.add("gate")

        def described(one: Subscription) -> Subscription:
            return msgspec.structs.replace(one, description="corrected")

        def switched_on(one: Subscription) -> Subscription:
            return msgspec.structs.replace(one, status=Status.ACTIVE)

        await stage.subscriptions.change(as_("operator"), subscription, described)
        assert (await stage.subscriptions.get(CALL, subscription)).is_orphaned
        await stage.subscriptions.change(as_("operator"), subscription, switched_on)
        kept = await stage.subscriptions.get(CALL, subscription)
        assert (kept.is_orphaned, kept.subscription.owner) == (False, "operator")
        await stage.set("E", 1)
        await receiver.arrived(1)

        register.gone.add("operator")
        assert (await stage.subscriptions.get(CALL, subscription)).is_orphaned


async def test_an_edit_by_somebody_else_leaves_it_to_its_owner(
    stage: Stage, register: Register
) -> None:
    subscription = await subscribe(stage, "gate", "http://127.0.0.1:9")

    def paused(one: Subscription) -> Subscription:
        return msgspec.structs.replace(one, status=Status.INACTIVE)

    await stage.subscriptions.change(as_("operator"), subscription, paused)
    register.gone.add("gate")
    assert (await stage.subscriptions.get(CALL, subscription)).is_orphaned
