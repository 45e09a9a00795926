"""A real Mosquitto on a free loopback port, for tests that carry the marker `mosquitto`."""

import asyncio
import contextlib
import getpass
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") or ""
_READY_S = 10.0
_POLL_S = 0.02


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """A broker that can be stopped and started again with what it had stored."""

    def __init__(self, directory: Path) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._config = directory / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} {self.host}\n"
            f"user {getpass.getuser()}\n"  # as another user it could not write its store
            "allow_anonymous true\n"
            "persistence true\n"
            f"persistence_location {directory}/\n"
            "max_queued_messages 0\n"
            "log_dest none\n"
        )

    @property
    def url(self) -> str:
        """`mqtt://host:port`."""
        return f"mqtt://{self.host}:{self.port}"

    async def start(self) -> None:
        """Start, and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM,
            "-c",
            str(self._config),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_READY_S):
            while not await self._listens():  # noqa: ASYNC110 — another process has no event
                await asyncio.sleep(_POLL_S)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def stop(self) -> None:
        """Stop in good order: sessions and their messages are written to disk first."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await process.wait()


@contextlib.asynccontextmanager
async def running_mosquitto(directory: Path) -> AsyncIterator[Mosquitto]:
    """A broker that runs while inside."""
    broker = Mosquitto(directory)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
