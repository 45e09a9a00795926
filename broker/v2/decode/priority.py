"""`evalPriority` of the attributes of `ngsi` (Orion's manual, "Evaluation priority")."""

from collections.abc import Mapping
from typing import Any, Final

from kernel.errors import BadRequestError

FIRST: Final = 1
LAST: Final = 100_000
_NAME: Final = "evalPriority"


def check_priority(metadata: Mapping[str, Any]) -> None:
    """Metadata of an attribute of `ngsi` is a priority or nothing.

    Raises:
        BadRequestError: there is other metadata, or the priority is no number from 1 to 100,000.
    """
    for name, metadatum in metadata.items():
        if name != _NAME:
            raise BadRequestError(
                "only evalPriority metadata is allowed in ngsi field in custom notifications"
            )
        priority = metadatum.get("value")
        if type(priority) not in (int, float):
            raise BadRequestError("evalPriority metadata must be a number")
        if priority < FIRST:
            raise BadRequestError(f"evalPriority metadata minimum priority is {FIRST}")
        if priority > LAST:
            raise BadRequestError(f"evalPriority metadata maximum priority is {LAST}")


def priority_of(part: Mapping[str, Any]) -> float:
    """When an attribute of `ngsi` is evaluated: the lower the earlier; last, if it does not say."""
    priority: float = part.get("metadata", {}).get(_NAME, {}).get("value", LAST)
    return priority
