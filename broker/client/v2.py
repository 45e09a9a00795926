"""NGSI-v2 as a client sees it (telefonicaid/fiware-orion, `orion-api.md`)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from broker.client.batches import BatchLimits, in_chunks
from broker.client.session import Session, id_of, json_of, total_of
from broker.client.transport import Reply

JsonObject: TypeAlias = Mapping[str, Any]

_LARGEST_PAGE: Final = 1_000
_TOTAL: Final = "fiware-total-count"
_DEFAULT_LIMITS: Final = BatchLimits()


class V2Client:
    """One tenant and service path of a broker that speaks NGSI-v2.

    Parameters of queries have the names of the standard (`type`, `idPattern`, `q`, `georel` …);
    lists are joined with commas. All methods raise what `Session.call` raises.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def scoped(self, *, tenant: str | None = None, service_path: str | None = None) -> "V2Client":
        """The same broker, another tenant or service path."""
        return V2Client(self._session.scoped(tenant=tenant, service_path=service_path))

    # Entities ------------------------------------------------------------------------------------

    async def entity(self, entity_id: str, **params: Any) -> dict[str, Any]:
        """NGSI-v2 "Retrieve Entity"."""
        found: dict[str, Any] = json_of(await self._call("GET", _entity(entity_id), params))
        return found

    async def entities(
        self, *, page_size: int = _LARGEST_PAGE, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """NGSI-v2 "List Entities": all that match, page after page, in order of creation."""
        offset = 0
        while True:
            page = {**params, "limit": page_size, "offset": offset}
            found = json_of(await self._call("GET", "/v2/entities", page))
            for entity in found:
                yield entity
            if len(found) < page_size:
                return
            offset += page_size

    async def count(self, **params: Any) -> int:
        """How many entities match."""
        reply = await self._call("GET", "/v2/entities", {**params, "limit": 1, "options": "count"})
        return total_of(reply, _TOTAL)

    async def create(self, entity: JsonObject, **params: Any) -> None:
        """NGSI-v2 "Create Entity"; with `options="upsert"` it may exist."""
        is_upsert = "upsert" in str(params.get("options", ""))
        await self._call("POST", "/v2/entities", params, entity, is_repeatable=is_upsert)

    async def append(self, entity_id: str, attributes: JsonObject, **params: Any) -> None:
        """NGSI-v2 "Update or Append Entity Attributes"."""
        await self._call("POST", f"{_entity(entity_id)}/attrs", params, attributes)

    async def update(self, entity_id: str, attributes: JsonObject, **params: Any) -> None:
        """NGSI-v2 "Update Existing Entity Attributes"."""
        await self._call("PATCH", f"{_entity(entity_id)}/attrs", params, attributes)

    async def replace(self, entity_id: str, attributes: JsonObject, **params: Any) -> None:
        """NGSI-v2 "Replace all entity attributes"."""
        await self._call("PUT", f"{_entity(entity_id)}/attrs", params, attributes)

    async def delete(self, entity_id: str, **params: Any) -> None:
        """NGSI-v2 "Remove Entity"."""
        await self._call("DELETE", _entity(entity_id), params)

    # Attributes ----------------------------------------------------------------------------------

    async def attribute(self, entity_id: str, name: str, **params: Any) -> dict[str, Any]:
        """NGSI-v2 "Get attribute data"."""
        path = _attribute(entity_id, name)
        found: dict[str, Any] = json_of(await self._call("GET", path, params))
        return found

    async def set_attribute(
        self, entity_id: str, name: str, attribute: JsonObject, **params: Any
    ) -> None:
        """NGSI-v2 "Update Attribute Data"."""
        await self._call("PUT", _attribute(entity_id, name), params, attribute)

    async def delete_attribute(self, entity_id: str, name: str, **params: Any) -> None:
        """NGSI-v2 "Remove a Single Attribute"."""
        await self._call("DELETE", _attribute(entity_id, name), params)

    async def history(self, entity_id: str, name: str, **params: Any) -> dict[str, Any]:
        """QuantumLeap "History of an attribute", with `lastN`, `fromDate`, `aggrMethod` and so on.

        Without a parameter `lastN=100` is asked for, since QuantumLeap's parameters tell a history
        from the attribute of the same path.
        """
        return await self.attribute(entity_id, name, **(params or {"lastN": 100}))

    # Batches -------------------------------------------------------------------------------------

    async def upsert(
        self,
        entities: Iterable[JsonObject],
        *,
        limits: BatchLimits = _DEFAULT_LIMITS,
        **params: Any,
    ) -> int:
        """NGSI-v2 "Batch update" with `append`, in as many bodies as needed; returns how many.

        A body that was written stays written when a later one fails. Repeating all is harmless
        unless update operators are used.
        """
        return await self.batch("append", entities, limits=limits, is_repeatable=True, **params)

    async def batch(
        self,
        action: str,
        entities: Iterable[JsonObject],
        *,
        limits: BatchLimits = _DEFAULT_LIMITS,
        is_repeatable: bool = False,
        **params: Any,
    ) -> int:
        """NGSI-v2 "Batch update": `append`, `appendStrict`, `update`, `delete`, `replace`."""

        async def send(chunk: list[JsonObject]) -> None:
            body = {"actionType": action, "entities": chunk}
            await self._call("POST", "/v2/op/update", params, body, is_repeatable=is_repeatable)

        return await in_chunks(entities, limits, send)

    # Types and subscriptions ---------------------------------------------------------------------

    async def types(self, **params: Any) -> list[dict[str, Any]]:
        """NGSI-v2 "List Entity Types"."""
        page = {"limit": _LARGEST_PAGE, **params}
        found: list[dict[str, Any]] = json_of(await self._call("GET", "/v2/types", page))
        return found

    async def subscribe(self, subscription: JsonObject) -> str:
        """NGSI-v2 "Create Subscription"; returns its id."""
        return id_of(await self._call("POST", "/v2/subscriptions", {}, subscription))

    async def subscription(self, subscription_id: str) -> dict[str, Any]:
        """NGSI-v2 "Retrieve Subscription"."""
        path = f"/v2/subscriptions/{_segment(subscription_id)}"
        found: dict[str, Any] = json_of(await self._call("GET", path, {}))
        return found

    async def subscriptions(
        self, *, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[dict[str, Any]]:
        """NGSI-v2 "List Subscriptions": all of them, page after page."""
        offset = 0
        while True:
            page = {"limit": page_size, "offset": offset}
            found = json_of(await self._call("GET", "/v2/subscriptions", page))
            for subscription in found:
                yield subscription
            if len(found) < page_size:
                return
            offset += page_size

    async def change_subscription(self, subscription_id: str, fields: JsonObject) -> None:
        """NGSI-v2 "Update Subscription"."""
        path = f"/v2/subscriptions/{_segment(subscription_id)}"
        await self._call("PATCH", path, {}, fields, is_repeatable=True)

    async def unsubscribe(self, subscription_id: str) -> None:
        """NGSI-v2 "Delete subscription"."""
        await self._call("DELETE", f"/v2/subscriptions/{_segment(subscription_id)}", {})

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: object = None,
        *,
        is_repeatable: bool | None = None,
    ) -> Reply:
        headers = {
            name: value
            for name, value in (
                ("Fiware-Service", self._session.tenant),
                ("Fiware-ServicePath", self._session.service_path),
            )
            if value
        }
        return await self._session.call(
            method,
            path,
            params=texts(params),
            headers=headers,
            body=body,
            is_repeatable=is_repeatable,
        )


def texts(params: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of a query string: lists joined with commas, None left out."""
    return {name: _text(value) for name, value in params.items() if value is not None}


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case Sequence():
            return ",".join(_text(one) for one in value)
        case _:
            return str(value)


def _segment(text: str) -> str:
    return quote(text, safe="")


def _entity(entity_id: str) -> str:
    return f"/v2/entities/{_segment(entity_id)}"


def _attribute(entity_id: str, name: str) -> str:
    return f"{_entity(entity_id)}/attrs/{_segment(name)}"
