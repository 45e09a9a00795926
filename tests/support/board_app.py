"""The boards on a real socket, over the stand-in city, for browsers and HTTP clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from support.city_reader import StandInCity, StandInWorld

from dashboard.app import Boards, BoardSettings
from kernel.clock import Clock, SystemClock
from kernel.errors import UnauthenticatedError, UnavailableError
from kernel.ids import SeededIds
from kernel.permission import Principal, Scope
from kernel.times import SECOND_US, Instant
from serving.app import build_app

STAFF = Principal("staff", frozenset({Scope.BOARDS, Scope.CITY_FLOW}))
CLERK = Principal("clerk", frozenset({Scope.BOARDS}))
GUEST = Principal("guest", frozenset())


class Tokens:
    """Knows the tokens `staff`, `clerk` (who may not see people flow), `guest` (who may nothing).

    About `nobody-knows-now` it cannot say anything at the moment.
    """

    async def authenticate(self, request: web.Request) -> Principal:
        """By `Authorization: Bearer <name>`."""
        match request.headers.get("Authorization", ""):
            case "Bearer staff":
                return STAFF
            case "Bearer clerk":
                return CLERK
            case "Bearer guest":
                return GUEST
            case "Bearer nobody-knows-now":
                raise UnavailableError("The access database is away")
        raise UnauthenticatedError("A token is needed")


class RunningClock:
    """A clock that starts at a given instant and runs with the machine's."""

    def __init__(self, start: Instant) -> None:
        self._start = start
        self._machine = SystemClock()
        self._began = self._machine.monotonic()

    def now(self) -> Instant:
        """The instant it was started with, plus what has passed since."""
        passed_s = self._machine.monotonic() - self._began
        return Instant(self._start + round(passed_s * SECOND_US))

    def monotonic(self) -> float:
        """The machine's."""
        return self._machine.monotonic()


class ServedBoards(msgspec.Struct, frozen=True):
    """Where the boards are, and what stands behind them."""

    url: str
    boards: Boards
    city: StandInCity
    world: StandInWorld
    clock: Clock


@asynccontextmanager
async def served_boards(
    city: StandInCity | None = None,
    *,
    public: bool = True,
    simulated_world: bool = True,
    clock: Clock | None = None,
    port: int = 0,
    sign_in: str = "",
) -> AsyncIterator[ServedBoards]:
    """The boards, once they have read the city."""
    city = city or StandInCity()
    clock = clock or RunningClock(city.now)
    world = StandInWorld(clock)
    boards = Boards(
        reader=city,
        changes=city,
        clock=clock,
        ids=SeededIds(7),
        authenticator=Tokens(),
        settings=BoardSettings(public=public),
        control=world if simulated_world else None,
        sign_in=sign_in,
    )
    app = build_app(
        [boards.surface()], authenticator=Tokens(), registry=CollectorRegistry(), clock=clock
    )
    async with boards.running(), TestServer(app, port=port or None) as server:
        await boards.first_read()
        yield ServedBoards(str(server.make_url("/")), boards, city, world, clock)
