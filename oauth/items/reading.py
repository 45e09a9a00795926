"""Small readers of JSON that name the field in their errors, and never quote what they read."""

from collections.abc import Mapping, Sequence
from typing import Final

from kernel.errors import BadRequestError
from kernel.json import JsonValue
from oauth.items.codelists import entries

_LONGEST: Final = 100


def members(
    raw: JsonValue, name: str, *, required: frozenset[str], optional: frozenset[str] = frozenset()
) -> Mapping[str, JsonValue]:
    """An object with these members and no others."""
    if not isinstance(raw, Mapping):
        raise BadRequestError(f"{name} is an object")
    if missing := required - raw.keys():
        raise BadRequestError(f"{name} needs {', '.join(sorted(missing))}")
    if raw.keys() - required - optional:
        known = ", ".join(sorted(required | optional))
        raise BadRequestError(f"{name} has no other members than {known}")
    return raw


def text(raw: JsonValue, name: str, longest: int = _LONGEST) -> str:
    """Printable text without space around it."""
    if not isinstance(raw, str):
        raise BadRequestError(f"{name} is a text")
    found = raw.strip()
    if not 0 < len(found) <= longest or not found.isprintable():
        raise BadRequestError(f"{name} has 1 to {longest} printable characters")
    return found


def number(raw: JsonValue, name: str, least: int, most: int) -> int:
    """A whole number between both."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
        raise BadRequestError(f"{name} is a whole number from {least} to {most}")
    return raw


def code(raw: JsonValue, name: str, of: str) -> str:
    """A code of the list `of`."""
    if not isinstance(raw, str) or raw not in entries(of):
        raise BadRequestError(f"{name} is a code of the list {of}")
    return raw


def several(raw: JsonValue, name: str, most: int) -> Sequence[JsonValue]:
    """A list with 1 to `most` elements."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not 0 < len(raw) <= most:
        raise BadRequestError(f"{name} is a list of 1 to {most}")
    return raw
