"""What a write is about to do, and what must not have changed for it to be right."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, Self, TypeAlias

from storage.mongodb.collection import Collection, Session
from storage.mongodb.documents import Document

Seen: TypeAlias = Mapping[str, Mapping[str, str]]
"""Entity id → key → write id of each of its documents: the state that a write was decided on."""

_IDS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A decided write, as documents.

    Attributes:
        write: its id, never used before.
        tenant: whose entities.
        seen: the documents of every entity id that the write was decided on.
        puts: entity documents by entity id.
        deletes: keys of entity documents by entity id.
        history: rows.
        notices: owed notices.
    """

    write: str
    tenant: str
    seen: Seen
    puts: Mapping[str, list[Document]] = field(default_factory=dict)
    deletes: Mapping[str, list[str]] = field(default_factory=dict)
    history: Sequence[Document] = ()
    notices: Sequence[Document] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.puts or self.deletes or self.history or self.notices)


@dataclass(frozen=True, slots=True)
class Shelves:
    """The collections that a write touches."""

    entities: Collection
    history: Collection
    outbox: Collection
    claims: Collection
    verdicts: Collection
    heads: Collection
    subscriptions: Collection

    @classmethod
    def of(cls, collection: Callable[[str], Collection]) -> Self:
        """Those of a database."""
        return cls(**{one.name: collection(one.name) for one in fields(cls)})


class Committer(Protocol):
    """How a draft becomes durable; which one depends on what the server can do."""

    async def commit(self, draft: Draft) -> bool:
        """Write all of the draft, durably; False, and nothing is written, if `seen` is outdated.

        Raises:
            UnavailableError: the database does not answer; whether the draft is written is unknown.
        """

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Keeps others away from what is named, where the server cannot compare and swap."""

    async def recover(self) -> int:
        """Finish or undo what writers that no longer live left behind; returns how many."""


async def load(
    entities: Collection,
    tenant: str,
    ids: Iterable[str],
    *,
    fields: tuple[str, ...] = (),
    session: Session = None,
) -> list[Document]:
    """The documents of these entity ids, in order of creation."""
    wanted = sorted(set(ids))
    found: list[Document] = []
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        part = wanted[start : start + _IDS_AT_ONCE]
        where: dict[str, Any] = {
            "tenant": tenant,
            "id": part[0] if len(part) == 1 else {"$in": part},
        }
        found += await entities.fetch(where, fields=fields, session=session)
    return sorted(found, key=lambda document: document["rank"]) if not fields else found


def seen_in(documents: Iterable[Document], ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What `Draft.seen` says of these documents of these ids."""
    seen: dict[str, dict[str, str]] = {entity_id: {} for entity_id in ids}
    for document in documents:
        seen[document["id"]][document["_id"]] = document["write"]
    return seen


async def is_current(entities: Collection, draft: Draft, session: Session = None) -> bool:
    """Whether the documents are still those that the draft was decided on."""
    documents = await load(
        entities, draft.tenant, draft.seen, fields=("id", "write"), session=session
    )
    return seen_in(documents, draft.seen) == draft.seen
