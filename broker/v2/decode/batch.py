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
    _check_members(document, ("entities", "actionType"))
    drafts = _drafts(document["entities"], key_values=key_values)
    return BatchUpdate(decode_action(document["actionType"]), drafts)


def decode_query(document: dict[str, Any]) -> BatchQuery:
    """The body of a batch query.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if document.keys().isdisjoint(("entities", "attributes", "attrs", "expression")):
        raise BadRequestError("Invalid JSON payload, no relevant fields found")
    _check_known(document, ("entities", "attributes", "attrs", "metadata", "expression"))
    expression = Expression()
    if "expression" in document:
        expression = decode_expression(document["expression"])
    owning = decode_names(document, "attributes")
    return BatchQuery(
        decode_selection(document["entities"]) if "entities" in document else (),
        owning,
        decode_names(document, "attrs") or owning,
        decode_names(document, "metadata"),
        expression,
    )


def decode_notification(document: dict[str, Any]) -> BatchUpdate:
    """The body of a notification of another broker: all of its entities are appended.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    _check_members(document, ("subscriptionId", "data"))
    if type(document["subscriptionId"]) is not str:
        raise BadRequestError("/subscriptionId/ must be a JSON String")
    if type(document["data"]) is not list:
        raise BadRequestError("/data/ must be a JSON Array")
    if not all(type(item) is dict for item in document["data"]):
        raise BadRequestError("notification data vector item must be a JSON Object")
    return BatchUpdate(Action.APPEND, _drafts(document["data"], key_values=False))


def _check_members(document: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name not in document:
            raise BadRequestError(f"Invalid JSON payload, mandatory field /{name}/ not found")
    _check_known(document, names)


def _check_known(document: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in document:
        if name not in names:
            raise BadRequestError(f"Unrecognized field in JSON payload: /{quoted(name)}/")


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
    return decode_entity(item, key_values=key_values)
