"""Walks shelves page by page, in order of key. What is met may be changed or removed on the way."""

from collections.abc import AsyncIterator
from typing import Final, TypeVar

import msgspec

from oauth.model.kinds import Kind
from oauth.ports import Kept, Shelf

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

_PAGE: Final = 200


async def everything(shelf: Shelf[ValueT], kind: Kind[ValueT]) -> AsyncIterator[Kept[ValueT]]:
    """All documents of a shelf."""
    after = ""
    while page := await shelf.all(after=after, limit=_PAGE):
        for kept in page:
            yield kept
        after = kind.key(page[-1].value)


async def marked(
    shelf: Shelf[ValueT], kind: Kind[ValueT], mark: str, text: str
) -> AsyncIterator[Kept[ValueT]]:
    """All documents with a mark."""
    after = ""
    while page := await shelf.find(mark, text, after=after, limit=_PAGE):
        for kept in page:
            yield kept
        after = kind.key(page[-1].value)
