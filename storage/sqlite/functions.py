"""Python inside SQL, for what SQL cannot decide exactly. All are deterministic.

Predicates travel as bound objects (`apsw.pyobject`), never as text.
"""

from collections.abc import Callable
from typing import Any

import apsw

from broker.model.entity import Entity
from storage.documents import ENTITY
from storage.ordering import Kind, Rank


def register(connection: apsw.Connection) -> None:
    """Make the functions known to a connection."""
    functions: dict[str, Callable[..., Any]] = {
        "odori_holds": _holds,
        "odori_test": _test,
        "odori_kind": _kind,
        "odori_value": _value,
    }
    for name, function in functions.items():
        connection.create_scalar_function(name, function, 2, deterministic=True)


def _holds(predicate: Callable[[Entity], bool], doc: str) -> bool:
    """Whether the predicate holds for the entity of this document."""
    return predicate(ENTITY.decode(doc))


def _test(test: Callable[[str], bool], text: str) -> bool:
    """Whether a text passes."""
    return test(text)


def _kind(ranking: Callable[[Entity], Rank], doc: str) -> int:
    """The first part of an entity's sort key."""
    return ranking(ENTITY.decode(doc)).kind.value


def _value(ranking: Callable[[Entity], Rank], doc: str) -> float | int | str | None:
    """The second part of an entity's sort key; null where the first is `MISSING`."""
    rank = ranking(ENTITY.decode(doc))
    return None if rank.kind is Kind.MISSING else rank.value
