"""What a decision says about entities, as rows."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import apsw

from broker.model.entity import Entity, EntityKey
from storage.boxes import Box, box_of
from storage.documents import to_json
from storage.sqlite.connection import fetch_value
from storage.sqlite.loading import Stored
from storage.sqlite.names import TenantNumber
from storage.sqlite.places import is_elsewhere, put_places, remove_places

# What no index holds: an update touches one page.
_UPDATE = "UPDATE entities SET modified = ?, doc = jsonb(?) WHERE entity = ?"
_UPSERT = """
INSERT INTO entities (tenant, id, type, path, created, modified, expires, doc)
VALUES (?, ?, ?, ?, ?, ?, ?, jsonb(?))
ON CONFLICT (tenant, id, type, path) DO UPDATE
SET created = excluded.created, modified = excluded.modified, expires = excluded.expires,
  doc = excluded.doc
RETURNING entity
"""
_BURY = """
UPDATE entities SET created = NULL, modified = NULL, expires = NULL, doc = NULL
WHERE entity = ?
"""
_NUMBER = "SELECT entity FROM entities WHERE tenant = ? AND id = ? AND type = ? AND path = ?"
_KEEP_PLACE = """
INSERT INTO entities (tenant, id, type, path) VALUES (?, ?, ?, ?) RETURNING entity
"""
_LAST = "SELECT coalesce(max(entity), 0) FROM entities"
_NO_MORE_TYPES = "DELETE FROM more_types WHERE entity = ?"
_MORE_TYPES = "INSERT OR IGNORE INTO more_types (tenant, type, entity) VALUES (?, ?, ?)"


class EntityNumbers:
    """The numbers of the rows that a write deals with."""

    def __init__(
        self, connection: apsw.Connection, tenant: TenantNumber, current: Sequence[Stored]
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self.before = {stored.entity.key: stored for stored in current}
        self.given: dict[EntityKey, int] = {}

    def of(self, key: EntityKey) -> int:
        """The number of a key; one that was never stored gets a row to keep its number."""
        stored = self.before.get(key)
        if stored is not None:
            return stored.number
        number = self.given.get(key)
        if number is None:
            found: int | None = fetch_value(self._connection, _NUMBER, (self._tenant, *key))
            number = found or fetch_value(self._connection, _KEEP_PLACE, (self._tenant, *key))
            self.given[key] = number
        return number


def save(
    connection: apsw.Connection,
    tenant: TenantNumber,
    current: Sequence[Stored],
    puts: Collection[Entity],
    deletes: Collection[EntityKey],
) -> EntityNumbers:
    """Store puts and deletes, which share no key; returns the numbers of the rows."""
    numbers = EntityNumbers(connection, tenant, current)
    if deletes:
        bury(connection, [numbers.of(key) for key in deletes])
    if puts:
        _put(connection, tenant, puts, numbers)
    return numbers


def bury(connection: apsw.Connection, entities: Sequence[int]) -> None:
    """Remove entities, leaving their numbers to the history."""
    rows = [(number,) for number in entities]
    connection.executemany(_BURY, rows)
    connection.executemany(_NO_MORE_TYPES, rows)
    remove_places(connection, entities)


def _put(
    connection: apsw.Connection,
    tenant: TenantNumber,
    puts: Iterable[Entity],
    numbers: EntityNumbers,
) -> None:
    replaced: list[tuple[Stored, Entity]] = []
    others: list[Entity] = []
    for put in puts:
        stored = numbers.before.get(put.key)
        if stored is None or _ages_otherwise(stored.entity, put):
            others.append(put)
        else:
            replaced.append((stored, put))
    if replaced:
        _replace(connection, tenant, replaced)
    if others:
        _insert(connection, tenant, others, numbers)


def _ages_otherwise(before: Entity, after: Entity) -> bool:
    return before.created_at != after.created_at or before.expires_at != after.expires_at


def _replace(
    connection: apsw.Connection,
    tenant: TenantNumber,
    replaced: Sequence[tuple[Stored, Entity]],
) -> None:
    connection.executemany(
        _UPDATE,
        [(put.modified_at, to_json(put), stored.number) for stored, put in replaced],
    )
    moved = [(old.number, put) for old, put in replaced if is_elsewhere(old.entity, put)]
    if moved:
        _place(connection, moved, fresh=False)
    retyped = [(old.number, put) for old, put in replaced if old.entity.types != put.types]
    if retyped:
        _retype(connection, tenant, retyped, fresh=False)


def _insert(
    connection: apsw.Connection,
    tenant: TenantNumber,
    puts: Sequence[Entity],
    numbers: EntityNumbers,
) -> None:
    last: int = fetch_value(connection, _LAST)
    rows = [
        (
            tenant,
            *put.key,
            put.created_at,
            put.modified_at,
            put.expires_at,
            to_json(put),
        )
        for put in puts
    ]
    given: list[Any] = [number for (number,) in connection.executemany(_UPSERT, rows)]
    numbered = list(zip(given, puts, strict=True))
    for number, put in numbered:
        numbers.given[put.key] = number
    _place(connection, [one for one in numbered if one[0] > last], fresh=True)
    _retype(connection, tenant, [one for one in numbered if one[0] > last], fresh=True)
    # An expired or deleted entity of this key was there before, or one written unseen.
    again = [one for one in numbered if one[0] <= last]
    if again:
        _place(connection, again, fresh=False)
        _retype(connection, tenant, again, fresh=False)


def _place(
    connection: apsw.Connection, entities: Iterable[tuple[int, Entity]], *, fresh: bool
) -> None:
    boxes: list[tuple[int, Box]] = []
    nowhere: list[int] = []
    for number, entity in entities:
        box = box_of(entity)
        if box is None:
            nowhere.append(number)
        else:
            boxes.append((number, box))
    put_places(connection, boxes)
    if not fresh:
        remove_places(connection, nowhere)


def _retype(
    connection: apsw.Connection,
    tenant: TenantNumber,
    entities: Sequence[tuple[int, Entity]],
    *,
    fresh: bool,
) -> None:
    if not fresh:
        connection.executemany(_NO_MORE_TYPES, [(number,) for number, _ in entities])
    rows = [
        (tenant, name, number)
        for number, entity in entities
        if len(entity.types) > 1
        for name in entity.types[1:]
    ]
    if rows:
        connection.executemany(_MORE_TYPES, rows)
