"""Load → decide → commit: the one shape of every write (decision D3).

A store loads what the targets name, calls `decide` with it, and commits all that the decision
says, or nothing. `decide` is pure: it may be called again when somebody else was faster.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec

from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.model.notice import Notice
from kernel.times import Instant

ResultT = TypeVar("ResultT")


class Target(msgspec.Struct, frozen=True, gc=False):
    """Entities that a write or a look-up names. Empty `type` or `service_path` means any."""

    id: str
    type: str = ""
    service_path: str = ""


class Decision(msgspec.Struct, Generic[ResultT], frozen=True):
    """Everything that one write does, and what its caller hears.

    Attributes:
        result: handed back to the caller after the commit.
        puts: entities to store, whole; each replaces the stored one of the same key.
        deletes: keys to remove.
        history: rows to append.
        notices: notifications to owe (the outbox).
        changes: announced in this process after the commit, to streams and boards.
    """

    result: ResultT
    puts: Sequence[Entity] = ()
    deletes: Sequence[EntityKey] = ()
    history: Sequence[HistoryRow] = ()
    notices: Sequence[Notice] = ()
    changes: Sequence[Change] = ()


Decide: TypeAlias = Callable[[Sequence[Entity], Instant], Decision[ResultT]]
"""`(current, now) -> Decision`.

`current` holds the stored entities that any target names, each once, in order of creation; `now`
is the instant of the commit, later than that of every earlier commit of this process.
"""
