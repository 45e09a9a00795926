"""MQTT measure → committed history, beside a bare aiomqtt subscriber that only counts."""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt

from bench.measures import Effort, Row
from bench.servers import free_port, odori

_OPERATOR = "bench-operator-token-0123456789abcdef"
_DEVICES = 20
_PLACE = {
    "site": "bench",
    "municipality": "011002",
    "location": {"type": "Point", "coordinates": [141.35, 43.06]},
}


async def mqtt_to_history(mongodb_url: str, effort: Effort) -> list[Row]:
    """How many measures a second are in the history, and what a bare subscriber counts."""
    if shutil.which("mosquitto") is None:
        return []
    count = max(round(effort.seconds * 2_500), 1_000)
    async with _mosquitto() as port:
        bare = await _bare_rate(port, count)
        extra = ("--operator-token", _OPERATOR, "--mqtt-url", f"mqtt://127.0.0.1:{port}")
        rooms = ("ingest", "sensors", "broker", "oauth")
        async with odori(*extra, rooms=rooms, mongodb_url=mongodb_url, is_open=False) as server:
            committed = await _committed_rate(server.url, port, count)
    note = f"QoS 1, {count:,} measures of five values, de-identified and acknowledged"
    return [
        Row("MQTT measures in history", committed, "measures/s", committed / bare, 0.5, note=note)
    ]


async def _bare_rate(port: int, count: int) -> float:
    """Received by a subscriber that does nothing."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("/json/+/+/attrs", qos=1)
        topics = [f"/json/key/B{number}/attrs" for number in range(_DEVICES)]
        began = time.perf_counter()
        sender = await _sender(port, count, topics)
        received = 0
        async with asyncio.timeout(120):
            async for _ in client.messages:
                received += 1
                if received == count:
                    break
        rate = count / (time.perf_counter() - began)
        await sender.wait()
        return rate


async def _committed_rate(url: str, port: int, count: int) -> float:
    """From the first message to the last row of history."""
    headers = {"Authorization": f"Bearer {_OPERATOR}"}
    async with aiohttp.ClientSession(url, headers=headers) as session:
        topics = await _register(session)
        await _until_ready(session)
        began = time.perf_counter()
        sender = await _sender(port, count, topics)
        async with asyncio.timeout(240):
            while await _committed(session) < count:  # noqa: ASYNC110 — another process's event
                await asyncio.sleep(0.05)
        rate = count / (time.perf_counter() - began)
        await sender.wait()
        return rate


async def _register(session: aiohttp.ClientSession) -> list[str]:
    """Twenty approved devices; returns their topics."""
    devices = [
        {
            "device_id": f"B{number}",
            "deviceClass": "indoor_environment",
            "owner": "bench",
            "responsibleParty": "bench",
            "contact": "bench",
            "place": _PLACE,
        }
        for number in range(_DEVICES)
    ]
    made = await _ask(session, "POST", "/iot/devices", {"devices": devices})
    for one in made["devices"]:
        approval = {"action": "approve", "role": "bench"}
        await _ask(session, "POST", f"/v1/devices/{one['device_id']}/approval", approval)
    return [f"/json/{one['apikey']}/{one['device_id']}/attrs" for one in made["devices"]]


async def _committed(session: aiohttp.ClientSession) -> int:
    """Observations in commits so far, as the intake's own metrics say."""
    async with session.get("/metrics") as answer:
        text = await answer.text()
    lines = (line for line in text.splitlines() if line.startswith("odori_ingest_commit_rows_sum"))
    return round(sum(float(line.rsplit(" ", 1)[1]) for line in lines))


async def _until_ready(session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(20):
        while True:
            async with session.get("/readyz") as answer:
                if answer.ok:
                    return
            await asyncio.sleep(0.05)


async def _ask(session: aiohttp.ClientSession, method: str, path: str, body: object) -> Any:
    async with session.request(method, path, json=body) as answer:
        answer.raise_for_status()
        return await answer.json()


async def _sender(port: int, count: int, topics: list[str]) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "bench.mqtt_sender", str(port), str(count), *topics]
    return await asyncio.create_subprocess_exec(*command)


@asynccontextmanager
async def _mosquitto() -> AsyncIterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="odori-bench-") as folder:
        settings = Path(folder) / "mosquitto.conf"
        settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\n"
            "max_queued_messages 0\nmax_inflight_messages 0\n"
        )
        process = await asyncio.create_subprocess_exec(
            "mosquitto", "-c", str(settings), stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await _until_listening(port)
            yield port
        finally:
            process.terminate()
            await process.wait()


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return
