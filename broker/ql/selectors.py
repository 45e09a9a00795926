"""Which entities a request names: lists and patterns of ids and types, and service paths."""

from typing import Final

from broker.ql.ast import (
    IdIn,
    IdMatches,
    Node,
    ServicePathIs,
    TypeIn,
    TypeMatches,
    any_of,
)
from broker.ql.errors import QuerySyntaxError
from broker.ql.patterns import searcher
from kernel.errors import BadRequestError

_MOST_PATHS: Final = 10
_MOST_LEVELS: Final = 10
_LONGEST_LEVEL: Final = 50
_ALL_BELOW: Final = "#"


def id_list(text: str) -> Node:
    """One of the ids in a comma-separated list."""
    return IdIn(_names(text, "id"))


def type_list(text: str) -> Node:
    """One of the types in a comma-separated list."""
    return TypeIn(_names(text, "type"))


def id_pattern(pattern: str) -> Node:
    """An id that contains a match of the pattern.

    Raises:
        PatternError: it is not a regular expression of RE2.
    """
    searcher(pattern)
    return IdMatches(pattern)


def type_pattern(pattern: str) -> Node:
    """A type that contains a match of the pattern.

    Raises:
        PatternError: it is not a regular expression of RE2.
    """
    searcher(pattern)
    return TypeMatches(pattern)


def _names(text: str, what: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(","))
    if "" in names:
        raise QuerySyntaxError(f"The list of {what}s has an empty element")
    return names


def service_paths(header: str) -> Node:
    """Where a query looks: the comma-separated paths of `Fiware-ServicePath`.

    `/a` is that path alone, `/a/#` also everything below. Without the header: everywhere.

    Raises:
        BadRequestError: a path is malformed, or there are more than ten.
    """
    paths = [path.strip() for path in header.split(",")] if header else ["/#"]
    if len(paths) > _MOST_PATHS:
        raise BadRequestError("too many service paths - a maximum of ten service paths is allowed")
    return any_of(*(_path_node(path) for path in paths))


def _path_node(path: str) -> Node:
    base, _, last = _trimmed(path).rpartition("/")
    if last == _ALL_BELOW:
        return ServicePathIs(_checked(base or "/"), below=True)
    return ServicePathIs(_checked(path))


def update_path(header: str) -> str:
    """Where a write goes: one path without `#`; `/` without the header.

    Raises:
        BadRequestError: the path is malformed, or there is more than one.
    """
    if not header:
        return "/"
    if "," in header:
        raise BadRequestError("more than one service path in context update request")
    return _checked(header.strip())


def _checked(path: str) -> str:
    if not path.startswith("/"):
        raise BadRequestError(
            "Only /absolute/ Service Paths allowed [a service path must begin with /]"
        )
    trimmed = _trimmed(path)
    if trimmed == "/":
        return trimmed
    levels = trimmed[1:].split("/")
    if len(levels) > _MOST_LEVELS:
        raise BadRequestError("too many components in ServicePath")
    for level in levels:
        _check_level(level)
    return trimmed


def _trimmed(path: str) -> str:
    """Without the slash at its end, of which Orion takes one."""
    return path.removesuffix("/") or "/"


def _check_level(level: str) -> None:
    if not level:
        raise BadRequestError("empty component in ServicePath")
    if len(level) > _LONGEST_LEVEL:
        raise BadRequestError("component-name too long in ServicePath")
    if not level.isascii() or not level.replace("_", "a").isalnum():
        raise BadRequestError("a component of ServicePath contains an illegal character")
