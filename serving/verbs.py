"""In which order the methods of a path are told, which clients of Orion compare."""

from collections.abc import Collection
from typing import Final

_ORDER: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")


def in_order(methods: Collection[str]) -> list[str]:
    """Orion's order; it begins anew where none can delete. HEAD and OPTIONS go without saying."""
    order = _ORDER if "DELETE" in methods else sorted(_ORDER)
    return [verb for verb in order if verb in methods]
