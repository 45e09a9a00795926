"""`/ngsi-ld/v1/entities`: create and query (§5.6.1, §5.7.2)."""

from urllib.parse import quote

import msgspec
from aiohttp import web

from broker.ld.context import Context
from broker.ld.decode import decode_entity
from broker.ld.door import GEO_JSON, JSON, LD_JSON, Door, accepted
from broker.ld.encode import Form, encode_entity
from broker.ld.filters import condition
from broker.ld.geojson import collection, feature
from broker.ld.links import page_link
from broker.ld.outcomes import done
from broker.ld.parameters import PAGING, SELECTING, SHAPING, Parameters
from broker.ld.replies import plain, reply
from broker.ld.writing import creation
from broker.model.entity import Entity
from broker.ports import EntityQuery
from broker.ql.ast import Node
from broker.service.broker import Broker
from broker.service.call import Call

CREATE_PARAMETERS = ("format", "local", "options")
QUERY_PARAMETERS = (*SELECTING, *SHAPING, *PAGING, "local")
ENTITY_PATH = "/ngsi-ld/v1/entities/"


class Found(msgspec.Struct, frozen=True):
    """A page of a query."""

    entities: list[Entity]
    more: bool
    total: int | None


async def find_page(broker: Broker, call: Call, where: Node, parameters: Parameters) -> Found:
    """The page that the parameters ask for. One entity more is read, to know if there is a next."""
    limit = parameters.limit
    page = await broker.query(
        call,
        EntityQuery(
            where,
            limit=limit + 1 if limit else 0,
            offset=parameters.number("offset", 0),
            count=parameters.wants_count,
        ),
    )
    return Found(list(page.entities[:limit]), len(page.entities) > limit, page.total)


class Entities:
    """`/ngsi-ld/v1/entities`."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def create(self, request: web.Request) -> web.Response:
        """§5.6.1, §6.4.3.1."""
        call = self._door.call(request)
        parameters = Parameters(request.rel_url.query, CREATE_PARAMETERS)
        document, context = await self._door.document(request)
        simplified = parameters.form is Form.SIMPLIFIED
        draft = decode_entity(document, context, simplified=simplified)
        [outcome] = await self._broker.write(call, [creation(draft)])
        done(outcome)
        return plain(status=201, headers={"Location": ENTITY_PATH + quote(draft.id, safe=":")})

    async def query(self, request: web.Request) -> web.Response:
        """§5.7.2, §6.4.3.2."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON, GEO_JSON))
        parameters = Parameters(request.rel_url.query, QUERY_PARAMETERS)
        context = self._door.context(request)
        where = condition(parameters, context)
        found = await find_page(self._broker, call, where, parameters)
        links = page_links(request, parameters, media_type, more=found.more)
        return entities_reply(found, context, media_type, parameters, links)


def entities_reply(
    found: Found,
    context: Context,
    media_type: str,
    parameters: Parameters,
    links: list[str],
) -> web.Response:
    """A page in the form and media type that were asked for."""
    shape = parameters.shape(context)
    if media_type == GEO_JSON:
        attribute = context.expand(parameters.text("geometryProperty") or "location")
        features = [feature(one, context, shape, attribute) for one in found.entities]
        body: object = collection(features)
    else:
        body = [encode_entity(one, context, shape) for one in found.entities]
    return reply(body, context, media_type, links=links, total=found.total)


def page_links(
    request: web.Request, parameters: Parameters, media_type: str, *, more: bool
) -> list[str]:
    """Links to the pages before and after this one (§6.3.10)."""
    limit, offset = parameters.limit, parameters.number("offset", 0)
    links = []
    if offset and limit:
        links.append(_page(request, max(offset - limit, 0), "prev", media_type))
    if more and limit:
        links.append(_page(request, offset + limit, "next", media_type))
    return links


def _page(request: web.Request, offset: int, relation: str, media_type: str) -> str:
    return page_link(
        str(request.rel_url.update_query({"offset": str(offset)})), relation, media_type
    )
