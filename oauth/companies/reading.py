"""Whole shelves, page after page: there are few companies, and few of anything that is theirs."""

from collections.abc import AsyncIterator
from typing import Final, TypeVar

import msgspec

from oauth.model.kinds import Kind
from oauth.ports import Shelf

ValueT = TypeVar("ValueT", bound=msgspec.Struct)
_PAGE: Final = 200


async def everything(shelf: Shelf[ValueT], kind: Kind[ValueT]) -> AsyncIterator[ValueT]:
    """All values of a shelf, in order of key."""
    after = ""
    while page := await shelf.all(after=after, limit=_PAGE):
        for kept in page:
            yield kept.value
        after = kind.key(page[-1].value)


async def everything_marked(
    shelf: Shelf[ValueT], kind: Kind[ValueT], mark: str, text: str, *, after: str = ""
) -> AsyncIterator[ValueT]:
    """All values with a mark, in order of key, those beyond `after`."""
    while page := await shelf.find(mark, text, after=after, limit=_PAGE):
        for kept in page:
            yield kept.value
        after = kind.key(page[-1].value)
