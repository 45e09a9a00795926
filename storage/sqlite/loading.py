"""Entities by their keys."""

import json
from collections.abc import Sequence

import apsw
import msgspec

from broker.core.decision import Target
from broker.model.entity import Entity
from broker.ql.ordering import creation_order
from kernel.times import Instant
from storage.documents import ENTITY
from storage.sqlite.connection import fetch
from storage.sqlite.names import TenantNumber
from storage.sqlite.parameters import bindable
from storage.targets import is_named

_ONE = """
SELECT entity, json(doc) FROM entities INDEXED BY entities_key
WHERE tenant = ? AND id = ? AND created IS NOT NULL AND (expires IS NULL OR expires > ?)
"""
_MANY = """
SELECT e.entity, json(e.doc)
FROM json_each(?3) AS wanted CROSS JOIN entities AS e INDEXED BY entities_key
  ON e.tenant = ?1 AND e.id = wanted.value
WHERE e.created IS NOT NULL AND (e.expires IS NULL OR e.expires > ?2)
"""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An entity as it is stored, and the number of its row."""

    number: int
    entity: Entity


def load(
    connection: apsw.Connection, tenant: TenantNumber, targets: Sequence[Target], now: Instant
) -> list[Stored]:
    """What any target names and has not expired, each once, in order of creation."""
    if len(targets) == 1:
        rows = fetch(connection, _ONE, (tenant, bindable(targets[0].id), now))
        found = [
            Stored(number, entity)
            for number, doc in rows
            if is_named(entity := ENTITY.decode(doc), targets)
        ]
    else:
        found = _load_many(connection, tenant, targets, now)
    if len(found) > 1:
        found.sort(key=lambda stored: creation_order(stored.entity))
    return found


def _load_many(
    connection: apsw.Connection, tenant: TenantNumber, targets: Sequence[Target], now: Instant
) -> list[Stored]:
    by_id: dict[str, list[Target]] = {}
    for target in targets:
        by_id.setdefault(target.id, []).append(target)
    rows = fetch(connection, _MANY, (tenant, now, json.dumps(list(by_id))))
    found = (Stored(number, ENTITY.decode(doc)) for number, doc in rows)
    return [stored for stored in found if is_named(stored.entity, by_id[stored.entity.id])]
