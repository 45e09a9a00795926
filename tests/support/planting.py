"""Where an identifier can be put from outside: requests and messages, each with a marker in it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson
from support.canaries import Canary

JSON: Final = {"Content-Type": "application/json"}
LD: Final = {"Content-Type": "application/ld+json"}
TEXT: Final = {"Content-Type": "text/plain"}
GUARDED: Final = "WeatherObserved"
"""A type that the intake alone may write."""


class Sensor(NamedTuple):
    """A registered device."""

    id: str
    key: str
    device_class: str

    @property
    def query(self) -> str:
        """How it says who it is."""
        return f"k={self.key}&i={self.id}"


class Planted(NamedTuple):
    """A request that carries a marker.

    Attributes:
        repeats: the standard's error text repeats these words to whoever said them.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 — never changed
    token: bool = True
    repeats: bool = False


class Message(NamedTuple):
    """An MQTT message that carries a marker."""

    topic: str
    payload: bytes


def spelled(canary: Canary) -> Iterator[tuple[Any, str]]:
    """Each value of the canary, and how it looks as text."""
    for value in canary.values:
        yield value, value if isinstance(value, str) else orjson.dumps(value).decode()


def measures(value: Any, text: str) -> Iterator[bytes]:
    """JSON payloads of a device: as a value, a key, metadata, a time, nested, broken."""
    key = text[:64]
    documents: Sequence[Any] = (
        {"temperature": value},
        {"temperature": 3, "who": value},
        {"temperature": 3, key: value},
        {"visibility": value, "direction": value, "topic": value, "language": value},
        {"temperature": 3, "observedAt": value},
        {"temperature": 3, "location": value, "refSensor": value, "device": value},
        {"temperature": {"value": 3, "metadata": {"who": {"value": value}}}},
        {"state": value, "co2": value, "towards": value, "count": value},
        [{"temperature": 3}, {"temperature": value}],
        {"a": {"b": {"c": [value]}}},
        value,
    )
    for document in documents:
        yield orjson.dumps(document)
    whole = orjson.dumps({"temperature": 3, "who": value, key: 1})
    yield whole[:-1]
    yield whole + b"\xff"
    yield whole[:-1] + b',"who":NaN}'
    yield text.encode()


def ultralight(text: str) -> Iterator[bytes]:
    """UltraLight payloads: as a value, a name, and alone."""
    yield f"temperature|{text}".encode()
    yield f"{text}|1".encode()
    yield f"temperature|3|{text}|1#temperature|{text}".encode()
    yield text.encode()


def to_the_intake(sensor: Sensor, canary: Canary) -> Iterator[Planted]:
    """Through the devices' HTTP door: bodies, query, path and headers."""
    for value, text in spelled(canary):
        for body in measures(value, text):
            yield Planted("POST", f"/iot/json?{sensor.query}", body, JSON, token=False)
        for body in ultralight(text):
            yield Planted("POST", f"/iot/d?{sensor.query}", body, TEXT, token=False)
        word = quote(text[:600], safe="")
        for path in (
            f"/iot/json/attrs/{word}?{sensor.query}",
            f"/iot/json?{sensor.query}&t={word}",
            f"/iot/json?k={word}&i={sensor.id}",
            f"/iot/json?k={sensor.key}&i={word}",
            f"/iot/json?{sensor.query}&{word}={word}",
        ):
            yield Planted("POST", path, b"3", JSON, token=False)
        yield Planted("GET", f"/iot/d?{sensor.query}&d={word}", token=False)
        headers = {**JSON, **_said(word)}
        yield Planted(
            "POST", f"/iot/json?{sensor.query}", b'{"temperature": 3}', headers, token=False
        )


def _said(word: str) -> dict[str, str]:
    """Headers that proxies and clients add, and that somebody might write down."""
    return {
        "User-Agent": word,
        "Referer": f"http://{word}/",
        "Cookie": f"who={word}",
        "X-Forwarded-For": word,
        "X-Real-IP": word,
        "X-Request-Id": word,
        "From": word,
    }


def to_the_broker(canary: Canary) -> Iterator[Planted]:
    """Through the NGSI doors and the operators', in everything that is refused."""
    for value, text in spelled(canary):
        yield from _guarded_writes(value, text)
        whole = orjson.dumps({"id": "x", "type": "Room", "who": {"value": value}})
        yield Planted("POST", "/v2/entities", whole[:-1], JSON)
        yield Planted("POST", "/v2/op/update", whole, JSON)
        yield Planted("POST", "/v2/subscriptions", whole, JSON)
        yield Planted("POST", "/ngsi-ld/v1/entities", whole[:-1], JSON)
        yield Planted("POST", "/ngsi-ld/v1/entities", whole, JSON)
        yield Planted("POST", "/ngsi-ld/v1/subscriptions", whole, JSON)
        yield Planted(
            "POST", "/iot/devices", orjson.dumps({"devices": [{"device_id": value}]}), JSON
        )
        yield Planted("POST", "/v1/tokens", orjson.dumps({"name": value, "scopes": [value]}), JSON)
        yield from _questions(quote(text[:600], safe=""))
        yield from _repeated(quote(text[:600], safe=""))


