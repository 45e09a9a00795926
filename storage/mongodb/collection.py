"""One collection of the database, in the few calls that the stores make.

The driver's exceptions end here: a duplicate key is an answer, not an error, and everything else
becomes `UnavailableError` without a word of the driver's, since its texts quote documents. All
operations are ones that MongoDB, and servers that speak its protocol, know.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, PyMongoError

from kernel.errors import TooLargeError
from storage.errors import translating, unavailable
from storage.mongodb.documents import Document

Filter: TypeAlias = Mapping[str, Any]
Session: TypeAlias = Any  # the driver's; None outside transactions
Sort: TypeAlias = Sequence[tuple[str, int]]

_DUPLICATE_KEY: Final = 11000


@dataclass(frozen=True, slots=True)
class Replace:
    """Put `document` in the place of the one that `where` finds; with `insert`, also if none is."""

    where: Filter
    document: Document
    insert: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove one document that `where` finds."""

    where: Filter


class Collection:
    """A collection of documents. `at_once` bounds the changes that one request carries."""

    def __init__(self, driver: Any, *, at_once: int = 1_000) -> None:
        self._driver = driver
        self._at_once = at_once

    # Reading -------------------------------------------------------------------------------------

    async def find(
        self,
        where: Filter,
        *,
        fields: Sequence[str] = (),
        sort: Sort = (),
        skip: int = 0,
        limit: int = 0,
        session: Session = None,
    ) -> AsyncGenerator[Document]:
        """Documents as they come; `fields` (and `_id`) of each, or all; a `limit` of 0 is none."""
        cursor = self._driver.find(
            where,
            projection=list(fields) or None,
            sort=list(sort) or None,
            skip=skip,
            limit=limit,
            session=session,
        )
        with _translating(session):
            try:
                async for document in cursor:
                    yield document
            finally:
                await cursor.close()

    async def fetch(
        self,
        where: Filter,
        *,
        fields: Sequence[str] = (),
        sort: Sort = (),
        skip: int = 0,
        limit: int = 0,
        session: Session = None,
    ) -> list[Document]:
        """What `find` finds, at once."""
        found = self.find(where, fields=fields, sort=sort, skip=skip, limit=limit, session=session)
        return [document async for document in found]

    async def first(
        self, where: Filter, *, fields: Sequence[str] = (), sort: Sort = ()
    ) -> Document | None:
        """The first document, or None."""
        return next(iter(await self.fetch(where, fields=fields, sort=sort, limit=1)), None)

    async def count(self, where: Filter) -> int:
        """How many documents there are."""
        with translating(PyMongoError):
            return int(await self._driver.count_documents(where))

    async def distinct(self, field: str) -> list[str]:
        """The values of a field, each once."""
        with translating(PyMongoError):
            return list(await self._driver.distinct(field))

    # Writing -------------------------------------------------------------------------------------

    async def insert(self, document: Document, *, session: Session = None) -> bool:
        """Insert one document; False if one with its key exists. Atomic on every server."""
        with _translating(session):
            try:
                await self._driver.insert_one(document, session=session)
            except DuplicateKeyError:
                if session is not None:
                    raise
                return False
            except DocumentTooLarge:
                raise _TOO_LARGE from None
        return True

    async def insert_all(
        self, documents: Sequence[Document], *, session: Session = None, ordered: bool = False
    ) -> list[str]:
        """Insert those that are new; the keys of those that exist already.

        With `ordered` it stops at the first that exists: those behind it are not inserted.
        """
        if not documents:
            return []
        with _translating(session):
            try:
                await self._driver.insert_many(documents, ordered=ordered, session=session)
            except BulkWriteError as error:
                if session is not None:
                    raise
                return _duplicates(error, documents)
            except DocumentTooLarge:
                raise _TOO_LARGE from None
        return []

    async def replace(self, change: Replace, *, session: Session = None) -> bool:
        """Whether one was found or, with `insert`, inserted; False if an index forbids it."""
        with _translating(session):
            try:
                result = await self._driver.replace_one(
                    change.where, change.document, upsert=change.insert, session=session
                )
            except DuplicateKeyError:
                return False
        return bool(result.matched_count or result.upserted_id is not None)

    async def put(self, document: Document) -> None:
        """Insert a document, or replace the one of its key.

        Two steps, because where two upserts of one key meet, some servers fail.
        """
        where = {"_id": document["_id"]}
        while not await self.replace(Replace(where, document)):
            if await self.insert(document):
                return

    async def apply(self, changes: Sequence[Replace | Remove], *, session: Session = None) -> int:
        """Do all changes, in no particular order; how many documents were found."""
        requests = [_request(change) for change in changes]
        found = 0
        with _translating(session):
            for start in range(0, len(requests), self._at_once):
                part = requests[start : start + self._at_once]
                done = await self._driver.bulk_write(part, ordered=False, session=session)
                found += done.matched_count + done.upserted_count + done.deleted_count
        return found

    async def bump(self, keys: Sequence[str], *, session: Session) -> None:
        """Count up in the documents of these keys: transactions that share one exclude another."""
        requests = [UpdateOne({"_id": key}, {"$inc": {"n": 1}}, upsert=True) for key in keys]
        with _translating(session):
            await self._driver.bulk_write(requests, ordered=True, session=session)

    async def pull(
        self, where: Filter, field: str, values: Sequence[int], *, session: Session = None
    ) -> None:
        """Take values out of a list of one document; where there is none, nothing happens."""
        change = {"$pullAll": {field: list(values)}}
        with _translating(session):
            await self._driver.update_one(where, change, session=session)

    async def remove(self, where: Filter, *, session: Session = None) -> int:
        """Remove every document found; how many there were."""
        with _translating(session):
            return int((await self._driver.delete_many(where, session=session)).deleted_count)

    async def index(self, name: str, keys: Sort, *, unique: bool = False) -> None:
        """Make an index, unless it is there."""
        with translating(PyMongoError):
            await self._driver.create_index(list(keys), name=name, unique=unique)


def _translating(session: Session) -> AbstractContextManager[None]:
    """Inside a transaction the driver's own errors pass: they say whether to try it again."""
    return translating(PyMongoError) if session is None else nullcontext()


_TOO_LARGE: Final = TooLargeError("A document is larger than the database stores")


def _request(change: Replace | Remove) -> Any:
    match change:
        case Replace(where, document, insert):
            return ReplaceOne(where, document, upsert=insert)
        case Remove(where):
            return DeleteOne(where)


def is_duplicate(error: DuplicateKeyError | BulkWriteError) -> bool:
    """Whether all that went wrong is that documents of these keys exist."""
    if isinstance(error, DuplicateKeyError):
        return True
    failures = error.details.get("writeErrors", [])
    return bool(failures) and all(failure["code"] == _DUPLICATE_KEY for failure in failures)


def _duplicates(error: BulkWriteError, documents: Sequence[Document]) -> list[str]:
    if not is_duplicate(error):
        raise unavailable(error) from None
    return [documents[failure["index"]]["_id"] for failure in error.details["writeErrors"]]
