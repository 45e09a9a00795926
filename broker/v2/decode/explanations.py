"""What is to be explained: an entity as it is, or a request that was not made (ADR 0084)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.core.writes import Action
from broker.v2.decode.batch import decode_action
from broker.v2.decode.entities import Draft, decode_entity
from broker.v2.decode.fields import object_of
from kernel.errors import BadRequestError

_FIELDS: Final = frozenset({"entity", "actionType"})


class Question(msgspec.Struct, frozen=True):
    """Which entity; with an action: what the request would do to it."""

    draft: Draft
    action: Action | None = None


def decode_question(document: Mapping[str, Any], *, key_values: bool) -> Question:
    """The body of an explanation.

    Raises:
        BadRequestError: it names no entity, or something that cannot be read.
    """
    if not document.keys() <= _FIELDS:
        raise BadRequestError("an explanation has the fields entity and actionType")
    entity = object_of(document, "entity")
    if entity is None:
        raise BadRequestError("no entity to explain specified")
    draft = decode_entity(entity, key_values=key_values)
    if "actionType" in document:
        return Question(draft, decode_action(document["actionType"]))
    if draft.attributes:
        raise BadRequestError("attributes are explained with an actionType only")
    return Question(draft)