def _guarded_writes(value: Any, text: str) -> Iterator[Planted]:
    attribute = {"who": {"value": value, "metadata": {"m": {"value": value}}}}
    ld = {"who": {"type": "Property", "value": value}}
    for name in ("urn:ngsi-ld:x", text[:200]):
        entity = {"id": name, "type": GUARDED, **attribute}
        yield Planted("POST", "/v2/entities", orjson.dumps(entity), JSON)
        batch = {"actionType": "append", "entities": [entity]}
        yield Planted("POST", "/v2/op/update", orjson.dumps(batch), JSON)
        linked = {"id": name, "type": GUARDED, **ld}
        yield Planted("POST", "/ngsi-ld/v1/entities", orjson.dumps(linked), JSON)
    # The answer names the ids of a batch, as the standard demands (§5.2.17): no marker there.
    batched = orjson.dumps([{"id": "urn:ngsi-ld:x", "type": GUARDED, **ld}])
    yield Planted("POST", "/ngsi-ld/v1/entityOperations/upsert", batched, JSON)
    entity = {"id": "x", "type": GUARDED, text[:200]: {"value": 1}}
    yield Planted("POST", "/v2/entities", orjson.dumps(entity), JSON)


def _questions(word: str) -> Iterator[Planted]:
    for path in (
        f"/v2/entities/{word}",
        f"/v2/entities/{word}/attrs/{word}/value",
        f"/v2/entities?q={word}",
        f"/v2/entities?mq={word}",
        f"/v2/entities?idPattern={word}(",
        f"/v2/entities?options={word}",
        f"/v2/entities?georel={word}&geometry=point&coords=1,2",
        f"/v2/entities?georel=near;maxDistance:1&geometry={word}&coords={word}",
        f"/v2/entities?orderBy={word}",
        f"/v2/types/{word}",
        f"/v2/subscriptions/{word}",
        f"/v2/{word}",
        f"/{word}",
        f"/ngsi-ld/v1/entities?type={word}&q={word}",
        f"/ngsi-ld/v1/entities?{word}=1",
        f"/ngsi-ld/v1/entities?type=T&limit={word}",
        f"/ngsi-ld/v1/entities?type=T&georel={word}&geometry={word}&coordinates={word}",
        f"/ngsi-ld/v1/types/{word}",
        f"/ngsi-ld/v1/subscriptions/{word}",
        f"/ngsi-ld/v1/{word}",
        f"/v1/devices/{word}",
        f"/v1/devices?limit={word}",
        f"/ns/schema/{word}.json",
        f"/boards/table/{word}.csv",
        f"/flow?date={word}&lang={word}",
    ):
        yield Planted("GET", path)
    yield Planted("GET", "/v2/entities", None, _said(word))
    yield Planted("GET", "/v2/entities", None, {"Accept": word})
    yield Planted("GET", "/v2/entities", None, {"Fiware-ServicePath": f"/{word}"})
    yield Planted("GET", "/v2/entities", None, {"Authorization": f"Bearer {word}"}, token=False)
    yield Planted("GET", "/v2/entities", None, {"X-Auth-Token": word}, token=False)
    yield Planted("DELETE", f"/v1/tokens/{word}")
    yield Planted("DELETE", f"/v2/entities/{word}")
    yield Planted("PATCH", f"/{word}")


def _repeated(word: str) -> Iterator[Planted]:
    """Where Orion's error texts, and the house's 404 of NGSI-LD, name what was asked for."""
    for path in (
        f"/v2/entities?limit={word}",
        f"/v2/entities?offset={word}",
        f"/v2/entities?{word}=",
        f"/ngsi-ld/v1/entities/{word}",
        f"/ngsi-ld/v1/entities/urn:x:{word}",
    ):
        yield Planted("GET", path, repeats=True)
    wrong = {"Content-Type": word}
    yield Planted("POST", "/v2/entities", b"{}", wrong, repeats=True)


def messages(sensor: Sensor, canary: Canary) -> Iterator[Message]:
    """Through the MQTT door: payloads, and each place of a topic."""
    for value, text in spelled(canary):
        for body in measures(value, text):
            yield Message(f"/json/{sensor.key}/{sensor.id}/attrs", body)
        for body in ultralight(text):
            yield Message(f"/ul/{sensor.key}/{sensor.id}/attrs", body)
        word = text[:200]
        if any(letter in word for letter in "+#/"):
            word = quote(word, safe="")
        yield Message(f"/json/{sensor.key}/{word}/attrs", b'{"temperature": 3}')
        yield Message(f"/json/{word}/{sensor.id}/attrs", b'{"temperature": 3}')
        yield Message(f"json/{sensor.key}/{sensor.id}/attrs/{word}", b"3")
        yield Message(f"ul/{sensor.key}/{sensor.id}/attrs/{word}", b"3")
