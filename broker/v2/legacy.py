"""NGSIv1, in which providers are asked that are registered with `legacyForwarding`.

Deprecated in Orion, and served still. Of NGSIv1 this is all: `POST <url>/queryContext` and
`POST <url>/updateContext`, which always answer 200 and say in the body what became of it.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from broker.federation.asks import EntityPart, QueryAsk, UpdateAsk
from broker.model.attribute import Attribute
from kernel.errors import PeerError

Encode: TypeAlias = Callable[[Attribute], dict[str, Any]]

_BROKEN: Final = "invalid context provider response"
_COMPOUND: Final = "StructuredValue"
_FOUND: Final = "200"
_NOT_FOUND: Final = "404"


def query_body(ask: QueryAsk) -> dict[str, Any]:
    """What `queryContext` takes."""
    is_pattern = not ask.selector.id
    entity = {
        "id": ask.selector.id_pattern if is_pattern else ask.selector.id,
        "isPattern": "true" if is_pattern else "false",
        "type": ask.selector.type,
    }
    return {"entities": [entity], "attributes": list(ask.attributes)}


def update_body(ask: UpdateAsk, encode: Encode) -> dict[str, Any]:
    """What `updateContext` takes; `encode` shows an attribute as NGSI-v2 writes it."""
    elements = [_element(one, encode) for one in ask.parts.values()]
    return {"contextElements": elements, "updateAction": "UPDATE"}


def _element(part: EntityPart, encode: Encode) -> dict[str, Any]:
    return {
        "id": part.id,
        "isPattern": "false",
        "type": part.type,
        "attributes": [_attribute(name, encode(one[0])) for name, one in part.attributes.items()],
    }


def _attribute(name: str, shown: dict[str, Any]) -> dict[str, Any]:
    written = {"name": name, "type": shown.get("type", ""), "value": shown["value"]}
    metadata = [{"name": key, **one} for key, one in shown["metadata"].items()]
    return written | {"metadatas": metadata} if metadata else written


def documents_of(answer: Any) -> list[dict[str, Any]]:
    """The entities of an answer as NGSI-v2 writes them; none where nothing was found.

    Raises:
        PeerError: it is no answer of NGSIv1, or tells of an error.
    """
    match answer:
        case {"errorCode": {"code": code}} if code == _NOT_FOUND:
            return []
        case {"contextResponses": [*responses]}:
            return [_entity(element) for element in map(_found, responses) if element is not None]
        case _:
            raise PeerError(_BROKEN)


def _found(response: Any) -> Any:
    """The element that a response tells of; None if there is none."""
    match response:
        case {"statusCode": {"code": code}} if code == _NOT_FOUND:
            return None
        case {"contextElement": element, "statusCode": {"code": code}} if code == _FOUND:
            return element
        case _:
            raise PeerError(_BROKEN)


def _entity(element: Any) -> dict[str, Any]:
    match element:
        case {"id": str(entity_id), "type": str(entity_type)} if entity_id and entity_type:
            document: dict[str, Any] = {"id": entity_id, "type": entity_type}
        case _:
            raise PeerError(_BROKEN)
    for item in _items(element, "attributes"):
        name, kind, value = _named(item)
        document[name] = {
            "type": _COMPOUND if isinstance(value, dict | list) else kind,
            "value": value,
            "metadata": dict(_metadata(one) for one in _items(item, "metadatas")),
        }
    return document


def _metadata(item: Any) -> tuple[str, dict[str, Any]]:
    name, kind, value = _named(item)
    return name, {"type": kind, "value": value}


def _named(item: Any) -> tuple[str, str, Any]:
    """Name, type and value of an attribute or a metadata; all of them have a type."""
    match item:
        case {"name": str(name), "type": str(kind)} if name and kind:
            return name, kind, item.get("value")
        case _:
            raise PeerError(_BROKEN)


def _items(holder: Any, name: str) -> list[Any]:
    items = holder.get(name, [])
    if not isinstance(items, list):
        raise PeerError(_BROKEN)
    return items
