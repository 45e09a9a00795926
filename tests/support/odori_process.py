"""`odori serve` as a real process: its own database, its own log file, a free port.

with odori_process(folder, log_level="debug") as odori:
    async with talking(odori) as talk:
        assert (await talk.ask("GET", "/v2/entities")).status == 200
"""

import asyncio
import contextlib
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = Path(sys.executable).parent / "odori"
TOKEN = "a-token-of-the-tests-that-is-long-enough"
_START_S = 30.0
_STOP_S = 15.0
_LISTENS = re.compile(rb"Odori listens on (http://127\.0\.0\.1:(\d+))")  # noqa: TID251 — ours


class OdoriProcess:
    """A process that serves.

    Attributes:
        folder: its working directory; `data/` is the database, `log` all that it wrote.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.url = ""
        self._process = process
        self._said = threading.Event()
        self._reader = threading.Thread(target=self._listen, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def log(self) -> bytes:
        """Standard output and error until now."""
        return (self.folder / "log").read_bytes()

    def is_alive(self) -> bool:
        """Whether it is still the process that was started."""
        return self._process.poll() is None

    def await_banner(self) -> None:
        """Return once it listens."""
        self._reader.start()
        if not self._said.wait(_START_S) or not self.url:
            raise RuntimeError("odori serve does not start: " + self.log.decode(errors="replace"))

    def stop(self) -> None:
        """Stop in good order; the log is complete afterwards."""
        self._process.terminate()
        self._process.wait(_STOP_S)
        self._reader.join(_STOP_S)

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_S)
        self._reader.join(_STOP_S)

    def _listen(self) -> None:
        """Keep what it says; learn from its first lines where it listens."""
        assert self._process.stdout is not None
        with (self.folder / "log").open("ab", buffering=0) as log, self._process.stdout as lines:
            for line in lines:
                log.write(line)
                if not self.url and (said := _LISTENS.search(line)):
                    self.url = said[1].decode()
                    self._said.set()
        self._said.set()


@contextlib.contextmanager
def odori_process(
    folder: Path, *arguments: str, port: int = 0, **settings: str
) -> Iterator[OdoriProcess]:
    """A process that serves while inside; `settings` become `ODORI_…` variables."""
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "ODORI_OPERATOR_TOKEN": TOKEN,
        **{f"ODORI_{name.upper()}": value for name, value in settings.items()},
    }
    command = (str(PROGRAM), "serve", *arguments, "--port", str(port), "--data-dir", "data")
    process = subprocess.Popen(  # noqa: S603 — ours
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    odori = OdoriProcess(folder, process)
    try:
        odori.await_banner()
        yield odori
    finally:
        odori.kill()


@dataclass(frozen=True)
class Answer:
    """One answer, whole."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def everything(self) -> bytes:
        """Headers and body as they came."""
        return b"\r\n".join((*(name + b": " + value for name, value in self.headers), self.body))


class Talk:
    """A client of a process that sends the operator's token unless told otherwise."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        token: str = TOKEN,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request."""
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        body: dict[str, Any] = {"json": json}
        if data is not None:
            body = {"data": io.BytesIO(data)}
        async with self._session.request(
            method, f"{self._url}{path}", headers=sent, allow_redirects=False, **body
        ) as answer:
            return Answer(answer.status, tuple(answer.raw_headers), await answer.read())


@contextlib.asynccontextmanager
async def talking(odori: OdoriProcess) -> AsyncIterator[Talk]:
    """A client of the process."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield Talk(odori.url, session)


async def raw(odori: OdoriProcess, request: bytes) -> bytes:
    """Send bytes as they are and read until the server closes or says nothing for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", odori.port)
    answer = b""
    try:
        writer.write(request)
        await writer.drain()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(1):
                while chunk := await reader.read(65_536):
                    answer += chunk
    except ConnectionError:
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return answer


WEATHER = "W1"
WEATHER_KEY = "weather-key-of-the-tests-0001"


async def register(talk: Talk, device_id: str, device_class: str, key: str, **more: Any) -> None:
    """Register and approve a device with a key of our choice."""
    device = {
        "device_id": device_id,
        "apikey": key,
        "deviceClass": device_class,
        "owner": "city",
        "responsibleParty": "city",
        "contact": "city",
        "place": {
            "site": "chikaho",
            "municipality": "011002",
            "location": {"type": "Point", "coordinates": [141.35, 43.06]},
        },
        **more,
    }
    made = await talk.ask("POST", "/iot/devices", json={"devices": [device]})
    assert made.status == 201, made.body
    notice = {"url": "https://city.example/notice", "publishedOn": "2026-01-01"}
    decision = {"action": "approve", "role": "office", "notice": notice}
    approved = await talk.ask("POST", f"/v1/devices/{device_id}/approval", json=decision)
    assert approved.status == 200, approved.body
