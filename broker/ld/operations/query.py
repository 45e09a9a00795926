"""`/ngsi-ld/v1/entityOperations/query`: a query in the body (§5.7.2, §6.23.3.1)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from broker.ld.context import Context
from broker.ld.door import JSON, LD_JSON, Door, accepted
from broker.ld.encode import encode_entity
from broker.ld.filters import geo_condition, having_any
from broker.ld.operations.entities import find_page, page_links
from broker.ld.parameters import PAGING, Parameters, shape_of
from broker.ld.replies import reply
from broker.ql.ast import IdIn, Node, all_of, any_of
from broker.ql.ld_query import parse_ld_q
from broker.ql.scope import parse_scope_q
from broker.ql.selectors import id_pattern
from broker.ql.type_selection import parse_type_selection
from broker.service.broker import Broker
from kernel.errors import BadRequestError, NotImplementedHereError

PARAMETERS = (*PAGING, "format", "local", "options")
_NOT_IMPLEMENTED = frozenset(
    {"temporalQ", "csf", "join", "joinLevel", "containedBy", "entityMap", "splitEntities",
     "ordering", "orderBy"}
)  # fmt: skip
_MEMBERS = frozenset(
    {"@context", "type", "entities", "attrs", "q", "geoQ", "scopeQ", "pick", "omit", "lang",
     "datasetId", "expandValues", "jsonKeys"}
)  # fmt: skip


class QueryByBody:
    """`POST …/entityOperations/query`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def query(self, request: web.Request) -> web.Response:
        """§5.7.2, §6.23.3.1."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        parameters = Parameters(request.rel_url.query, PARAMETERS)
        document, context = await self._door.document(request)
        query = Query(document, context)
        shape = shape_of(
            context,
            parameters.form,
            attrs=query.texts("attrs"),
            pick=query.texts("pick"),
            omit=query.texts("omit"),
            dataset_ids=query.texts("datasetId"),
            lang=query.text("lang"),
            system="sysAttrs" in parameters.options,
        )
        found = await find_page(self._broker, call, query.condition(), parameters)
        body = [encode_entity(one, context, shape) for one in found.entities]
        links = page_links(request, parameters, media_type, more=found.more)
        return reply(body, context, media_type, links=links, total=found.total)


class Query:
    """The Query of a body (§5.2.23).

    Raises:
        BadRequestError: it is none.
        NotImplementedHereError: it asks for what is not implemented.
    """

    def __init__(self, document: Any, context: Context) -> None:
        if not isinstance(document, Mapping) or document.get("type") != "Query":
            raise BadRequestError("The body is an object of the type Query")
        for member in document:
            if member in _NOT_IMPLEMENTED:
                raise NotImplementedHereError(f"The member {member} is not implemented")
            if member not in _MEMBERS:
                raise BadRequestError("A Query has no such member")
        self._document = document
        self._context = context

    def text(self, member: str) -> str:
        """A text, empty if unsaid."""
        value = self._document.get(member, "")
        if not isinstance(value, str):
            raise BadRequestError(f"{member} is text")
        return value

    def texts(self, member: str) -> tuple[str, ...]:
        """An array of texts, empty if unsaid."""
        values = self._document.get(member, [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise BadRequestError(f"{member} is an array of texts")
        return tuple(values)

    def condition(self) -> Node:
        """What the query selects."""
        nodes: list[Node] = []
        selectors = self._document.get("entities", [])
        if not isinstance(selectors, list):
            raise BadRequestError("entities is an array of selectors")
        if selectors:
            nodes.append(any_of(*(_selector(one, self._context) for one in selectors)))
        if q := self.text("q"):
            terms = {self._context.expand(name) for name in self.texts("expandValues")}
            nodes.append(parse_ld_q(q, self._context.expand, terms))
        if scope_q := self.text("scopeQ"):
            nodes.append(parse_scope_q(scope_q))
        if (geo := self._document.get("geoQ")) is not None:
            nodes.append(_geo(geo, self._context))
        if attrs := self.texts("attrs"):
            nodes.append(having_any(attrs, self._context))
        if not nodes:
            raise BadRequestError("A query names entities, attributes, q, scopeQ or geoQ")
        return all_of(*nodes)


def _selector(selector: Any, context: Context) -> Node:
    """An EntitySelector (§5.2.33)."""
    if not isinstance(selector, Mapping):
        raise BadRequestError("An element of entities is an object")
    nodes: list[Node] = []
    ids = selector.get("id", [])
    if ids:
        every = ids if isinstance(ids, list) else [ids]
        if not all(isinstance(one, str) for one in every):
            raise BadRequestError("The id of a selector is text or an array of texts")
        nodes.append(IdIn(frozenset(every)))
    if pattern := _text(selector, "idPattern"):
        nodes.append(id_pattern(pattern))
    if types := _text(selector, "type"):
        nodes.append(parse_type_selection(types, context.expand))
    if not nodes:
        raise BadRequestError("A selector names a type, ids or a pattern")
    return all_of(*nodes)


def _geo(geo: Any, context: Context) -> Node:
    if not isinstance(geo, Mapping):
        raise BadRequestError("geoQ is an object")
    return geo_condition(
        _text(geo, "georel"),
        _text(geo, "geometry"),
        geo.get("coordinates"),
        _text(geo, "geoproperty"),
        context,
    )


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document.get(member, "")
    if not isinstance(value, str):
        raise BadRequestError(f"{member} is text")
    return value
