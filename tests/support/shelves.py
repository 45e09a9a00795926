"""The vault in memory: `oauth.ports.Shelves` for tests of what stands above it.

Values are kept as JSON, so that nothing is shared by reference and whatever the engines cannot
store fails here too.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from kernel.errors import UnavailableError
from kernel.times import Instant
from oauth.model.kinds import Kind
from oauth.ports import Kept, Seen, Shelf

ValueT = TypeVar("ValueT", bound=msgspec.Struct)


@dataclass(frozen=True)
class Document:
    """One value as JSON, with the marks that it is found by."""

    body: bytes
    revision: int
    marks: frozenset[tuple[str, str]]
    expires: Instant | None


class MemoryShelves:
    """All shelves of one vault.

    Attributes:
        away: while true, every call fails as if the database were gone.
        meanwhile: called once, just before the next write decides: what somebody else does between
            a caller's reading and writing.
    """

    def __init__(self) -> None:
        self.away = False
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        self._documents: dict[str, dict[str, Document]] = {}
        self._revision = 0

    def shelf(self, kind: Kind[ValueT]) -> Shelf[ValueT]:
        """See `Shelves.shelf`."""
        return MemoryShelf(self, kind)

    async def add_if(self, kind: Kind[ValueT], value: ValueT, seen: Sequence[Seen]) -> bool:
        """See `Shelves.add_if`."""
        await self.before_writing()
        if any(self.revision(one.kind, one.key) != one.revision for one in seen):
            return False
        return self.add(kind, value)

    async def sweep(self, now: Instant) -> int:
        """See `Shelves.sweep`."""
        self.check()
        swept = 0
        for documents in self._documents.values():
            for key, one in list(documents.items()):
                if one.expires is not None and one.expires <= now:
                    del documents[key]
                    swept += 1
        return swept

    # For the shelves -----------------------------------------------------------------------------

    def check(self) -> None:
        """Raises: UnavailableError: `away`."""
        if self.away:
            raise UnavailableError("The database is not available")

    async def before_writing(self) -> None:
        """Let others in, as an engine would while a write waits for its turn."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        self.check()

    def documents(self, kind: Kind[Any]) -> dict[str, Document]:
        """By key."""
        return self._documents.setdefault(kind.name, {})

    def revision(self, kind: Kind[Any], key: str) -> int:
        """Of the document under a key; 0 if there is none."""
        found = self.documents(kind).get(key)
        return 0 if found is None else found.revision

    def add(self, kind: Kind[ValueT], value: ValueT) -> bool:
        """See `Shelf.add`."""
        if kind.key(value) in self.documents(kind):
            return False
        self.put(kind, value)
        return True

    def put(self, kind: Kind[ValueT], value: ValueT) -> None:
        """Store, with a revision that no document ever had."""
        self._revision += 1
        self.documents(kind)[kind.key(value)] = Document(
            msgspec.json.encode(value),
            self._revision,
            frozenset((mark, text) for mark, of in kind.marks.items() for text in of(value)),
            None if kind.expires is None else kind.expires(value),
        )


class MemoryShelf(Generic[ValueT]):
    """`oauth.ports.Shelf`."""

    def __init__(self, shelves: MemoryShelves, kind: Kind[ValueT]) -> None:
        self._shelves = shelves
        self._kind = kind

    async def get(self, key: str) -> Kept[ValueT] | None:
        """See `Shelf.get`."""
        self._shelves.check()
        found = self._shelves.documents(self._kind).get(key)
        return None if found is None else self._kept(found)

    async def add(self, value: ValueT) -> bool:
        """See `Shelf.add`."""
        await self._shelves.before_writing()
        return self._shelves.add(self._kind, value)

    async def swap(self, kept: Kept[ValueT], value: ValueT) -> bool:
        """See `Shelf.swap`."""
        key = self._kind.key(kept.value)
        if self._kind.key(value) != key:
            raise ValueError("A swap keeps the key")
        await self._shelves.before_writing()
        if self._shelves.revision(self._kind, key) != kept.revision:
            return False
        self._shelves.put(self._kind, value)
        return True

    async def remove(self, key: str) -> bool:
        """See `Shelf.remove`."""
        await self._shelves.before_writing()
        return self._shelves.documents(self._kind).pop(key, None) is not None

    async def find(
        self, mark: str, text: str, *, after: str = "", limit: int = 100
    ) -> Sequence[Kept[ValueT]]:
        """See `Shelf.find`."""
        if mark not in self._kind.marks:
            raise ValueError(f"{self._kind.name} have no mark {mark}")
        return self._page(lambda one: (mark, text) in one.marks, after, limit)

    async def all(self, *, after: str = "", limit: int = 100) -> Sequence[Kept[ValueT]]:
        """See `Shelf.all`."""
        return self._page(lambda _: True, after, limit)

    def _page(
        self, wanted: Callable[[Document], bool], after: str, limit: int
    ) -> Sequence[Kept[ValueT]]:
        self._shelves.check()
        found = sorted(self._shelves.documents(self._kind).items())
        page = [one for key, one in found if key > after and wanted(one)][:limit]
        return [self._kept(one) for one in page]

    def _kept(self, document: Document) -> Kept[ValueT]:
        return Kept(msgspec.json.decode(document.body, type=self._kind.type), document.revision)
