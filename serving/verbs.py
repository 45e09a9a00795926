"""In which order the methods of a path are told, which clients of Orion compare."""

from collections.abc import Collection
from typing import Final

OPTIONS: Final = "OPTIONS"
_ORDER: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_UNSAID: Final = frozenset({"HEAD", OPTIONS})
_LIST: Final = frozenset({"GET", "POST"})


def in_order(methods: Collection[str]) -> list[str]:
    """Orion's order in preflights; it begins anew where none can delete. HEAD is not told."""
    order = _ORDER if "DELETE" in methods else sorted(_ORDER)
    return [verb for verb in (*order, OPTIONS) if verb in methods]


def allow_order(methods: Collection[str]) -> list[str]:
    """Orion's order in `Allow`: the same but for lists, whose POST stands first there."""
    told = in_order(methods)
    if set(methods) - _UNSAID == _LIST:
        told[:2] = ["POST", "GET"]
    return told
