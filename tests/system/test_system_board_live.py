"""A push over MQTT into the running demo appears on the board, in a real browser."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import orjson
import pytest
from support.browser import chromium, shown_number, watched
from support.odori_process import PROGRAM

pytestmark = pytest.mark.browser

_START_S = 60.0
_TOPIC = re.compile(rb"/json/\S+/TRY1/attrs")  # noqa: TID251 — a constant of ours


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[tuple[str, int, str]]:
    """`odori demo` as a process: the board's address, the MQTT port, the topic of the trial gate.

    The topic is read from the banner, as whoever tries the demo by hand would do it.
    """
    port, mqtt_port = free_port(), free_port()
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("demo", "--no-browser", "--days", "1", "--data-dir", str(folder / "data")),
        *("--port", str(port), "--mqtt-embedded-port", str(mqtt_port)),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        said = b""
        async with asyncio.timeout(_START_S):
            while (topic := _TOPIC.search(said)) is None:
                line = await process.stdout.readline()
                assert line, said.decode()
                said += line
        yield f"http://127.0.0.1:{port}/", mqtt_port, topic[0].decode()
    finally:
        process.terminate()
        await process.communicate()


async def test_a_push_over_mqtt_is_on_the_board_within_two_seconds_without_reload(
    tmp_path: Path,
) -> None:
    async with (
        demo(tmp_path) as (url, mqtt_port, topic),
        chromium() as browser,
        watched(browser) as (page, trouble),
        aiomqtt.Client("127.0.0.1", mqtt_port) as client,
    ):
        await page.goto(url + "flow?lang=en")
        await page.locator("html[data-state=ready]").wait_for(state="attached")
        await page.evaluate("() => { window.sameDocument = true; }")
        for towards in (1234, 2345):
            reading = {"towards": towards, "away": 9, "state": "open", "mac": "02:00:5e:10:00:01"}
            await client.publish(topic, orjson.dumps(reading), qos=1)
            await shown_number(page, "#gates .gate-card .direction.north", towards)
        assert await page.evaluate("() => window.sameDocument")
        assert "02:00:5e" not in await page.content()
        assert trouble == []
