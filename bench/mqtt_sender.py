"""Publishes prepared measures with QoS 1 as fast as a broker takes them.

`python -m bench.mqtt_sender PORT COUNT TOPIC…`: MQTT 3.1.1 by hand, since a client library would be
slower than what is measured. A window of 1,000 messages is under way at any time.
"""

import asyncio
import struct
import sys

import orjson

_WINDOW = 1_000
_CONNECT = bytes.fromhex("101500044d5154540402003c000962656e63682d736e64")
_PUBACK_BYTES = 4


def publish(topic: str, number: int) -> bytes:
    """A PUBLISH packet with QoS 1 (MQTT 3.1.1 §3.3)."""
    payload = orjson.dumps(
        {
            "temperature": number % 400 / 10,
            "relativeHumidity": 0.5,
            "co2": 400 + number % 1_500,
            "illuminance": 300 + number % 7,
            "atmosphericPressure": 1_013,
        }
    )
    name = topic.encode()
    packet_id = number % 65_535 + 1
    rest = struct.pack(">H", len(name)) + name + struct.pack(">H", packet_id) + payload
    return b"\x32" + _length(len(rest)) + rest


def _length(value: int) -> bytes:
    encoded = bytearray()
    while True:
        value, digit = divmod(value, 128)
        encoded.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


async def send(port: int, count: int, topics: list[str]) -> None:
    """Publish `count` measures, round the topics, and wait for every acknowledgement."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_CONNECT)
    await reader.readexactly(4)
    sent = acknowledged = 0
    while acknowledged < count:
        room = min(_WINDOW - (sent - acknowledged), count - sent)
        packets = (publish(topics[n % len(topics)], n) for n in range(sent, sent + room))
        writer.write(b"".join(packets))
        sent += room
        received = await reader.read(65_536)
        acknowledged += len(received) // _PUBACK_BYTES
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    asyncio.run(send(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
