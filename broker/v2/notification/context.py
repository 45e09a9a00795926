"""What the expressions of a notification may name (Orion's manual, "Macro substitution")."""

from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.notice import Notice
from broker.v2.encode.attributes import encode_metadata, encode_value
from broker.v2.encode.selection import (
    ACTION_TYPE,
    DATE_CREATED,
    DATE_MODIFIED,
    PREVIOUS_VALUE,
)
from broker.v2.notification.content import (
    action_of,
    builtin_told,
    entity_type_of,
    previous_of,
)
from kernel.times import render_millis

_METADATA: Final = "metadata"


class NoticeContext:
    """The values of one notification by name, made when they are asked for.

    `metadata` comes first, then what expressions gave, then the entity's attributes, told or not,
    and the builtin ones; these outweigh what belongs to the request.
    """

    def __init__(self, notice: Notice) -> None:
        self._notice = notice
        self._defined: dict[str, Any] = {}

    def __getitem__(self, name: str, /) -> Any:
        """The value of a name, as NGSI-v2 shows it.

        Raises:
            KeyError: there is nothing of that name.
        """
        if name in self._defined:
            return self._defined[name]
        if name == _METADATA:
            self._defined[name] = self._metadata()
            return self._defined[name]
        attribute = self._notice.entity.attribute(name)
        if attribute is not None:
            return encode_value(attribute)
        builtin = builtin_told(self._notice, name)
        return self._of_request(name) if builtin is None else builtin["value"]

    def define(self, name: str, value: Any) -> None:
        """Let the following expressions name a value (manual, "Evaluation priority")."""
        if name != _METADATA:
            self._defined[name] = value

    def tells(self, name: str) -> bool:
        """Whether the entity has something of that name, or an attribute that is builtin."""
        has_own = self._notice.entity.attribute(name) is not None
        return has_own or builtin_told(self._notice, name) is not None

    def _of_request(self, name: str) -> Any:
        match name:
            case "id":
                return self._notice.entity.id
            case "type":
                return entity_type_of(self._notice.entity)
            case "service":
                return self._notice.tenant
            case "authToken":
                return ""  # tokens of callers are not kept, and so not passed on
            case _:
                raise KeyError(name)

    def _metadata(self) -> dict[str, dict[str, Any]]:
        """Values of metadata by attribute and name, builtin ones too (manual, "Metadata support").

        They are those of attributes that the entity has, whatever expressions have given since.
        """
        entity = self._notice.entity
        found = ((name, entity.attribute(name)) for name in entity.attributes)
        return {name: self._metadata_of(name, one) for name, one in found if one is not None}

    def _metadata_of(self, name: str, attribute: Attribute) -> dict[str, Any]:
        values: dict[str, Any] = {
            DATE_CREATED: render_millis(attribute.created_at),
            DATE_MODIFIED: render_millis(attribute.modified_at),
        }
        for own, shown in encode_metadata(attribute).items():
            values[own] = shown["value"]
        if name in self._notice.written:
            values[ACTION_TYPE] = action_of(self._notice, name)
        if (previous := previous_of(self._notice, name)) is not None:
            values[PREVIOUS_VALUE] = encode_value(previous)
        return values
