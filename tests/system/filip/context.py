"""Entities, their attributes, queries and batches."""

from clients import Cities, Found, at, number, plain, refused, room
from filip.models.base import DataType
from filip.models.ngsi_v2.base import AttrsFormat, EntityPattern, NamedMetadata
from filip.models.ngsi_v2.context import (
    ActionType,
    ContextAttribute,
    ContextEntity,
    ContextEntityKeyValues,
    NamedContextAttribute,
    Query,
)
from filip.utils.cleanup import clear_context_broker
from filip.utils.simple_ql import QueryString


def management(cities: Cities) -> Found:
    """What a client asks of the broker itself."""
    client = at(cities.broker, "/management")
    return {
        "orion": client.get_version()["orion"]["version"],
        "resources": client.get_resources(),
        "statistics": sorted(client.get_statistics()),
    }


def entities(cities: Cities) -> Found:
    """Created, listed, changed as models, removed."""
    client = at(cities.broker, "/entities")
    first = room(1, temperature={"value": 11, "type": "Float"})
    second = room(2)
    second.add_attributes(
        [
            NamedContextAttribute(name="temperature", value=22, type=DataType.FLOAT),
            NamedContextAttribute(name="pressure", value=222, type="Integer"),
        ]
    )
    found = {"before": client.get_entity_list(), "location": client.post_entity(first)}
    client.post_entity(second)
    found["ids"] = [one.id for one in client.get_entity_list()]
    found["same"] = client.get_entity(second.id, second.type) == second
    found["exists"] = [client.does_entity_exist(one, "Room") for one in (first.id, "nobody")]
    found["again"] = refused(lambda: client.post_entity(first))
    second.add_attributes({"space": number(111)})
    found["unknown attribute"] = refused(lambda: client.patch_entity(second))
    second.temperature.value = 15
    second.delete_attributes(["pressure"])
    client.post_entity(second, update=True)
    found["replaced"] = client.get_entity(second.id) == second
    second.space.value = 112
    client.patch_entity(second)
    found["patched"] = plain(client.get_entity(second.id))
    short = ContextEntityKeyValues(id="short", type="Short", text="t", list=[1], object={"a": None})
    client.post_entity(short, key_values=True)
    found["key values"] = plain(client.get_entity("short"))
    client.delete_entity(first.id, first.type)
    found["deleted"] = refused(lambda: client.get_entity(first.id))
    client.delete_entities(client.get_entity_list())
    found["after"] = client.get_entity_list()
    return found


def attributes(cities: Cities) -> Found:
    """Values of each kind, their metadata, and what is strict."""
    client = at(cities.broker, "/attributes")
    values = {"text": "Test", "truth": True, "share": 0.25, "list": [1, 2], "object": {"k": "v"}}
    types = {"text": "Text", "truth": "Boolean", "share": "Number"}
    entity = room(1)
    entity.add_attributes(
        [
            NamedContextAttribute(name=name, type=types.get(name, "StructuredValue"), value=value)
            for name, value in values.items()
        ]
    )
    client.post_entity(entity)
    found = {"values": {name: client.get_attribute_value(entity.id, name) for name in values}}
    for name, value in {
        "text": "warm",
        "truth": False,
        "share": 12,
        "list": [],
        "object": {},
    }.items():
        client.update_attribute_value(entity_id=entity.id, attr_name=name, value=value)
    found["changed"] = {name: client.get_attribute_value(entity.id, name) for name in values}
    accuracy = NamedMetadata(name="accuracy", type="Number", value=0.1)
    share = NamedContextAttribute(name="share", type="Number", value=5, metadata=[accuracy])
    client.update_entity_attribute(entity.id, share)
    found["metadata"] = plain(client.get_attribute(entity.id, "share", metadata=["accuracy"]))
    bare = NamedContextAttribute(name="share", type="Number", value=6)
    client.update_entity_attribute(entity.id, bare, override_metadata=False)
    found["kept"] = plain(client.get_attribute(entity.id, "share"))
    client.update_entity_attribute(entity.id, bare)
    found["overridden"] = plain(client.get_attribute(entity.id, "share"))
    client.delete_entity_attribute(entity.id, "list")
    more = {"more": number(1)}
    client.update_or_append_entity_attributes(entity.id, more, append_strict=True)
    found["names"] = sorted(client.get_entity_attributes(entity.id))
    found["strict"] = refused(
        lambda: client.update_or_append_entity_attributes(entity.id, more, append_strict=True)
    )
    client.replace_entity_attributes(entity.id, {"only": 1}, key_values=True)
    found["replaced"] = sorted(client.get_entity_attributes(entity.id))
    return found


