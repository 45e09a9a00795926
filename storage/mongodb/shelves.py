"""Shelves of documents in MongoDB: one collection for each kind (ADR 0100).

Every stored value has a revision that no other ever had, so that comparing it in the request itself
says whether it is still the value that was read, wherever that request was held up.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, TypeAlias, TypeVar

import msgspec

from kernel.times import Instant
from oauth.model.kinds import Kind
from oauth.ports import Kept, Seen, Shelf
from storage.mongodb.collection import Collection, Replace
from storage.mongodb.documents import Document, key_text
from storage.mongodb.draft import Committer
from storage.mongodb.write_ids import WriteIds
from storage.shelving import Entry, Form, Forms, is_storable

ValueT = TypeVar("ValueT", bound=msgspec.Struct)
CollectionOf: TypeAlias = Callable[[str], Collection]

_BY_KEY: Final = (("_id", 1),)


class MongoShelves:
    """`oauth.ports.Shelves`."""

    def __init__(
        self,
        collection: CollectionOf,
        kinds: Sequence[Kind[Any]],
        *,
        committer: Committer,
        revisions: WriteIds,
    ) -> None:
        self._collection = collection
        self._kinds = kinds
        self._forms = Forms(kinds)
        self._committer = committer
        self._revisions = revisions

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        """See the port."""
        return self._shelf(kind)

    async def add_if(self, kind: Kind[ValueT], value: ValueT, seen: Sequence[Seen]) -> bool:
        """See the port.

        What held before and after the insertion held while it happened: no revision comes back. A
        transaction would say less: it reads a snapshot, so that somebody who swaps one of `seen`
        and then looks for what was added on the strength of it may find nothing, and miss it.
        """
        shelf = self._shelf(kind)
        if not await self._all_hold(seen):
            return False
        added = await shelf.insert(value)
        if added is None:
            return False
        if await self._all_hold(seen):
            return True
        await shelf.take_back(added)
        return False

    async def sweep(self, now: Instant) -> int:
        """See the port."""
        where = {"expires": {"$lte": now}}
        expiring = [kind.name for kind in self._kinds if kind.expires is not None]
        return sum([await self._collection(name).remove(where) for name in expiring])

    def _shelf(self, kind: Kind[ValueT]) -> "MongoShelf[ValueT]":
        form = self._forms.of(kind)
        return MongoShelf(self._collection(form.name), form, self._committer, self._revisions)

    async def _all_hold(self, seen: Iterable[Seen]) -> bool:
        return all(await asyncio.gather(*(self._shelf(one.kind).is_at(one) for one in seen)))


class MongoShelf(Generic[ValueT]):
    """`oauth.ports.Shelf`."""

    def __init__(
        self,
        documents: Collection,
        form: Form[ValueT],
        committer: Committer,
        revisions: WriteIds,
    ) -> None:
        self._documents = documents
        self._form = form
        self._committer = committer
        self._revisions = revisions

    async def get(self, key: str) -> Kept[ValueT] | None:
        """See the port."""
        if not is_storable(key):
            return None
        found = await self._documents.first({"_id": key})
        return None if found is None else self._kept(found)

    async def add(self, value: ValueT) -> bool:
        """See the port."""
        return await self.insert(value) is not None

    async def swap(self, kept: Kept[ValueT], value: ValueT) -> bool:
        """See the port."""
        entry = self._form.successor(kept, value)
        where = {"_id": entry.key, "revision": kept.revision}
        async with self._alone(entry.key):
            return await self._documents.replace(Replace(where, self._document(entry)))

    async def remove(self, key: str) -> bool:
        """See the port."""
        if not is_storable(key):
            return False
        async with self._alone(key):
            return bool(await self._documents.remove({"_id": key}))

    async def find(
        self, mark: str, text: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Kept[ValueT]]:
        """See the port."""
        self._form.check_mark(mark)
        if not is_storable(text):
            return ()
        return await self._page({"marks": key_text(mark, text)}, after, limit)

    async def all(self, *, after: str = "", limit: int = 100) -> Sequence[Kept[ValueT]]:
        """See the port."""
        return await self._page({}, after, limit)

    # For `MongoShelves.add_if` -------------------------------------------------------------------

    async def insert(self, value: ValueT) -> Document | None:
        """What was inserted; None if the key is taken."""
        document = self._document(self._form.entry(value))
        return document if await self._documents.insert(document) else None

    async def take_back(self, inserted: Document) -> None:
        """Remove what `insert` inserted, unless somebody has swapped it since."""
        key = inserted["_id"]
        async with self._alone(key):
            await self._documents.remove({"_id": key, "revision": inserted["revision"]})

    async def is_at(self, seen: Seen) -> bool:
        """Whether the document is the one that was seen, or as absent as then."""
        found = await self._documents.first({"_id": seen.key}, fields=("revision",))
        return (0 if found is None else found["revision"]) == seen.revision

    # ---------------------------------------------------------------------------------------------

    def _alone(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._committer.alone(key_text(self._form.name, key))

    async def _page(self, where: Document, after: str, limit: int) -> Sequence[Kept[ValueT]]:
        if limit < 1 or not is_storable(after):
            return ()
        beyond = {"$and": [where, {"_id": {"$gt": after}}]}
        found = self._documents.find(beyond, sort=_BY_KEY, limit=limit)
        return [self._kept(document) async for document in found]

    def _kept(self, document: Document) -> Kept[ValueT]:
        return self._form.kept(document["body"], document["revision"])

    def _document(self, entry: Entry) -> Document:
        document: Document = {
            "_id": entry.key,
            "revision": self._revisions.take_number(),
            "marks": sorted(key_text(*mark) for mark in entry.marks),
            "body": entry.body,
        }
        return document if entry.expires is None else document | {"expires": entry.expires}
