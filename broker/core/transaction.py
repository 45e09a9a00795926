"""Many writes, one after the other, each seeing what the earlier ones did."""

from collections.abc import Iterable, Sequence

from broker.core.apply import apply
from broker.core.permitted import apply_permitted
from broker.core.writes import Outcome, Write
from broker.model.changes import Change
from broker.model.entity import Entity, EntityKey
from kernel.errors import ForbiddenError
from kernel.permission import EVERYTHING, Permission
from kernel.times import Instant


class Transaction:
    """The entities as they would be after the writes so far. Lives inside one `decide`."""

    def __init__(
        self,
        current: Iterable[Entity],
        guarded: frozenset[str],
        permission: Permission = EVERYTHING,
    ) -> None:
        self._by_id: dict[str, list[Entity]] = {}
        for entity in current:
            self._by_id.setdefault(entity.id, []).append(entity)
        self._guarded = guarded
        self._permission = permission
        self.outcomes: list[Outcome] = []
        self.changes: list[Change] = []
        self.puts: dict[EntityKey, Entity] = {}
        self.deletes: dict[EntityKey, None] = {}

    def run(self, writes: Sequence[Write], now: Instant) -> None:
        """Apply the writes in order. Each gets an instant of its own, so that order is kept.

        A write outside of the permission is refused by itself, like one that finds nothing.

        Raises:
            ForbiddenError: a write touches an entity of a guarded type; nothing is to be kept.
        """
        permission = self._permission
        unlimited = permission.hides_nothing()
        for index, write in enumerate(writes):
            candidates = self._by_id.get(write.id, ())
            at = now if index == 0 else Instant(now + index)
            outcome, change = (
                apply(write, candidates, at)
                if unlimited
                else apply_permitted(write, candidates, at, permission)
            )
            self.outcomes.append(outcome)
            if change is not None:
                self._keep(change)

    def _keep(self, change: Change) -> None:
        before, after = change.before, change.after
        family = self._by_id.setdefault(change.entity.id, [])
        old = new = None
        if before is not None:
            self._check(before)
            old = before.key
            family.remove(before)
        if after is not None:
            self._check(after)
            new = after.key
            family.append(after)
            self.deletes.pop(new, None)
            self.puts[new] = after
        # A write may give an entity another first type, and so another key: the old one goes.
        if old is not None and old != new:
            self.puts.pop(old, None)
            self.deletes[old] = None
        self.changes.append(change)

    def _check(self, entity: Entity) -> None:
        if not self._guarded.isdisjoint(entity.types):
            raise ForbiddenError("Entities of this type are written by the city's intake only")
