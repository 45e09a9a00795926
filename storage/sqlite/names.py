"""Numbers for names that are stored over and over: tenants, and attributes with their datasets.

A name, once committed, keeps its number for ever, so that it may be cached. The writer has
a cache of its own, since what it gives out in a transaction may be rolled back.
"""

from typing import TypeAlias

import apsw

from broker.model.attribute import AttributeName
from storage.sqlite.connection import fetch_value

TenantNumber: TypeAlias = int
AttributeNumber: TypeAlias = int
_REMEMBERED = 65_536


class Names:
    """The numbers of names, as the writer or as the readers see them.

    Several threads may ask for `tenant`; all else is the writer's.
    """

    def __init__(self) -> None:
        self._tenants: dict[str, TenantNumber] = {}
        self._attributes: dict[tuple[AttributeName, str], AttributeNumber] = {}

    def clear(self) -> None:
        """Forget everything: the transaction that gave the numbers out was rolled back."""
        self._tenants.clear()
        self._attributes.clear()

    def tenant(self, connection: apsw.Connection, name: str) -> TenantNumber | None:
        """The number of a tenant, or None if nothing was ever written for it."""
        number = self._tenants.get(name)
        if number is None:
            number = fetch_value(connection, "SELECT tenant FROM tenants WHERE name = ?", (name,))
            if number is not None:
                self._tenants[name] = number
        return number

    def new_tenant(self, connection: apsw.Connection, name: str) -> TenantNumber:
        """The number of a tenant, given now if need be. Only in a write transaction."""
        number = self.tenant(connection, name)
        if number is None:
            sql = "INSERT INTO tenants (name) VALUES (?) RETURNING tenant"
            number = self._tenants[name] = int(fetch_value(connection, sql, (name,)))
        return number

    def attribute(
        self, connection: apsw.Connection, attribute: AttributeName, dataset_id: str
    ) -> AttributeNumber:
        """The number of an attribute and dataset, given now if need be. Only in a write."""
        name = (attribute, dataset_id)
        number = self._attributes.get(name)
        if number is None:
            if len(self._attributes) >= _REMEMBERED:
                self._attributes.clear()
            number = self._attributes[name] = _intern(connection, name)
        return number


def _intern(connection: apsw.Connection, name: tuple[AttributeName, str]) -> AttributeNumber:
    sql = "SELECT attribute FROM attributes WHERE name = ? AND dataset = ?"
    found: AttributeNumber | None = fetch_value(connection, sql, name)
    if found is not None:
        return found
    sql = "INSERT INTO attributes (name, dataset) VALUES (?, ?) RETURNING attribute"
    given: AttributeNumber = fetch_value(connection, sql, name)
    return given
