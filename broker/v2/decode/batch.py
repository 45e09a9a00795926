"""Bodies of the batch operations (NGSI-v2 "Batch Operations")."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from broker.core.writes import Action
from broker.subscriptions.model import EntityMatcher
from broker.v2.decode.entities import Draft, decode_entity
from broker.v2.decode.expression import Expression, decode_expression
from broker.v2.decode.selection import decode_names, decode_selection
from broker.v2.errors import quoted
from kernel.errors import BadRequestError

# The names in capitals are those of NGSIv1, which Orion still reads.
_ACTIONS: Final = {
    "append": Action.APPEND,
    "appendStrict": Action.APPEND_STRICT,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "replace": Action.REPLACE,
    "APPEND": Action.APPEND,
    "APPEND_STRICT": Action.APPEND_STRICT,
    "UPDATE": Action.UPDATE,
    "DELETE": Action.DELETE,
    "REPLACE": Action.REPLACE,
}


class BatchUpdate(msgspec.Struct, frozen=True):
    """What `POST /v2/op/update` asks for."""

    action: Action
    entities: Sequence[Draft]


class BatchQuery(msgspec.Struct, frozen=True):
    """What `POST /v2/op/query` asks for.

    Attributes:
        owning: entities with one of these attributes only (the deprecated `attributes`).
    """

    matchers: Sequence[EntityMatcher] = ()
    owning: tuple[str, ...] = ()
    attrs: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    expression: Expression = Expression()


def decode_update(document: dict[str, Any], *, key_values: bool) -> BatchUpdate:
    """The body of a batch update.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    _check_needed(document, ("entities", "actionType"))
    action, drafts = Action.APPEND, list[Draft]()
    for name, part in document.items():  # the first that is wrong counts
        match name:
            case "entities":
                drafts = _drafts(part, key_values=key_values)
            case "actionType":
                action = decode_action(part)
            case _:
                raise _unrecognized(name)
    return BatchUpdate(action, drafts)


def decode_query(document: dict[str, Any]) -> BatchQuery:
    """The body of a batch query.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if document.keys().isdisjoint(("entities", "attributes", "attrs", "expression")):
        raise BadRequestError("Invalid JSON payload, no relevant fields found")
    parts = {name: _query_part(document, name) for name in document}
    owning = parts.get("attributes", ())
    return BatchQuery(
        parts.get("entities", ()),
        owning,
        parts.get("attrs") or owning,
        parts.get("metadata", ()),
        parts.get("expression", Expression()),
    )


def _query_part(document: dict[str, Any], name: str) -> Any:
    """A member as it is understood; members are looked at in the order in which they stand."""
    match name:
        case "entities":
            return decode_selection(document[name])
        case "attributes" | "attrs" | "metadata":
            return decode_names(document, name)
        case "expression":
            return decode_expression(document[name])
        case _:
            raise _unrecognized(name)


def decode_notification(document: dict[str, Any]) -> BatchUpdate:
    """The body of a notification of another broker: all of its entities are appended.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    _check_needed(document, ("subscriptionId", "data"))
    drafts = list[Draft]()
    for name, part in document.items():
        match name:
            case "subscriptionId":
                if type(part) is not str:
                    raise BadRequestError("/subscriptionId/ must be a JSON String")
            case "data":
                drafts = _told(part)
            case _:
                raise _unrecognized(name)
    return BatchUpdate(Action.APPEND, drafts)


def _told(data: Any) -> list[Draft]:
    if type(data) is not list:
        raise BadRequestError("/data/ must be a JSON Array")
    if not all(type(item) is dict for item in data):
        raise BadRequestError("notification data vector item must be a JSON Object")
    return [_draft(item, key_values=False) for item in data]


def _check_needed(document: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name not in document:
            raise BadRequestError(f"Invalid JSON payload, mandatory field /{name}/ not found")


def _unrecognized(name: str) -> BadRequestError:
    return BadRequestError(f"Unrecognized field in JSON payload: /{quoted(name)}/")


def decode_action(value: Any) -> Action:
    """An `actionType`.

    Raises:
        BadRequestError: there is none of that name.
    """
    if type(value) is not str or value not in _ACTIONS:
        # Orion's own spelling, which transcripts compare.
        raise BadRequestError(
            "invalid update action type: right ones are:"
            " append, appendStric, delete, replace, update"
        )
    return _ACTIONS[value]


def _drafts(value: Any, *, key_values: bool) -> list[Draft]:
    if type(value) is not list:
        raise BadRequestError("not a JSON array")
    if not value:
        raise BadRequestError("empty entities vector")
    return [_draft(item, key_values=key_values) for item in value]


def _draft(item: Any, *, key_values: bool) -> Draft:
    if type(item) is not dict:
        raise BadRequestError("entity is not a JSON object")
    if "id" not in item:
        raise BadRequestError("nor /id/ nor /idPattern/ present")
    if "idPattern" in item:
        raise BadRequestError("both /id/ and /idPattern/ present")
    return decode_entity(item, key_values=key_values)
