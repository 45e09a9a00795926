"""An IoT Agent that runs on iotagent-node-lib: the script of `tests/system/node_ngsi`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.node import node_program
from support.receivers import unused_port


@dataclass(frozen=True)
class IotAgent:
    """Where it listens.

    Attributes:
        north: the provisioning API, to which the broker also forwards.
        south: where devices send measures.
    """

    north: str
    south: str


@asynccontextmanager
async def iot_agent(
    workspace: Path, broker_port: int, service: str, subservice: str
) -> AsyncIterator[IotAgent]:
    """An agent that writes to a broker of this machine while inside."""
    north, south = unused_port(), unused_port()
    settings = {
        "broker": broker_port,
        "northPort": north,
        "southPort": south,
        "service": service,
        "subservice": subservice,
    }
    async with node_program(workspace, "iot_agent.mjs") as program:
        await program.tell(settings)
        while (said := await program.hear()) != {"listens": True}:
            assert said is not None, "the agent has ended"  # its library logs there, too
        yield IotAgent(f"http://127.0.0.1:{north}", f"http://127.0.0.1:{south}")
