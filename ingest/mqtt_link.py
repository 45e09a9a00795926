"""One connection to an MQTT broker with acknowledgement by hand.

aiomqtt acknowledges a message as soon as it has it. We must not before the commit, so this file,
and this file alone, reaches for the paho client inside aiomqtt, which has `manual_ack`.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final, Self

import aiomqtt
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.mqtt_address import MqttAddress

TOPICS: Final = tuple(
    f"{slash}{dialect}/+/+/attrs{name}"
    for dialect in ("json", "ul")
    for slash in ("/", "")
    for name in ("", "/+")
)
"""What the IoT Agents listen to, with and without the leading slash of newer ones."""

AT_LEAST_ONCE: Final = 1
_CONNECT_TIMEOUT_S: Final = 10.0


class MqttLink:
    """A connection; an async context manager. `arrived` is called for each message, at once."""

    def __init__(
        self, address: MqttAddress, arrived: Callable[["MqttLink", MQTTMessage], None]
    ) -> None:
        self._address = address
        self._client = aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=address.client_id,
            timeout=_CONNECT_TIMEOUT_S,
            tls_context=ssl.create_default_context() if address.secure else None,
            **_session(address),
        )
        self._paho = self._client._client  # noqa: SLF001 — see the head of this file
        self._paho.manual_ack_set(True)
        self._paho.on_message = lambda _client, _userdata, message: arrived(self, message)
        self._told_client = self._paho.on_disconnect
        self._paho.on_disconnect = self._disconnected
        self._is_up = False
        self._patience: asyncio.Timeout | None = None
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        self._is_up = True
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S) as self._patience:
                await self._client.__aenter__()
                for topic in TOPICS:
                    await self._client.subscribe(self._shared(topic), qos=AT_LEAST_ONCE)
        except BaseException:
            self._hang_up()
            raise
        finally:
            self._patience = None
        return self

    def _shared(self, topic: str) -> str:
        group = self._address.group
        return f"$share/{group}/{topic}" if group else topic

    async def __aexit__(self, *_: object) -> None:
        self._is_up = False
        try:
            await self._client.__aexit__(None, None, None)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        """Close the socket whatever state it is in; aiomqtt leaves it open when it gives up."""
        self._is_up = False
        self._paho._sock_close()  # noqa: SLF001 — see the head of this file

    def _disconnected(self, *told: Any) -> None:
        """Also hear of a connection that ends before it stands: aiomqtt would wait in vain."""
        if self._told_client is not None:
            self._told_client(*told)
        self._loop.call_soon_threadsafe(self._lose_patience)

    def _lose_patience(self) -> None:
        if self._patience is not None:
            self._patience.reschedule(self._loop.time())

    async def lost(self) -> None:
        """Wait until the connection is lost or dropped.

        Raises:
            aiomqtt.MqttError: always, in the end.
        """
        async for _ in self._client.messages:
            pass  # messages go to `arrived`

    @property
    def is_up(self) -> bool:
        """False once it was dropped: what still comes is delivered again on the next one."""
        return self._is_up

    def acknowledge(self, number: int) -> None:
        """Tell the broker that it may forget a message. Nothing happens on a dead connection."""
        if self._is_up:
            self._paho.ack(number, AT_LEAST_ONCE)

    def drop(self) -> None:
        """End the connection: the broker keeps what is not acknowledged and sends it again."""
        if self._is_up:
            self._is_up = False
            self._paho.disconnect()


def _session(address: MqttAddress) -> dict[str, Any]:
    """A session that outlives the connection, in the words of each protocol version."""
    if not address.is_v5:
        return {"protocol": aiomqtt.ProtocolVersion.V311, "clean_session": False}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = address.session_expiry_s
    properties.ReceiveMaximum = address.most_unacknowledged
    return {
        "protocol": aiomqtt.ProtocolVersion.V5,
        "clean_start": False,
        "properties": properties,
    }
