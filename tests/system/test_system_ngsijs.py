"""NGSI.js, with which Wirecloud's widgets read a city, unmodified."""

from pathlib import Path
from typing import Any

import pytest
from support.engines import ENGINES
from support.node import node_program, workspace
from support.odori_process import odori_process
from support.storages import storage_settings

SOURCE = Path(__file__).parent / "node_ngsi"


@pytest.fixture(scope="module", params=ENGINES)
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return storage_settings(request, request.param)


async def findings(folder: Path, settings: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Everything that the client found, by name."""
    found = {}
    scripts = workspace(SOURCE, folder)
    with odori_process(folder, "broker", "--open", "--multiservice", **settings) as odori:
        async with node_program(scripts, "ngsijs_walk.mjs") as client:
            await client.tell({"broker": odori.url})
            while (said := await client.hear()) is not None:
                found[said.pop("found")] = said
    return found


async def test_ngsijs_creates_lists_subscribes_and_registers(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    found = await findings(tmp_path, settings)
    assert found["version"] == {"orion": "4.7.0"}
    assert found["created"] == {"location": "/v2/entities/room1?type=Thing"}
    assert found["twice"]["name"] == "AlreadyExists"
    assert found["upserted"] == {}
    assert found["page"] == {
        "count": 2,
        "results": [{"id": "room2", "type": "Room", "temperature": 19}],
        "offset": 1,
        "limit": 1,
    }
    assert [one["id"] for one in found["filtered"]["results"]] == ["room1"]
    assert found["missing"]["name"] == "NotFound"
    assert found["subscribed"] == {"location": True}
    assert found["notified"] == {
        "format": "keyValues",
        "ours": True,
        "data": [{"id": "room2", "type": "Room", "temperature": 30}],
    }
    assert found["subscriptions"] == {"count": 1, "statuses": ["active"]}
    assert found["kept"] == {"status": "inactive", "description": "a screen"}
    assert found["forgotten"]["name"] == "NotFound"
    assert found["batch"] == {"count": 2, "ids": ["b1", "b2"]}
    assert found["types"] == {"count": 3, "names": ["B", "Room", "Thing"]}
    assert found["value"] == {"value": {"low": 18, "high": 22}}
    assert found["registrations"] == {"count": 1, "ours": [True]}
    assert found["unregistered"]["name"] == "NotFound"
