"""Changing one document by compare-and-swap, again until nobody was in between."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from kernel.errors import UnavailableError
from oauth.ports import Shelf

ValueT = TypeVar("ValueT", bound=msgspec.Struct)

_TRIES: Final = 32


async def change(
    shelf: Shelf[ValueT], key: str, decide: Callable[[ValueT], ValueT]
) -> ValueT | None:
    """Put `decide(present)` in the present value's place; None where there is none.

    `decide` is called again when somebody else was faster, so it has no effects; what it raises
    ends the change. Returning the value itself writes nothing.

    Raises:
        UnavailableError: others were faster too often.
    """
    for _ in range(_TRIES):
        kept = await shelf.get(key)
        if kept is None:
            return None
        value = decide(kept.value)
        if value is kept.value or await shelf.swap(kept, value):
            return value
    raise _contended()


async def change_or_add(
    shelf: Shelf[ValueT], key: str, decide: Callable[[ValueT | None], ValueT]
) -> ValueT:
    """As `change`, and where there is no value `decide(None)` becomes the first.

    Raises:
        UnavailableError: others were faster too often.
    """
    for _ in range(_TRIES):
        kept = await shelf.get(key)
        value = decide(None if kept is None else kept.value)
        if await (shelf.add(value) if kept is None else shelf.swap(kept, value)):
            return value
    raise _contended()


def _contended() -> UnavailableError:
    return UnavailableError("Too many change this at once; try again")
