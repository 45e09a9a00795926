"""Listening, and stopping cleanly."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.hdrs import METH_ALL
from aiohttp.http_parser import HttpRequestParserPy

from city.ports_taken import PortTakenError
from serving.replies import json_reply

SHUTDOWN_S = 0.5
"""How long open requests may take after Ctrl-C, and as long again to hear that they may not.

Streams are ended by their owners before."""

_METHODS: Final = frozenset(method.encode() for method in METH_ALL)
_LONGEST_METHOD: Final = 32
LONGEST_LINE = 65_536
"""Bytes of a request line: Orion's `-connectionMemory`, since lists of ids stand in URLs."""


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` while inside; yields the port, which matters where 0 was asked for.

    Raises:
        PortTakenError: somebody was quicker.
    """
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        async with _accepting(runner, host, port) as listener:
            yield listener.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _accepting(runner: web.AppRunner, host: str, port: int) -> AsyncIterator[asyncio.Server]:
    """Accept connections of our protocol; `web.TCPSite` would make aiohttp's own."""
    loop, manager = asyncio.get_running_loop(), runner.server
    if manager is None:
        raise RuntimeError("The runner is not set up")

    def protocol() -> Protocol:
        return Protocol(
            manager,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]
            max_line_size=LONGEST_LINE,
        )

    try:
        listener = await loop.create_server(protocol, host, port, reuse_address=True, backlog=1024)
    except OSError:
        raise PortTakenError(f"Port {port} on {host} cannot be listened on") from None
    try:
        yield listener
    finally:
        listener.close()


class Protocol(web.RequestHandler):
    """HTTP/1.1 whose refusals of what is no request repeat none of it.

    aiohttp would quote the line that it could not read, and name itself.
    """

    __slots__ = ("_has_begun",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing has been read yet."""
        self._has_begun = False
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Methods of nobody's go to a parser that takes any: 405 is the answer to them, not 400.

        RFC 9110 §9.1. aiohttp's fast parser knows a closed list. Only the first bytes of a
        connection decide, since no parser can be changed in the middle of a request.
        """
        if not self._has_begun and _has_strange_method(data):
            loop = self._loop
            self._parser = HttpRequestParserPy(
                self,
                loop,
                max_line_size=LONGEST_LINE,
                payload_exception=web.RequestPayloadError,
            )
        self._has_begun = True
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,  # noqa: ARG002 — it quotes
        message: str | None = None,  # noqa: ARG002 — it quotes
    ) -> web.StreamResponse:
        """The answer to what never became a request of ours; the connection ends with it."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun already")
        told = HTTPStatus(status).phrase
        refusal = json_reply({"error": told.replace(" ", ""), "description": told}, status=status)
        refusal.headers["Server"] = ""
        refusal.force_close()
        return refusal


def _has_strange_method(data: bytes) -> bool:
    """Whether a request begins with a word that is no method which RFC 9110 or 5789 has."""
    word, space, _ = data[:_LONGEST_METHOD].partition(b" ")
    return word not in _METHODS and word.isalpha() and space == b" "


async def until_stopped() -> None:
    """Return at the first SIGINT or SIGTERM; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: KeyboardInterrupt does it
            loop.add_signal_handler(number, stop)
    await stopped.wait()
