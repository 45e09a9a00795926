"""The JSON form in which values are stored: the short field names of the model's own structs."""

from typing import Any

import msgspec

from broker.federation.model import Forwarded, Registration
from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.subscriptions.model import Delivered, Subscription

_ENCODER = msgspec.json.Encoder()

ENTITY = msgspec.json.Decoder(Entity)
ATTRIBUTE = msgspec.json.Decoder(Attribute)
NOTICE = msgspec.json.Decoder(Notice)
SUBSCRIPTION = msgspec.json.Decoder(Subscription)
DELIVERED = msgspec.json.Decoder(Delivered)
REGISTRATION = msgspec.json.Decoder(Registration)
FORWARDED = msgspec.json.Decoder(Forwarded)


def to_json(value: Any) -> str:
    """A struct as JSON text; the decoder of its type reads it back."""
    return _ENCODER.encode(value).decode()
