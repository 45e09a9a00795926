"""The processes that are measured."""

import asyncio
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

_START_S = 20.0


@dataclass(frozen=True)
class Server:
    """A running server on loopback."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def resident_mb(self) -> float:
        """Resident memory, in megabytes."""
        return psutil.Process(self.pid).memory_info().rss / 1e6

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used, in all its threads."""
        times = psutil.Process(self.pid).cpu_times()
        used: float = times.user + times.system
        return used


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def noop() -> AsyncIterator[Server]:
    """The yardstick."""
    port = free_port()
    async with _process([sys.executable, "-m", "bench.noop", str(port)], port) as server:
        yield server


@asynccontextmanager
async def odori(
    *extra: str,
    rooms: Sequence[str] = ("broker",),
    mongodb_url: str = "",
    is_open: bool = True,
    prepare: Callable[[Path, str], Awaitable[None]] | None = None,
) -> AsyncIterator[Server]:
    """A broker: on SQLite in a folder of its own, or on MongoDB.

    `prepare` is given the folder and the address before anything is started.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="odori-bench-") as folder:
        if prepare is not None:
            await prepare(Path(folder), f"http://127.0.0.1:{port}")
        command = [
            str(Path(sys.executable).parent / "odori"),
            "serve",
            *rooms,
            *(["--open"] if is_open else []),
        ]
        command += ["--port", str(port), "--data-dir", folder, "--log-level", "error"]
        command += ["--http-max-body", "16777216", "--delivery-private-receivers", *extra]
        if mongodb_url:
            command += ["--mongodb-url", mongodb_url, "--mongodb-database", f"bench{port}"]
        async with _process(command, port) as server:
            yield server


@asynccontextmanager
async def _process(command: Sequence[str], port: int) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _wait_for(port)
        yield Server(port, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_for(port: int) -> None:
    async with asyncio.timeout(_START_S), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/version"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
