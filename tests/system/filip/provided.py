"""What others know and do: registrations, and commands to a device behind an IoT Agent."""

import json

import requests
from clients import PATIENCE_S, Cities, Found, Receiver, at, header, number, plain
from filip.clients.ngsi_v2 import ContextBrokerClient, IoTAClient
from filip.models.ngsi_v2.base import EntityPattern
from filip.models.ngsi_v2.context import ContextEntity, NamedCommand, Query
from filip.models.ngsi_v2.iot import Device, DeviceAttribute, DeviceCommand, StaticDeviceAttribute
from filip.models.ngsi_v2.registrations import Http, Provider, Registration

WEATHER = {
    "description": "Weather Conditions",
    "dataProvided": {
        "entities": [{"idPattern": ".*", "type": "Building"}],
        "attrs": ["temperature", "wind_speed"],
    },
}
HEATER = {"entity_id": "urn:ngsi-ld:Heater:01", "entity_type": "Heater"}


def registrations(cities: Cities) -> Found:
    """A building whose weather another broker provides."""
    client, weather = at(cities.broker, "/weather"), at(cities.provider, "/weather")
    building = ContextEntity(id="urn:ngsi-ld:building:001", type="Building")
    client.post_entity(building)
    measured = {"temperature": number(20.5), "wind_speed": number(60)}
    weather.post_entity(ContextEntity(id=building.id, type=building.type, **measured))
    weather.post_entity(ContextEntity(id="urn:ngsi-ld:building:002", type="Building", **measured))
    provider = Provider(http=Http(url=f"{cities.provider}/v2")).model_dump()
    wish_id = client.post_registration(
        Registration.model_validate({**WEATHER, "provider": provider})
    )
    kept = client.get_registration(wish_id)
    found = {
        "kept": [kept.description, kept.status.value, str(kept.provider.http.url)],
        "listed": [one.id == wish_id for one in client.get_registration_list()],
        "read": plain(client.get_entity(building.id, building.type)),
    }
    # An entity that is here and there counts twice, in Orion too, and FiLiP would page on for ever.
    pattern = EntityPattern(id="urn:ngsi-ld:building:002", type="Building")
    found["queried"] = [plain(one) for one in client.query(query=Query(entities=[pattern]))]
    client.update_attribute_value(
        entity_id=building.id, entity_type="Building", attr_name="wind_speed", value=61
    )
    found["written"] = weather.get_attribute_value(building.id, "wind_speed")
    client.delete_registration(wish_id)
    found["forgotten"] = plain(client.get_entity(building.id, building.type))
    return found


def commands(cities: Cities) -> Found:
    """A device at an IoT Agent: provisioned, measured and commanded."""
    client = at(cities.broker, "/plant")
    agent = IoTAClient(url=cities.agent, fiware_header=header("/plant"))
    south, device = f"{cities.south}/iot/json", {"i": "heater01"}
    with Receiver() as endpoint:
        agent.post_device(device=_heater(endpoint.url))
        requests.post(south, json={"t": 21.5}, params=device, timeout=PATIENCE_S)
        found = {"measured": plain(client.get_entity(response_format="keyValues", **HEATER))}
        client.post_command(command=NamedCommand(name="heater", value=False), **HEATER)
        found["heard"] = json.loads(endpoint.heard.get(timeout=PATIENCE_S))
    found["pending"] = _results(client)
    requests.post(f"{south}/commands", json={"heater": "off"}, params=device, timeout=PATIENCE_S)
    found["done"] = _results(client)
    found["registered"] = [one.dataProvided.attrs for one in client.get_registration_list()]
    agent.delete_device(device_id="heater01")
    found["unregistered"] = client.get_registration_list()
    return found


def _heater(endpoint: str) -> Device:
    return Device(
        device_id="heater01",
        entity_name=HEATER["entity_id"],
        entity_type=HEATER["entity_type"],
        endpoint=endpoint,
        transport="HTTP",
        attributes=[DeviceAttribute(name="temperature", object_id="t", type="Number")],
        static_attributes=[StaticDeviceAttribute(name="info", type="Text", value="FiLiP")],
        commands=[DeviceCommand(name="heater", type="Boolean")],
    )


def _results(client: ContextBrokerClient) -> dict[str, str]:
    """What the broker knows of the command: its status, and its result if there is one."""
    names = ["heater_status", "heater_info"]
    entity = client.get_entity(response_format="keyValues", attrs=names, **HEATER)
    return entity.model_dump(include=set(names))
