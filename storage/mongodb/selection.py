"""What a server is asked for when it cannot be asked for exactly what is wanted.

A `Selection` encloses a condition from both sides: `may` finds at least everything that satisfies
it, `must` finds nothing else. Where both are the same filter, the server's answer is the answer;
otherwise what `may` finds is judged again in process. Negation swaps the sides, so that a condition
which the server knows only roughly can stand under a `Not`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Filter: TypeAlias = dict[str, Any]

ALL: Final[Filter] = {}
NONE: Final[Filter] = {"_id": {"$in": []}}


@dataclass(frozen=True, slots=True)
class Selection:
    """A condition between two filters."""

    may: Filter
    must: Filter

    @property
    def is_exact(self) -> bool:
        """Whether the server alone selects what is wanted."""
        return self.may == self.must


def exactly(where: Filter) -> Selection:
    """A condition that the server understands completely."""
    return Selection(where, where)


def at_most(where: Filter) -> Selection:
    """A condition of which the server knows only that it holds nowhere else."""
    return Selection(where, NONE)


EVERYTHING: Final = exactly(ALL)
NOTHING: Final = exactly(NONE)


def conjunction(parts: Sequence[Selection]) -> Selection:
    """All hold."""
    return Selection(every([part.may for part in parts]), every([part.must for part in parts]))


def disjunction(parts: Sequence[Selection]) -> Selection:
    """At least one holds."""
    return Selection(some([part.may for part in parts]), some([part.must for part in parts]))


def negation(part: Selection) -> Selection:
    """It does not hold."""
    return Selection(none_of(part.must), none_of(part.may))


def every(filters: Sequence[Filter]) -> Filter:
    """The `$and` list of the filters: a merged dict would drop the second condition on a field."""
    if NONE in filters:
        return NONE
    telling = [where for where in filters if where != ALL]
    return telling[0] if len(telling) == 1 else {"$and": telling} if telling else ALL


def some(filters: Sequence[Filter]) -> Filter:
    """The `$or` list of the filters."""
    if ALL in filters:
        return ALL
    possible = [where for where in filters if where != NONE]
    return possible[0] if len(possible) == 1 else {"$or": possible} if possible else NONE


def none_of(where: Filter) -> Filter:
    """What the filter does not find."""
    if where == ALL:
        return NONE
    return ALL if where == NONE else {"$nor": [where]}
