"""Why a subscription would say something, or nothing (ADR 0084)."""

import msgspec

from broker.core.decision import Target
from broker.core.writes import Outcome, Write
from broker.model.changes import Change
from broker.model.entity import Entity
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.subscriptions import Kept
from broker.subscriptions.explain import change_of_all, explain
from broker.subscriptions.verdict import Quiet
from kernel.clock import Clock


class Explanation(msgspec.Struct, frozen=True):
    """What became of a change, or would become of it.

    Attributes:
        change: None if the write would change nothing.
        quiet: the condition that keeps the subscription quiet; None if the change would be told.
    """

    change: Change | None
    quiet: Quiet | None


class Explainer:
    """Asks the conditions of one subscription, in the order in which a change meets them.

    Who may see a subscription may see all that it tells (ADR 0065), and learns of nothing else.
    """

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock

    async def find(self, call: Call, target: Target) -> list[Entity]:
        """The entities that the target names and the caller may see."""
        return await self._broker.find(call, target)

    def of_entity(self, kept: Kept, entity: Entity) -> Explanation:
        """What if all attributes of the entity changed now?"""
        return _explained(kept, change_of_all(entity, self._clock.now()))

    async def of_write(self, call: Call, kept: Kept, write: Write) -> tuple[Outcome, Explanation]:
        """What if the caller wrote this now?"""
        outcome, change = await self._broker.rehearse(call, write, self._clock.now())
        if change is None:
            return outcome, Explanation(None, Quiet.ALTERATION)
        return outcome, _explained(kept, change)


def _explained(kept: Kept, change: Change) -> Explanation:
    if kept.is_orphaned:
        return Explanation(change, Quiet.OWNER)
    return Explanation(change, explain(kept.subscription, change, kept.delivered))
