"""NGSI-LD as a client sees it (ETSI GS CIM 009 §6)."""

from collections.abc import AsyncIterator, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from broker.client.batches import BatchLimits, in_chunks
from broker.client.errors import BatchRefusedError
from broker.client.session import Session, id_of, json_of, total_of
from broker.client.transport import Reply
from broker.client.v2 import texts

JsonObject: TypeAlias = Mapping[str, Any]

_ROOT: Final = "/ngsi-ld/v1"
_LARGEST_PAGE: Final = 1_000
_JSON: Final = "application/json"
_JSON_LD: Final = "application/ld+json"
_TOTAL: Final = "ngsild-results-count"
_DEFAULT_LIMITS: Final = BatchLimits()


class LdClient:
    """One tenant of a broker that speaks NGSI-LD.

    Args:
        session: where to.
        context: URL of the `@context` that names are read with; empty for the core context. It is
            sent as a `Link` header, except with bodies that bring an `@context` of their own.
    """

    def __init__(self, session: Session, *, context: str = "") -> None:
        self._session = session
        self._context = context

    def scoped(self, *, tenant: str | None = None, context: str | None = None) -> "LdClient":
        """The same broker, another tenant or context."""
        chosen = self._context if context is None else context
        return LdClient(self._session.scoped(tenant=tenant), context=chosen)

    # Entities ------------------------------------------------------------------------------------

    async def entity(self, entity_id: str, **params: Any) -> dict[str, Any]:
        """§6.5.3.1 "Retrieve an entity"."""
        found: dict[str, Any] = json_of(await self._call("GET", _entity(entity_id), params))
        return found

    async def entities(
        self, *, page_size: int = _LARGEST_PAGE, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """§6.4.3.2 "Query entities": all that match, page after page."""
        async for entity in self._pages("/entities", params, page_size):
            yield entity

    async def count(self, **params: Any) -> int:
        """How many entities match."""
        page = {**params, "limit": 0, "count": True}
        return total_of(await self._call("GET", "/entities", page), _TOTAL)

    async def create(self, entity: JsonObject) -> None:
        """§6.4.3.1 "Create an entity"."""
        await self._call("POST", "/entities", {}, entity)

    async def append(self, entity_id: str, attributes: JsonObject, **params: Any) -> None:
        """§6.6.3.1 "Append attributes"."""
        path = f"{_entity(entity_id)}/attrs"
        await self._call("POST", path, params, attributes, is_repeatable=True)

    async def update(self, entity_id: str, attributes: JsonObject) -> None:
        """§6.6.3.2 "Update attributes"."""
        path = f"{_entity(entity_id)}/attrs"
        await self._call("PATCH", path, {}, attributes, is_repeatable=True)

    async def merge(self, entity_id: str, fragment: JsonObject) -> None:
        """§6.5.3.4 "Merge an entity"."""
        await self._call("PATCH", _entity(entity_id), {}, fragment, is_repeatable=True)

    async def replace(self, entity_id: str, entity: JsonObject) -> None:
        """§6.5.3.3 "Replace an entity"."""
        await self._call("PUT", _entity(entity_id), {}, entity)

    async def delete(self, entity_id: str) -> None:
        """§6.5.3.2 "Delete an entity"."""
        await self._call("DELETE", _entity(entity_id), {})

    async def delete_attribute(self, entity_id: str, name: str, **params: Any) -> None:
        """§6.7.3.2 "Delete an attribute"."""
        await self._call("DELETE", f"{_entity(entity_id)}/attrs/{quote(name, safe='')}", params)

    # Batches -------------------------------------------------------------------------------------

    async def upsert(
        self,
        entities: Iterable[JsonObject],
        *,
        limits: BatchLimits = _DEFAULT_LIMITS,
        **params: Any,
    ) -> int:
        """§6.15 "Batch upsert", in as many bodies as needed; returns how many were written.

        Raises:
            BatchRefusedError: some were not; the others, and earlier bodies, were.
        """
        return await self.batch("upsert", entities, limits=limits, is_repeatable=True, **params)

    async def batch(
        self,
        operation: str,
        entities: Iterable[JsonObject | str],
        *,
        limits: BatchLimits = _DEFAULT_LIMITS,
        is_repeatable: bool = False,
        **params: Any,
    ) -> int:
        """§6.14 to §6.17: `create`, `upsert`, `update`, `merge`, `delete` (of ids).

        Raises:
            BatchRefusedError: some were refused.
        """

        async def send(chunk: list[JsonObject | str]) -> None:
            path = f"/entityOperations/{operation}"
            reply = await self._call("POST", path, params, chunk, is_repeatable=is_repeatable)
            if reply.status == HTTPStatus.MULTI_STATUS:
                raise BatchRefusedError(_failures(json_of(reply)))

        return await in_chunks(entities, limits, send)

    # History and subscriptions -------------------------------------------------------------------

    async def temporal(self, entity_id: str, **params: Any) -> dict[str, Any]:
        """§6.19.3.1 "Retrieve the temporal evolution of an entity"."""
        path = f"/temporal{_entity(entity_id)}"
        found: dict[str, Any] = json_of(await self._call("GET", path, params))
        return found

    async def temporal_entities(
        self, *, page_size: int = 100, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """§6.18.3.2 "Query the temporal evolution of entities": page after page."""
        async for entity in self._pages("/temporal/entities", params, page_size):
            yield entity

    async def subscribe(self, subscription: JsonObject) -> str:
        """§6.10.3.1 "Create a subscription"; returns its id."""
        return id_of(await self._call("POST", "/subscriptions", {}, subscription))

    async def subscription(self, subscription_id: str) -> dict[str, Any]:
        """§6.11.3.1 "Retrieve a subscription"."""
        path = f"/subscriptions/{quote(subscription_id, safe='')}"
        found: dict[str, Any] = json_of(await self._call("GET", path, {}))
        return found

    async def subscriptions(
        self, *, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[dict[str, Any]]:
        """§6.10.3.2 "Query subscriptions": all of them, page after page."""
        async for subscription in self._pages("/subscriptions", {}, page_size):
            yield subscription

    async def change_subscription(self, subscription_id: str, fields: JsonObject) -> None:
        """§6.11.3.2 "Update a subscription"."""
        path = f"/subscriptions/{quote(subscription_id, safe='')}"
        await self._call("PATCH", path, {}, fields, is_repeatable=True)

    async def unsubscribe(self, subscription_id: str) -> None:
        """§6.11.3.3 "Delete a subscription"."""
        await self._call("DELETE", f"/subscriptions/{quote(subscription_id, safe='')}", {})

    async def _pages(
        self, path: str, params: Mapping[str, Any], page_size: int
    ) -> AsyncIterator[dict[str, Any]]:
        offset = 0
        while True:
            page = {**params, "limit": page_size, "offset": offset}
            found = json_of(await self._call("GET", path, page))
            for one in found:
                yield one
            if len(found) < page_size:
                return
            offset += page_size

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: object = None,
        *,
        is_repeatable: bool | None = None,
    ) -> Reply:
        brings_context = _brings_context(body)
        headers = {"Accept": _JSON}
        if self._session.tenant:
            headers["NGSILD-Tenant"] = self._session.tenant
        if self._context and not brings_context:  # §6.3.5: one or the other
            relation = "http://www.w3.org/ns/json-ld#context"
            headers["Link"] = f'<{self._context}>; rel="{relation}"; type="{_JSON_LD}"'
        return await self._session.call(
            method,
            _ROOT + path,
            params=texts(params),
            headers=headers,
            body=body,
            media_type=_JSON_LD if brings_context else _JSON,
            is_repeatable=is_repeatable,
        )


def _brings_context(body: object) -> bool:
    parts = body if isinstance(body, list) else [body]
    return any(isinstance(part, Mapping) and "@context" in part for part in parts)


def _entity(entity_id: str) -> str:
    return f"/entities/{quote(entity_id, safe='')}"


def _failures(result: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """§5.2.16 "BatchOperationResult"."""
    errors = result.get("errors", []) if isinstance(result, Mapping) else []
    return [(str(one.get("entityId", "")), one.get("error", {})) for one in errors]
