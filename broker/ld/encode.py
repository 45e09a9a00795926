"""From the neutral model to NGSI-LD: normalized, concise and simplified (§4.5)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from broker.ld.context import Context
from broker.ld.members import ATTRIBUTE_MEMBERS, ENTITY_MEMBERS, VALUE_MEMBERS, is_geometry
from broker.model.attribute import Attribute, Kind
from broker.model.comparison import instant_of
from broker.model.entity import Entity
from broker.model.geometry import geometry_of
from broker.model.names import DEFAULT_VOCABULARY
from kernel.times import render_micros, render_shortest


class Form(StrEnum):
    """How attributes stand in an answer (§6.3.7)."""

    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


class Shape(msgspec.Struct, frozen=True):
    """What an answer shows of each entity.

    Attributes:
        form: of the attributes.
        system: whether createdAt and modifiedAt are shown (`sysAttrs`).
        pick: stored names and entity members to show; None: all.
        omit: stored names and entity members to leave out.
        dataset_ids: which instances, `@none` for the default one; None: all.
        lang: the language to show of language properties; empty: the whole map.
    """

    form: Form = Form.NORMALIZED
    system: bool = False
    pick: frozenset[str] | None = None
    omit: frozenset[str] = frozenset()
    dataset_ids: frozenset[str] | None = None
    lang: str = ""

    def shows(self, name: str) -> bool:
        """Whether the stored name or entity member is to be seen."""
        return name not in self.omit and (self.pick is None or name in self.pick)


def encode_entity(entity: Entity, context: Context, shape: Shape) -> dict[str, Any]:
    """The entity without its `@context`, which stands in a header or around the answer."""
    shown: dict[str, Any] = {}
    if shape.shows("id"):
        shown["id"] = entity.id
    if shape.shows("type"):
        shown["type"] = _one_or_many([context.compact(name) for name in entity.types])
    if entity.scopes and shape.shows("scope"):
        shown["scope"] = _one_or_many(entity.scopes)
    if entity.expires_at is not None:
        shown["expiresAt"] = render_shortest(entity.expires_at)
    if shape.system:
        shown["createdAt"] = render_micros(entity.created_at)
        shown["modifiedAt"] = render_micros(entity.modified_at)
    for name, instances in entity.attributes.items():
        if shape.shows(name):
            chosen = [one for one in instances if _chosen(one, shape)]
            if chosen:
                term = term_of(name, context, ENTITY_MEMBERS)
                shown[term] = encode_instances(chosen, context, shape)
    return shown


def _chosen(instance: Attribute, shape: Shape) -> bool:
    wanted = shape.dataset_ids
    return wanted is None or (instance.dataset_id or "@none") in wanted


def term_of(name: str, context: Context, taken: frozenset[str]) -> str:
    """The name to show; where the short one is a member of the standard's own, the whole IRI."""
    term = context.compact(name)
    return DEFAULT_VOCABULARY + name if term in taken else term


def _one_or_many(values: Iterable[Any]) -> Any:
    every = list(values)
    return every[0] if len(every) == 1 else every


# Attributes --------------------------------------------------------------------------------------


def encode_instances(instances: list[Attribute], context: Context, shape: Shape) -> Any:
    """One instance alone, several as an array (or, simplified, by `datasetId`: §4.5.4)."""
    shown = [encode_attribute(one, context, shape) for one in instances]
    if len(shown) == 1:
        return shown[0]
    if shape.form is not Form.SIMPLIFIED:
        return shown
    names = (one.dataset_id or "@none" for one in instances)
    return {"dataset": dict(zip(names, shown, strict=True))}


def encode_attribute(attribute: Attribute, context: Context, shape: Shape) -> Any:
    """One instance of an attribute, or a sub-attribute."""
    kind, value = _shown_value(attribute, context)
    language = ""
    if kind is Kind.LANGUAGE and shape.lang:
        language, value = _in_language(value, shape.lang)
        kind = Kind.PROPERTY
    if shape.form is Form.SIMPLIFIED:
        return _simplified(kind, value)
    body = {VALUE_MEMBERS[kind]: value}
    if language:
        body["lang"] = language
    _add_members(body, attribute, context, shape)
    if shape.form is Form.NORMALIZED:
        return {"type": kind.value, **body}
    bare = len(body) == 1 and (kind is Kind.GEO or _is_unmistakable(kind, value))
    return value if bare else body


def _add_members(
    body: dict[str, Any], attribute: Attribute, context: Context, shape: Shape
) -> None:
    if attribute.unit_code:
        body["unitCode"] = attribute.unit_code
    if attribute.observed_at is not None:
        body["observedAt"] = render_shortest(attribute.observed_at)
    if attribute.dataset_id:
        body["datasetId"] = attribute.dataset_id
    if shape.system and attribute.created_at:
        body["createdAt"] = render_micros(attribute.created_at)
        body["modifiedAt"] = render_micros(attribute.modified_at)
    for name, inner in attribute.metadata.items():
        body[term_of(name, context, ATTRIBUTE_MEMBERS)] = encode_attribute(inner, context, shape)


def _is_unmistakable(kind: Kind, value: Any) -> bool:
    """Whether a Property may stand as its bare value without being read as something else."""
    return kind is Kind.PROPERTY and not isinstance(value, Mapping | list)


_WRAPPED: Final = frozenset(
    {Kind.LANGUAGE, Kind.VOCAB, Kind.JSON, Kind.LIST, Kind.LIST_RELATIONSHIP}
)


def _simplified(kind: Kind, value: Any) -> Any:
    if kind is Kind.LIST_RELATIONSHIP:
        value = [one["object"] for one in value]
    return {VALUE_MEMBERS[kind]: value} if kind in _WRAPPED else value


def _shown_value(attribute: Attribute, context: Context) -> tuple[Kind, Any]:
    """Kind and value of what may have been written through NGSI-v2 in words of its own."""
    value = attribute.value
    if value is None:
        return Kind.JSON, None  # the one kind that can be null
    match attribute.kind:
        case Kind.GEO:
            return (Kind.GEO, value) if is_geometry(value) else _located(attribute)
        case Kind.VOCAB:
            terms = [value] if isinstance(value, str) else value
            return Kind.VOCAB, _one_or_many(context.compact(term) for term in terms)
        case Kind.LIST_RELATIONSHIP:
            return Kind.LIST_RELATIONSHIP, [{"object": one} for one in value]
        case Kind.PROPERTY:
            return Kind.PROPERTY, _dated(attribute)
        case _:
            return attribute.kind, value


def _in_language(texts: Mapping[str, Any], wanted: str) -> tuple[str, Any]:
    """The text in the first of the wanted languages that there is (§4.15); else any."""
    for tag in (part.partition(";")[0].strip() for part in wanted.split(",")):
        if tag in texts:
            return tag, texts[tag]
    for tag in ("@none", *texts):
        if tag in texts:
            return tag, texts[tag]
    return "@none", ""


def _located(attribute: Attribute) -> tuple[Kind, Any]:
    geometry = geometry_of(attribute)
    return (Kind.PROPERTY, attribute.value) if geometry is None else (Kind.GEO, geometry)


def _dated(attribute: Attribute) -> Any:
    if not attribute.type or isinstance(attribute.value, Mapping):
        return attribute.value
    instant = instant_of(attribute)
    if instant is None:
        return attribute.value
    return {"@type": "DateTime", "@value": render_shortest(instant)}
