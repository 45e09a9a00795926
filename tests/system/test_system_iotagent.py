"""An IoT Agent on iotagent-node-lib, unmodified, with a device of its own, writes through us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.engines import ENGINES
from support.iot_agent import IotAgent, iot_agent
from support.node import workspace
from support.odori_process import odori_process
from support.receivers import Receiver, receiving
from support.storages import storage_settings

SOURCE = Path(__file__).parent / "node_ngsi"
SCOPE = {"Fiware-Service": "openiot", "Fiware-ServicePath": "/plants"}
LAMP = "/v2/entities/urn:ngsi-ld:Lamp:1"
PATIENCE_S = 15.0
DEVICE = {
    "device_id": "lamp1",
    "entity_name": "urn:ngsi-ld:Lamp:1",
    "entity_type": "Lamp",
    "transport": "HTTP",
    "attributes": [{"object_id": "l", "name": "luminosity", "type": "Number"}],
    "lazy": [{"name": "power", "type": "Number"}],
    "commands": [{"name": "switch", "type": "command"}],
    "static_attributes": [{"name": "refStreet", "type": "Relationship", "value": "Odori"}],
}


@pytest.fixture(scope="module", params=ENGINES)
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return storage_settings(request, request.param)


class Plant:
    """A broker, the agent, and the device that it talks to."""

    def __init__(
        self, session: aiohttp.ClientSession, broker: str, agent: IotAgent, device: Receiver
    ) -> None:
        self._session, self._broker, self._agent = session, broker, agent
        self.device = device

    async def provision(self) -> None:
        """Tell the agent of the device."""
        body = {"devices": [{**DEVICE, "endpoint": f"{self.device.url}/lamp1"}]}
        assert await self._post(f"{self._agent.north}/iot/devices", body) == 201

    async def forget(self) -> None:
        """Take the device out of the agent."""
        url = f"{self._agent.north}/iot/devices/lamp1"
        async with self._session.delete(url, headers=SCOPE) as answer:
            assert answer.status == 204

    async def measure(self, **values: object) -> None:
        """What the device sends."""
        assert await self._post(f"{self._agent.south}/iot/json?i=lamp1", values) == 200

    async def report(self, **results: object) -> None:
        """What the device says of a command."""
        url = f"{self._agent.south}/iot/json/commands?i=lamp1"
        assert await self._post(url, results) == 200

    async def ask(self, path: str) -> Any:
        """What the broker answers."""
        async with self._session.get(f"{self._broker}{path}", headers=SCOPE) as answer:
            return await answer.json()

    async def patch(self, path: str, body: object) -> int:
        """The status of a change at the broker."""
        url = f"{self._broker}{path}"
        async with self._session.patch(url, json=body, headers=SCOPE) as answer:
            return answer.status

    async def becomes(self, name: str, value: object) -> None:
        """Return once the lamp's attribute has the value."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.ask(f"{LAMP}?attrs={name}"))[name]["value"] != value:  # noqa: ASYNC110 — another process has no event
                await asyncio.sleep(0.02)

    async def _post(self, url: str, body: object) -> int:
        async with self._session.post(url, json=body, headers=SCOPE) as answer:
            return answer.status


@asynccontextmanager
async def planted(folder: Path, settings: dict[str, str]) -> AsyncIterator[Plant]:
    """A plant that runs while inside."""
    scripts = workspace(SOURCE, folder)
    with odori_process(folder, "broker", "--open", "--multiservice", **settings) as odori:
        async with (
            receiving(status=200, answer=b'{"power": 40}') as device,
            iot_agent(scripts, odori.port, "openiot", "/plants") as agent,
            aiohttp.ClientSession() as session,
        ):
            yield Plant(session, odori.url, agent, device)


async def test_an_iot_agent_provisions_measures_and_commands_a_device(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    async with planted(tmp_path, settings) as plant:
        await plant.provision()
        (registered,) = await plant.ask("/v2/registrations")
        assert registered["dataProvided"] == {
            "entities": [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}],
            "attrs": ["power", "switch"],
        }

        await plant.measure(l=1200)
        assert await plant.ask(f"{LAMP}?options=keyValues&attrs=luminosity,refStreet") == {
            "id": "urn:ngsi-ld:Lamp:1",
            "type": "Lamp",
            "luminosity": 1200,
            "refStreet": "Odori",
        }

        # a command: our broker forwards it to the agent, the agent to the device
        switch = {"switch": {"type": "command", "value": "on"}}
        assert await plant.patch(f"{LAMP}/attrs?type=Lamp", switch) == 204
        (command,) = await plant.device.arrived(1)
        assert command.json == {"switch": "on"}
        await plant.becomes("switch_status", "PENDING")
        await plant.report(switch="it is on")
        await plant.becomes("switch_status", "OK")
        await plant.becomes("switch_info", "it is on")

        # a lazy attribute: asked of the device while the client waits
        assert (await plant.ask(f"{LAMP}/attrs/power?type=Lamp"))["value"] == 40

        await plant.forget()
        assert await plant.ask("/v2/registrations") == []
