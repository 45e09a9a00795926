"""Load → decide → commit, for all writes that share a commit at once (ADR 0095).

They are loaded by one statement, decided on one after the other in memory, and stored as one: what
SQLite and the interpreter lock cost is paid once for all of them.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

import apsw
import msgspec

from broker.core.decision import Decide, Decision, Target
from broker.model.changes import HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.model.notice import Notice
from broker.ports import Announcer
from broker.ql.ordering import creation_order
from kernel.times import Instant
from storage.instants import CommitInstants
from storage.sqlite.history import append_rows
from storage.sqlite.loading import Stored, load
from storage.sqlite.names import Names
from storage.sqlite.outbox import owe
from storage.sqlite.saving import save
from storage.sqlite.writer import Done
from storage.targets import is_named


class Wanted(msgspec.Struct, frozen=True):
    """One caller's write."""

    tenant: str
    targets: Sequence[Target]
    decide: Decide[Any]


class EntityWriting:
    """Does writes; made for the writer's thread."""

    def __init__(self, names: Names, instants: CommitInstants, announcer: Announcer) -> None:
        self._names = names
        self._instants = instants
        self._announcer = announcer

    def together(
        self, connection: apsw.Connection, writes: Sequence[Wanted]
    ) -> list[Done[Any] | Exception]:
        """See `writer.Together`. Tenants share nothing, so that each is a case of its own."""
        return [
            outcome
            for tenant, same in groupby(writes, key=lambda one: one.tenant)
            for outcome in self._of_tenant(connection, tenant, list(same))
        ]

    def _of_tenant(
        self, connection: apsw.Connection, tenant: str, writes: Sequence[Wanted]
    ) -> Iterator[Done[Any] | Exception]:
        number = self._names.tenant(connection, tenant)
        targets = [target for one in writes for target in one.targets]
        now = self._instants.take()
        stored = [] if number is None else load(connection, number, targets, now)
        draft = Draft(stored, is_shared=len(writes) > 1)
        decisions: list[Decision[Any] | Exception] = []
        for one in writes:
            at = self._instants.take() if decisions else now
            decisions.append(self._decided(draft, one, at))
        owed: Sequence[Notice] = ()
        if draft.says_something():
            if number is None:
                number = self._names.new_tenant(connection, tenant)
            numbers = save(connection, number, stored, draft.puts.values(), draft.deletes)
            if draft.history:
                append_rows(connection, self._names, numbers.of, draft.history)
            if draft.notices:
                owed = owe(connection, tenant, number, draft.notices)
        return self._outcomes(tenant, decisions, iter(owed))

    def _decided(self, draft: "Draft", wanted: Wanted, now: Instant) -> Decision[Any] | Exception:
        try:
            decision = wanted.decide(draft.named(wanted.targets, now), now)
        except Exception as error:  # noqa: BLE001 — the caller's own: the draft is as it was
            return error
        if decision.changes:
            self._instants.reach(decision.changes[-1].at)
        draft.keep(decision)
        return decision

    def _outcomes(
        self, tenant: str, decisions: Sequence[Decision[Any] | Exception], owed: Iterator[Notice]
    ) -> Iterator[Done[Any] | Exception]:
        for decision in decisions:
            if isinstance(decision, Exception):
                yield decision
                continue
            notices = [next(owed) for _ in decision.notices]
            yield Done(decision.result, self._announcement(tenant, notices, decision))

    def _announcement(
        self, tenant: str, notices: Sequence[Notice], decision: Decision[Any]
    ) -> partial[None] | None:
        if not notices and not decision.changes:
            return None
        return partial(self._announcer.announce, tenant, notices, decision.changes)


class Draft:
    """The entities of a tenant as the decisions so far leave them, and what is to be stored.

    Attributes:
        puts, deletes: the last word on each key; no key is in both.
        history, notices: of all decisions, in their order.
    """

    def __init__(self, stored: Sequence[Stored], *, is_shared: bool) -> None:
        self._everything = [one.entity for one in stored]
        self._is_shared = is_shared  # else nobody looks anything up: one write named it all
        self.puts: dict[EntityKey, Entity] = {}
        self.deletes: dict[EntityKey, None] = {}
        self.history: list[HistoryRow] = []
        self.notices: list[Notice] = []
        self._by_id: dict[str, dict[EntityKey, Entity]] = {}
        for entity in self._everything if is_shared else ():
            self._by_id.setdefault(entity.id, {})[entity.key] = entity

    def says_something(self) -> bool:
        """Whether anything is to be stored."""
        return bool(self.puts or self.deletes or self.history or self.notices)

    def named(self, targets: Sequence[Target], now: Instant) -> list[Entity]:
        """What any target names and has not expired, each once, in order of creation."""
        if not self._is_shared:
            return self._everything
        by_id: dict[str, list[Target]] = {}
        for target in targets:
            by_id.setdefault(target.id, []).append(target)
        found = [
            entity
            for entity_id, same in by_id.items()
            for entity in self._by_id.get(entity_id, {}).values()
            if is_named(entity, same) and (entity.expires_at is None or entity.expires_at > now)
        ]
        if len(found) > 1:
            found.sort(key=creation_order)
        return found

    def keep(self, decision: Decision[Any]) -> None:
        """Let later decisions see this one."""
        for key in decision.deletes:
            self.puts.pop(key, None)
            self.deletes[key] = None
            self._by_id.get(key.id, {}).pop(key, None)
        for entity in decision.puts:
            key = entity.key
            self.deletes.pop(key, None)
            self.puts[key] = entity
            self._by_id.setdefault(key.id, {})[key] = entity
        self.history += decision.history
        self.notices += decision.notices
