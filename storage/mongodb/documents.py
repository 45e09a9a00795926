"""Values of the broker as MongoDB documents, and back.

The value itself is JSON text in `body`: BSON cannot hold every JSON document (integers beyond 64
bits; names with dots and dollars, in some servers), text can. Beside it stand the members that
the server searches and sorts by.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from broker.model.attribute import Attribute
from broker.model.changes import HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.model.notice import Notice
from kernel.times import Instant
from storage.documents import ATTRIBUTE, ENTITY, NOTICE, to_json
from storage.mongodb.facts import facts_of
from storage.mongodb.places import cells_of

Document: TypeAlias = dict[str, Any]

NEVER: Final = (1 << 63) - 1
"""`expires` of an entity that stays: later than every instant."""

_decode_pair = msgspec.json.Decoder(tuple[str, str]).decode


def key_text(*parts: str) -> str:
    """Parts as one text, never the same for other parts: what an `_id` is made of."""
    return to_json(parts)


def rank(created_at: Instant, key: EntityKey) -> str:
    """A text that sorts in the order of creation: created_at, id, type, service path."""
    parts = (f"{created_at + (1 << 63):016x}", key.id, key.type, key.service_path)
    return "\x00\x00".join(part.replace("\x00", "\x00\x01") for part in parts)


# Entities ----------------------------------------------------------------------------------------


def entity_document(tenant: str, entity: Entity, *, write: str, number: int) -> Document:
    """An entity as it is stored.

    `write` is the id of the write that made it so: what compare-and-swap compares. `number` is the
    highest of a notice about it, so that the next one gets a higher number on every node.
    """
    document: Document = {
        "_id": key_text(tenant, *entity.key),
        "tenant": tenant,
        "id": entity.id,
        "types": list(entity.types),
        "path": entity.service_path,
        "scopes": list(entity.scopes),
        "created": entity.created_at,
        "modified": entity.modified_at,
        "expires": NEVER if entity.expires_at is None else entity.expires_at,
        "rank": rank(entity.created_at, entity.key),
        "facts": facts_of(entity.attributes),
        "places": cells_of(entity),
        "shape": shape_of(entity),
        "write": write,
        "number": number,
        "body": to_json(entity),
    }
    if len(entity.types) > 1:
        document["more_types"] = list(entity.types[1:])
    return document


def entity_of(document: Mapping[str, Any]) -> Entity:
    """The entity of a document that has its `body`."""
    return ENTITY.decode(document["body"])


def shape_of(entity: Entity) -> list[str]:
    """The v2 types of each attribute's instances: the JSON text of `[name, type]`, sorted."""
    return sorted(
        {
            key_text(name, instance.v2_type)
            for name, instances in entity.attributes.items()
            for instance in instances
        }
    )


def attribute_types(shape: Iterable[str]) -> Iterable[tuple[str, str]]:
    """`(name, v2 type)` of each part of a shape."""
    return (_decode_pair(part) for part in shape)


# What is written with them -----------------------------------------------------------------------


def history_document(tenant: str, row: HistoryRow, row_id: str) -> Document:
    """A row of history. Rows of one instant sort by `_id`, which rises within a write."""
    document: Document = {
        "_id": row_id,
        "tenant": tenant,
        "id": row.key.id,
        "type": row.key.type,
        "path": row.key.service_path,
        "attribute": row.attribute,
        "dataset": row.dataset_id,
        "time": row.time,
        "recorded": row.recorded_at,
    }
    if row.instance is not None:
        document["body"] = to_json(row.instance)
    return document


def row_of(document: Mapping[str, Any]) -> HistoryRow:
    """The row of a document."""
    return HistoryRow(
        EntityKey(document["id"], document["type"], document["path"]),
        document["attribute"],
        document["time"],
        document["recorded"],
        instance_of(document),
        document["dataset"],
    )


def instance_of(document: Mapping[str, Any]) -> Attribute | None:
    """The attribute of a row; None if it was deleted then."""
    body = document.get("body")
    return None if body is None else ATTRIBUTE.decode(body)


def notice_document(notice: Notice) -> Document:
    """An owed notice, under its number."""
    return {
        "_id": notice.number,
        "tenant": notice.tenant,
        "subscription": notice.subscription_id,
        "lane": notice.lane,
        "body": to_json(notice),
    }


def notice_of(document: Mapping[str, Any]) -> Notice:
    """The notice of an owed or dead document."""
    return NOTICE.decode(document["body"])
