"""An MQTT broker inside the process, for the demo and for trying things out: amqtt, on loopback.

For real sensors use Mosquitto or EMQX (`--mqtt-url`): this one keeps nothing over a restart.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig

from city.ports_taken import free_port


@asynccontextmanager
async def embedded_mqtt(host: str, port: int) -> AsyncIterator[int]:
    """Run the broker while inside; yields the port that it listens on, which is free for 0."""
    port = port or free_port(host)
    broker = Broker(
        BrokerConfig(
            listeners={"default": ListenerConfig(bind=f"{host}:{port}", max_connections=500)},
            plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        ),
        loop=asyncio.get_running_loop(),
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()