def queries(cities: Cities) -> Found:
    """By id, type, pattern, attribute, metadata and place; as key values; types."""
    client = at(cities.broker, "/queries")
    for index in range(1, 6):
        accuracy = NamedMetadata(name="accuracy", type="Number", value=index / 10)
        temperature = ContextAttribute(type="Number", value=20 + index, metadata=[accuracy])
        place = ContextAttribute(type="geo:point", value=f"43.0{index}, 141.35")
        client.post_entity(room(index, temperature=temperature, location=place))
    near = {"georel": "near;maxDistance:1500", "geometry": "point", "coords": "43.01,141.35"}
    asked = {
        "ids": {"entity_ids": ["urn:ngsi-ld:Room:001", "urn:ngsi-ld:Room:003"]},
        "floors": {"entity_types": ["Floor"]},
        "id pattern": {"id_pattern": "^urn:ngsi-ld:Room:00[2-3]"},
        "type pattern": {"type_pattern": "oo", "limit": 1},
        "q": {"q": QueryString(qs=[("temperature", ">=", 24)])},
        "mq": {"mq": "temperature.accuracy<0.3"},
        "near": near,
        "order": {"order_by": "!temperature", "limit": 2},
    }
    found = {
        name: [int(one.id[-1]) for one in client.get_entity_list(**options)]
        for name, options in asked.items()
    }
    one = {"entity_id": "urn:ngsi-ld:Room:001", "attrs": ["temperature"]}
    for form in (AttrsFormat.KEY_VALUES, AttrsFormat.VALUES):
        answer = client.get_entity(response_format=form, **one)
        found[form.value] = answer if isinstance(answer, list) else plain(answer)
    found["types"] = client.get_entity_types(options="count")
    found["type"] = client.get_entity_type("Room")
    return found


def batches(cities: Cities) -> Found:
    """More than a page, and what cannot be done."""
    client = at(cities.broker, "/batches")
    many = [ContextEntity(id=str(i), type=f"filip:object:Type{i % 2}") for i in range(2001)]
    for index in range(0, len(many), 1000):
        client.update(entities=many[index : index + 1000], action_type=ActionType.APPEND)
    odd = EntityPattern(idPattern=".*", typePattern=".*Type1$")
    found = {
        "all": len({one.id for one in client.get_entity_list()}),
        "some": len(client.get_entity_list(limit=1001)),
        "odd": len(client.query(query=Query(entities=[odd]), response_format="keyValues")),
    }
    changed = [ContextEntityKeyValues(id=str(i), type="filip:object:Type1", n=i) for i in (1, 3)]
    client.update(entities=changed, action_type=ActionType.APPEND, update_format="keyValues")
    large = Query(entities=[odd], attrs=["n"], expression={"q": "n>2"})
    found["expression"] = [plain(one) for one in client.query(query=large)]
    found["unknown"] = refused(
        lambda: client.update(
            entities=[ContextEntity(id="nobody", type="T", a=number(1))],
            action_type=ActionType.UPDATE,
        )
    )
    clear_context_broker(cb_client=client)
    found["cleared"] = client.get_entity_list()
    return found
