"""Many writes, one after the other, each seeing what the earlier ones did."""

from collections.abc import Iterable, Sequence

from broker.core.apply import apply
from broker.core.writes import Outcome, Write
from broker.model.changes import Change
from broker.model.entity import Entity, EntityKey
from kernel.errors import ForbiddenError
from kernel.times import Instant


class Transaction:
    """The entities as they would be after the writes so far. Lives inside one `decide`."""

    def __init__(self, current: Iterable[Entity], guarded: frozenset[str]) -> None:
        self._by_id: dict[str, list[Entity]] = {}
        for entity in current:
            self._by_id.setdefault(entity.id, []).append(entity)
        self._guarded = guarded
        self.outcomes: list[Outcome] = []
        self.changes: list[Change] = []
        self.puts: dict[EntityKey, Entity] = {}
        self.deletes: dict[EntityKey, None] = {}

    def run(self, writes: Sequence[Write], now: Instant) -> None:
        """Apply the writes in order. Each gets an instant of its own, so that order is kept.

        Raises:
            ForbiddenError: a write touches an entity of a guarded type; nothing is to be kept.
        """
        for index, write in enumerate(writes):
            candidates = self._by_id.get(write.id, ())
            outcome, change = apply(write, candidates, Instant(now + index))
            self.outcomes.append(outcome)
            if change is not None:
                self._keep(change)

    def _keep(self, change: Change) -> None:
        before, after = change.before, change.after
        if not all(self._may_write(one) for one in (before, after) if one is not None):
            raise ForbiddenError("Entities of this type are written by the city's intake only")
        self.changes.append(change)
        entity = change.entity
        # A write may give an entity another first type, and so another key: the old one goes.
        gone = {one.key for one in (before, after) if one is not None}
        family = [one for one in self._by_id.get(entity.id, ()) if one.key not in gone]
        if before is not None and (after is None or after.key != before.key):
            self.puts.pop(before.key, None)
            self.deletes[before.key] = None
        if after is not None:
            self.deletes.pop(after.key, None)
            self.puts[after.key] = after
            family.append(after)
        self._by_id[entity.id] = family

    def _may_write(self, entity: Entity) -> bool:
        return self._guarded.isdisjoint(entity.types)
