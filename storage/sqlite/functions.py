"""Python inside SQL, for what SQL cannot decide exactly. All are deterministic.

Predicates travel as bound objects (`apsw.pyobject`), never as text.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import apsw

from broker.model.attribute import Attribute
from broker.model.comparison import instant_of
from broker.model.entity import Entity
from broker.ql.ordering import Rank
from kernel.times import Instant
from storage.documents import ENTITY

_INT64: Final = 2**63


def register(connection: apsw.Connection) -> None:
    """Make the functions known to a connection."""
    functions: dict[str, tuple[int, Callable[..., Any]]] = {
        "odori_holds": (2, _holds),
        "odori_test": (2, _test),
        "odori_instant": (1, _instant),
        "odori_kind": (2, _kind),
        "odori_value": (2, _value),
    }
    for name, (arguments, function) in functions.items():
        connection.create_scalar_function(name, function, arguments, deterministic=True)


def _holds(predicate: Callable[[Entity], bool], doc: str) -> bool:
    """Whether the predicate holds for the entity of this document."""
    return predicate(ENTITY.decode(doc))


def _test(test: Callable[[str], bool], text: str) -> bool:
    """Whether a text passes."""
    return test(text)


def _instant(text: str) -> Instant | None:
    """What a text stands for in an attribute of a temporal type (`broker.model.comparison`)."""
    return instant_of(Attribute(text, type="DateTime"))


def _kind(ranking: Callable[[Entity], Rank], doc: str) -> float:
    """The first part of an entity's sort key.

    Numbers too great for SQLite's integers are a kind of their own behind all other numbers, and
    counted from there.
    """
    kind, value = ranking(ENTITY.decode(doc))
    return kind + 0.5 if _is_huge(value) else kind


def _value(ranking: Callable[[Entity], Rank], doc: str) -> float | int | str:
    """The second part of an entity's sort key."""
    _, value = ranking(ENTITY.decode(doc))
    if not _is_huge(value):
        return cast("float | int | str", value)
    behind = int(value) - _INT64
    return behind if behind < _INT64 else float(value)


def _is_huge(value: object) -> bool:
    return isinstance(value, int | float) and value >= _INT64
