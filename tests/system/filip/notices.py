"""Subscriptions, over HTTP and as commands to actuators over MQTT."""

import queue
import threading
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
from clients import PATIENCE_S, Cities, Found, Receiver, at, number, plain, room
from filip.models.ngsi_v2.context import ContextAttribute, ContextEntity
from filip.models.ngsi_v2.subscriptions import Message, Mqtt, Subscription

WARM = {
    "description": "Room 1 when it is warm",
    "subject": {
        "entities": [{"id": "urn:ngsi-ld:Room:001", "type": "Room"}],
        "condition": {"attrs": ["temperature"], "expression": {"q": "temperature>40"}},
    },
    "throttling": 0,
}


def subscriptions(cities: Cities) -> Found:
    """Created once, notified, paused, expired, forgotten; and a notification taken in."""
    client = at(cities.broker, "/subscriptions")
    client.post_entity(room(1, temperature=number(20), pressure=number(700)))
    soon = datetime.now(UTC) + timedelta(minutes=15)  # noqa: TID251 — as documented
    with Receiver() as receiver:
        notification = {"http": {"url": receiver.url}, "attrs": ["temperature"]}
        wish = Subscription.model_validate({**WARM, "notification": notification, "expires": soon})
        wish_id = client.post_subscription(wish)
        found = {"same id": client.post_subscription(wish) == wish_id}
        for value in (30, 50):
            client.update_attribute_value(
                entity_id="urn:ngsi-ld:Room:001", attr_name="temperature", value=value
            )
        notice = receiver.notice()
        found["notice"] = [notice.subscriptionId == wish_id, [plain(one) for one in notice.data]]
    kept = client.get_subscription(wish_id)
    found["kept"] = [kept.description, kept.status.value, abs(kept.expires - soon).seconds]
    for status in ("inactive", "active"):
        client.update_subscription(kept.model_copy(update={"status": status}))
        found[status] = client.get_subscription(wish_id).status.value
    past = kept.model_copy(update={"expires": soon - timedelta(days=365)})
    client.update_subscription(past)
    found["expired"] = client.get_subscription(wish_id).status.value
    client.notify(Message(subscriptionId=wish_id, data=[room(2, temperature=number(7))]))
    found["notified"] = plain(client.get_entity("urn:ngsi-ld:Room:002"))
    client.delete_subscription(wish_id)
    found["left"] = client.get_subscription_list()
    return found


def actuators(cities: Cities) -> Found:
    """Commands by notification: over MQTT, as it is and as a custom payload."""
    client, broker = at(cities.broker, "/actuators"), mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    heard = _listening(broker, cities.mqtt)
    endpoint = {"url": cities.mqtt, "topic": "actuator/1"}
    custom = {"url": cities.mqtt, "topic": "actuator/2", "payload": "${heatPower}"}
    for name, notification in (
        ("actuator_1", {"mqtt": Mqtt(**endpoint), "attrs": ["toggle"]}),
        ("actuator_2", {"mqttCustom": custom}),
    ):
        subject = {"entities": [{"id": name}]}
        wish = {"subject": subject, "notification": notification}
        client.post_entity(ContextEntity(id=name, type="Actuator"))
        client.post_subscription(Subscription.model_validate(wish))
    toggle = ContextAttribute(type="Boolean", value=True)
    client.update_or_append_entity_attributes("actuator_1", {"toggle": toggle})
    first = Message.model_validate_json(heard.get(timeout=PATIENCE_S).payload)
    client.update_or_append_entity_attributes("actuator_2", {"heatPower": number(500)})
    second = heard.get(timeout=PATIENCE_S)
    broker.loop_stop()
    found = {"actuator/1": [plain(one) for one in first.data]}
    return {**found, second.topic: second.payload.decode()}


def _listening(broker: mqtt.Client, url: str) -> queue.Queue[mqtt.MQTTMessage]:
    """What is published for actuators from now on."""
    heard, subscribed = queue.Queue[mqtt.MQTTMessage](), threading.Event()
    broker.on_message = lambda _client, _data, message: heard.put(message)
    broker.on_subscribe = lambda *_: subscribed.set()
    host, port = url.removeprefix("mqtt://").split(":")
    broker.connect(host, int(port))
    broker.loop_start()
    broker.subscribe("actuator/+")
    if not subscribed.wait(PATIENCE_S):
        raise TimeoutError("the MQTT broker does not answer")
    return heard
