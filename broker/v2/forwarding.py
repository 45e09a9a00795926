"""Context providers that speak NGSI-v2, or NGSIv1 (`broker.ports.ContextProviders`).

Requests go to `<url>/op/query` and `<url>/op/update`, with Orion's headers in Orion's order: agents
test for them. The callers' own tokens are not passed on. For NGSIv1 see `legacy`.
"""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from broker.core.operators import Operation
from broker.federation.asks import (
    EntityPart,
    Gathered,
    Origin,
    QueryAnswer,
    QueryAsk,
    UpdateAnswer,
    UpdateAsk,
)
from broker.federation.model import Selector
from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.outbound.fetching import Fetched, Fetcher
from broker.ports import Outgoing
from broker.v2 import legacy
from broker.v2.decode.document import limits_of
from broker.v2.decode.entities import decode_entity
from broker.v2.encode.attributes import encode_attribute
from broker.v2.notify import ORION
from kernel.errors import CallerError, PeerError
from kernel.json import parse, render

MOST_BYTES: Final = 16_777_216
"""Of one provider's answer."""
_LIMITS: Final = limits_of(MOST_BYTES)
_BROKEN: Final = "invalid context provider response"


class V2Providers:
    """Asks providers over HTTP.

    Args:
        fetcher: carries requests.
        user_agent: follows `orion/4.7.0` in `User-Agent`.
        timeout_s: for one request.
    """

    def __init__(self, fetcher: Fetcher, *, user_agent: str, timeout_s: float) -> None:
        self._fetcher = fetcher
        self._user_agent = f"{ORION} {user_agent}"
        self._timeout_s = timeout_s

    async def query(self, ask: QueryAsk, origin: Origin, *, limit: int, offset: int) -> QueryAnswer:
        """See `ContextProviders.query`. That nothing is found is an answer."""
        if ask.is_legacy:
            return await self._query_legacy(ask, origin)
        body = {"entities": [_selector(ask.selector)], "attrs": list(ask.attributes)}
        resource = f"/op/query?limit={limit}&offset={offset}&options=count"
        answer = await self._post(ask.url, resource, body, origin)
        match answer.status:
            case 200:
                entities = _entities(_read(answer.body), _path_of(origin.service_path))
                return QueryAnswer(entities, _total(answer, len(entities)))
            case 404:
                return QueryAnswer()
            case status:
                raise PeerError(f"HTTP status {status}")

    async def update(self, ask: UpdateAsk, origin: Origin) -> UpdateAnswer:
        """See `ContextProviders.update`."""
        if ask.is_legacy:
            return await self._update_legacy(ask, origin)
        body = {"entities": [_part(one) for one in ask.parts.values()], "actionType": "update"}
        answer = await self._post(ask.url, "/op/update", body, origin)
        match answer.status:
            case 204:
                return UpdateAnswer.DONE
            case 404 | 422:
                return UpdateAnswer.NOT_FOUND
            case status:
                raise PeerError(f"HTTP status {status}")

    async def _query_legacy(self, ask: QueryAsk, origin: Origin) -> QueryAnswer:
        """NGSIv1 is asked for no page, and tells no total."""
        answer = await self._post(ask.url, "/queryContext", legacy.query_body(ask), origin)
        documents = legacy.documents_of(_read(answer.body))
        entities = _entities(documents, _path_of(origin.service_path))
        return QueryAnswer(entities, len(entities))

    async def _update_legacy(self, ask: UpdateAsk, origin: Origin) -> UpdateAnswer:
        answer = await self._post(
            ask.url, "/updateContext", legacy.update_body(ask, _attribute), origin
        )
        found = legacy.documents_of(_read(answer.body))
        return UpdateAnswer.DONE if found else UpdateAnswer.NOT_FOUND

    async def _post(self, base: str, resource: str, body: Any, origin: Origin) -> Fetched:
        url, content = f"{_with_path(base)}{resource}", render(body)
        headers = {
            "Fiware-Servicepath": origin.service_path or "/",
            "Content-Length": str(len(content)),
            "User-Agent": self._user_agent,
            "Host": urlsplit(url).netloc.rpartition("@")[2],
            "Accept": "application/json",
        }
        if origin.tenant:
            headers["Fiware-Service"] = origin.tenant
        headers["Content-Type"] = "application/json; charset=utf-8"
        headers["Fiware-Correlator"] = origin.correlator
        outgoing = Outgoing(url, headers=tuple(headers.items()), body=content)
        return await self._fetcher.fetch(outgoing, self._timeout_s)


def _with_path(url: str) -> str:
    """Orion appends to what is registered, and a URL that has no path has `/`.

    IoT Agents register `http://agent:4041` and serve `//op/update`, and no other path.
    """
    return url if urlsplit(url).path else f"{url}/"


def _selector(selector: Selector) -> dict[str, str]:
    fields = {
        "id": selector.id,
        "idPattern": "" if selector.id else selector.id_pattern,
        "type": selector.type,
        "typePattern": selector.type_pattern,
    }
    return {name: text for name, text in fields.items() if text}


def _part(part: EntityPart) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": part.id}
    if part.type:
        shown["type"] = part.type
    return shown | {name: _attribute(one[0]) for name, one in part.attributes.items()}


def _attribute(attribute: Attribute) -> dict[str, Any]:
    """The attribute as it was written: an operation is the provider's to compute."""
    value = attribute.value
    if not isinstance(value, Operation):
        return encode_attribute(attribute)
    shown = encode_attribute(msgspec.structs.replace(attribute, value=dict(value.steps)))
    if not attribute.type:
        del shown["type"]  # what it is by itself is known where it is computed
    return shown


def _path_of(header: str) -> str:
    """Where what is found is taken to be: entities do not tell."""
    return header.partition(",")[0].strip().removesuffix("#").rstrip("/") or "/"


def _read(body: bytes) -> Any:
    try:
        return parse(body, _LIMITS)
    except CallerError:  # its text may quote the answer
        raise PeerError(_BROKEN) from None


def _entities(documents: Any, service_path: str) -> tuple[Entity, ...]:
    if not isinstance(documents, list):
        raise PeerError(_BROKEN)
    try:
        return tuple(_entity(one, service_path) for one in documents)
    except CallerError:  # its text may quote the answer
        raise PeerError(_BROKEN) from None


def _entity(document: Any, service_path: str) -> Entity:
    if not isinstance(document, dict):
        raise PeerError(_BROKEN)
    draft = decode_entity(document, key_values=False)
    return Gathered(draft.id, (draft.type or "Thing",), service_path, attributes=draft.attributes)


def _total(answer: Fetched, least: int) -> int:
    text = answer.headers.get("Fiware-Total-Count", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else least  # noqa: PLR2004 — fits 64 bits
