"""The JEXL expression of a condition (Orion, `subject.condition.jexlExpression`)."""

from collections.abc import Mapping
from typing import Any, Final

from broker.jexl.budget import Budget
from broker.jexl.evaluate import result
from broker.model.changes import Change
from broker.model.entity import Entity

_WORK: Final = 100_000
"""Units that one evaluation may cost: it happens while a write is decided, a few milliseconds."""
_METADATA: Final = "metadata"


def holds(expression: str, change: Change) -> bool:
    """Whether the expression gives true for the entity after the change, or before it ended.

    What is no expression, has no value or costs more than one may does not hold.
    """
    return result(expression, _Context(change.entity), Budget(_WORK), change.at) is True


class _Context:
    """What the expression may name: the entity's attributes, their metadata, its id and type."""

    __slots__ = ("_entity",)

    def __init__(self, entity: Entity) -> None:
        self._entity = entity

    def __getitem__(self, name: str, /) -> Any:
        """The value of a name.

        Raises:
            KeyError: there is nothing of that name.
        """
        if name == _METADATA:
            return self._metadata()
        attribute = self._entity.attribute(name)
        if attribute is not None:
            return attribute.value
        match name:
            case "id":
                return self._entity.id
            case "type":
                return self._entity.types[0]
            case _:
                raise KeyError(name)

    def _metadata(self) -> Mapping[str, Mapping[str, Any]]:
        entity = self._entity
        found = ((name, entity.attribute(name)) for name in entity.attributes)
        return {
            name: {own: metadatum.value for own, metadatum in one.metadata.items()}
            for name, one in found
            if one is not None
        }
