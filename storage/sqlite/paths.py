"""Where the value of a path is in a stored document, as JSON paths of SQLite."""

from dataclasses import dataclass

from broker.ql.ast import Path

_NOT_IN_A_LABEL = frozenset('"\\')
_DEEPEST = 64
"""Values nest no deeper (`kernel.json`); SQL grows with the square of the depth."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The JSON paths that answer an AST path for an entity with one instance of the attribute.

    Attributes:
        second: exists if the attribute has several instances: then these paths do not suffice.
        through: where an array stands in the way, these paths do not suffice either.
        holder: the attribute instance or metadata that holds the value.
        type: its NGSI-v2 type.
        value: the value; not there where it is null (defaults are not stored).
        inside: whether `value` lies inside the holder's value, where null is spelled out and
            nothing is temporal.
    """

    second: str
    through: tuple[str, ...]
    holder: str
    type: str
    value: str
    inside: bool


def spot_of(path: Path) -> Spot | None:
    """The spot of a path.

    None where SQLite cannot spell a name, the path ends at a facet, or leads deeper than values go.
    """
    names = (path.attribute, *path.metadata, *path.keys)
    if len(names) > _DEEPEST or not all(_is_plain(name) for name in names):
        return None
    first = f"$.a.{_label(path.attribute)}"
    holder = f"{first}[0]" + "".join(f".m.{_label(name)}" for name in path.metadata)
    value = f"{holder}.v"
    through: list[str] = []
    for key in path.keys:
        through.append(value)
        value = f"{value}.{_label(key)}"
    return Spot(f"{first}[1]", tuple(through), holder, f"{holder}.t", value, bool(path.keys))


def _label(name: str) -> str:
    return f'"{name}"'


def _is_plain(name: str) -> bool:
    """Exactly a text (no `Field`, no `Facet`) that JSON does not escape."""
    return (
        type(name) is str and name.isprintable() and not _NOT_IN_A_LABEL & set(name) and name != ""
    )
