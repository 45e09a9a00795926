"""`/ngsi-ld/v1/types` and `/ngsi-ld/v1/attributes`: what there is (§5.7.5 to §5.7.10)."""

from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web

from broker.ld.context import Context
from broker.ld.door import JSON, LD_JSON, Door, accepted
from broker.ld.parameters import Parameters
from broker.ld.replies import reply
from broker.model.attribute import Kind
from broker.model.geometry import GEO_TYPES
from broker.ports import EntityQuery, TypeSummary
from broker.ql.ast import EVERYTHING, Exists, Path, TypeIn
from broker.service.broker import Broker
from kernel.errors import NotFoundError

LIST_PARAMETERS = ("details", "local")
ONE_PARAMETERS = ("local",)
_KINDS = frozenset(Kind)


class Types:
    """What types and attributes the stored entities have."""

    def __init__(self, broker: Broker, door: Door) -> None:
        self._broker = broker
        self._door = door

    async def list(self, request: web.Request) -> web.Response:
        """§5.7.5, §5.7.6: names alone, or with the attributes that entities of each have."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        details = Parameters(request.rel_url.query, LIST_PARAMETERS).flag("details")
        context = self._door.context(request)
        found = await self._broker.types(call, EVERYTHING)
        if details:
            return reply([_type(one, context) for one in found], context, media_type)
        names = [context.compact(one.type) for one in found]
        return reply(_listing("EntityTypeList", "typeList", names), context, media_type)

    async def one(self, request: web.Request) -> web.Response:
        """§5.7.7."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        Parameters(request.rel_url.query, ONE_PARAMETERS)
        context = self._door.context(request)
        name = context.expand(request.match_info["type"])
        summaries = await self._broker.types(call, TypeIn(frozenset({name})))
        found = next((one for one in summaries if one.type == name), None)
        if found is None:
            raise NotFoundError("No entity has this type")
        return reply(_type_info(found, context), context, media_type)

    async def attributes(self, request: web.Request) -> web.Response:
        """§5.7.8, §5.7.9."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        details = Parameters(request.rel_url.query, LIST_PARAMETERS).flag("details")
        context = self._door.context(request)
        found = await self._broker.types(call, EVERYTHING)
        names = sorted({name for one in found for name in one.attributes})
        if details:
            return reply([_attribute(name, found, context) for name in names], context, media_type)
        terms = [context.compact(name) for name in names]
        return reply(_listing("AttributeList", "attributeList", terms), context, media_type)

    async def attribute(self, request: web.Request) -> web.Response:
        """§5.7.10."""
        call = self._door.call(request)
        media_type = accepted(request, (JSON, LD_JSON))
        Parameters(request.rel_url.query, ONE_PARAMETERS)
        context = self._door.context(request)
        name = context.expand(request.match_info["attrId"])
        having = Exists(Path(name))
        found = [one for one in await self._broker.types(call, having) if name in one.attributes]
        if not found:
            raise NotFoundError("No entity has this attribute")
        page = await self._broker.query(call, EntityQuery(having, limit=0, count=True))
        v2_types = {v2_type for one in found for v2_type in one.attributes[name]}
        body = _attribute(name, found, context)
        body |= {"attributeCount": page.total, "attributeTypes": _kinds(v2_types)}
        return reply(body, context, media_type)


def _listing(type_name: str, member: str, names: Sequence[str]) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{type_name}:odori", "type": type_name, member: names}


def _type(summary: TypeSummary, context: Context) -> dict[str, Any]:
    """An EntityType (§5.2.25)."""
    return {
        "id": context.full(summary.type),
        "type": "EntityType",
        "typeName": context.compact(summary.type),
        "attributeNames": [context.compact(name) for name in summary.attributes],
    }


def _type_info(summary: TypeSummary, context: Context) -> dict[str, Any]:
    """An EntityTypeInfo (§5.2.26)."""
    return {
        "id": context.full(summary.type),
        "type": "EntityTypeInfo",
        "typeName": context.compact(summary.type),
        "entityCount": summary.count,
        "attributeDetails": [
            {
                "id": context.full(name),
                "type": "Attribute",
                "attributeName": context.compact(name),
                "attributeTypes": _kinds(v2_types),
            }
            for name, v2_types in summary.attributes.items()
        ],
    }


def _attribute(name: str, summaries: Iterable[TypeSummary], context: Context) -> dict[str, Any]:
    """An Attribute (§5.2.28)."""
    return {
        "id": context.full(name),
        "type": "Attribute",
        "attributeName": context.compact(name),
        "typeNames": [context.compact(one.type) for one in summaries if name in one.attributes],
    }


def _kinds(v2_types: Iterable[str]) -> list[str]:
    """The kinds of attribute that the v2 types stand for, in order of name."""
    return sorted({_kind(name) for name in v2_types})


def _kind(v2_type: str) -> str:
    if v2_type in GEO_TYPES:
        return Kind.GEO
    return v2_type if v2_type in _KINDS else Kind.PROPERTY
