"""Load → decide → commit on MongoDB: the loop around a committer."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

import msgspec

from broker.core.decision import Decision
from broker.model.entity import Entity
from broker.model.notice import Notice
from kernel.errors import UnavailableError
from storage.mongodb.chains import Serials
from storage.mongodb.collection import Collection
from storage.mongodb.documents import (
    Document,
    entity_document,
    history_document,
    key_text,
    notice_document,
)
from storage.mongodb.draft import Committer, Draft, load, seen_in
from storage.mongodb.retries import ATTEMPTS, Retries
from storage.mongodb.turns import Turns
from storage.mongodb.write_ids import WriteIds

ResultT = TypeVar("ResultT")
Plan: TypeAlias = Callable[[Sequence[Document]], tuple[ResultT, Decision[ResultT]]]


class Writer:
    """Turns decisions into drafts and commits them, deciding anew when somebody was faster."""

    def __init__(
        self,
        entities: Collection,
        committer: Committer,
        *,
        write_ids: WriteIds,
        serials: Serials,
        retries: Retries,
    ) -> None:
        self._entities = entities
        self._committer = committer
        self._write_ids = write_ids
        self._serials = serials
        self._retries = retries
        self._turns = Turns()

    async def run(
        self,
        tenant: str,
        ids: Iterable[str],
        decide: Callable[[Sequence[Document]], Decision[ResultT]],
    ) -> tuple[Decision[ResultT], Sequence[Notice]]:
        """Commit what `decide` makes of the documents of these ids; with its numbered notices.

        Raises:
            UnavailableError: no attempt went through, or the database does not answer.
        """
        named = set(ids)
        async with self._turns.taken((tenant, one) for one in named):
            for attempt in range(ATTEMPTS):
                documents = await load(self._entities, tenant, named)
                decision = decide(documents)
                draft, notices = await self._draft(tenant, named, documents, decision)
                if draft.is_empty or await self._committer.commit(draft):
                    return decision, notices
                await self._retries.pause(attempt)
        raise UnavailableError("The entities are being written by too many at once")

    async def _draft(
        self,
        tenant: str,
        named: set[str],
        documents: Sequence[Document],
        decision: Decision[ResultT],
    ) -> tuple[Draft, Sequence[Notice]]:
        written = {put.id for put in decision.puts} | {key.id for key in decision.deletes}
        if written - named:
            documents = [*documents, *await load(self._entities, tenant, written - named)]
        notices = await self._numbered(tenant, decision.notices, documents)
        write = self._write_ids.take()
        rows = enumerate(decision.history)
        draft = Draft(
            write,
            tenant,
            seen_in(documents, named | written),
            puts=_puts(tenant, write, decision.puts, documents, notices),
            deletes=_by_id((key.id, key_text(tenant, *key)) for key in decision.deletes),
            history=[history_document(tenant, row, f"{write}-{n:06x}") for n, row in rows],
            notices=[notice_document(notice) for notice in notices],
        )
        return draft, notices

    async def _numbered(
        self, tenant: str, notices: Sequence[Notice], documents: Iterable[Document]
    ) -> Sequence[Notice]:
        if not notices:
            return ()
        last = max((document["number"] for document in documents), default=0)
        numbers = await self._serials.take(len(notices), above=last)
        return [
            msgspec.structs.replace(notice, tenant=tenant, number=number)
            for notice, number in zip(notices, numbers, strict=True)
        ]


def _puts(
    tenant: str,
    write: str,
    entities: Iterable[Entity],
    documents: Iterable[Document],
    notices: Iterable[Notice],
) -> dict[str, list[Document]]:
    numbers: dict[str, int] = {}
    for document in documents:
        numbers[document["id"]] = max(numbers.get(document["id"], 0), document["number"])
    for notice in notices:
        numbers[notice.key.id] = notice.number
    return _by_id(
        (one.id, entity_document(tenant, one, write=write, number=numbers.get(one.id, 0)))
        for one in entities
    )


def _by_id(pairs: Iterable[tuple[str, ResultT]]) -> dict[str, list[ResultT]]:
    grouped: dict[str, list[ResultT]] = {}
    for entity_id, one in pairs:
        grouped.setdefault(entity_id, []).append(one)
    return grouped
