"""The boards put together: what `city/` constructs, runs and mounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from dashboard.figures.crowding import CrowdLimits
from dashboard.figures.quarters import OpeningHours
from dashboard.gallery import Gallery
from dashboard.live import Hub
from dashboard.memory import CityMemory
from dashboard.pages.boards import BoardPages
from dashboard.pages.face import BoardFace
from dashboard.pages.frame import Frame
from dashboard.pages.headers import SECURITY_HEADERS
from dashboard.pages.readers import Readers
from dashboard.ports import CityChanges, CityReader, ScenarioControl
from dashboard.watch import CityWatch
from dashboard.world import World
from kernel.clock import Clock
from kernel.ids import IdSource
from serving.access import Authenticator
from serving.app import Surface
from serving.html.assets import Assets
from serving.routes import Parameter, Route
from serving.tasks import Supervisor

_LANGUAGE = Parameter("lang", "ja or en", {"type": "string", "enum": ["ja", "en"]})
_DATE = Parameter("date", "A past day in Japan", {"type": "string", "format": "date"})
_BOARD = Parameter("board", "Board of the panel", {"type": "string", "enum": ["overview", "flow"]})


class BoardSettings(msgspec.Struct, frozen=True):
    """What may differ between cities.

    Attributes:
        public: boards are open without a token; people flow only where it is simulated.
    """

    public: bool = False
    hours: OpeningHours = OpeningHours()
    limits: CrowdLimits = CrowdLimits()


class Boards:
    """The room `dashboard`. Serve `surface()` while `running()` is entered.

    Args:
        clock: the clock that stamps what the broker receives.
        control: the levers of the simulated city; None where there is none.
        sign_in: the path where people sign in and come back by `next`; empty where nobody can.
    """

    def __init__(
        self,
        *,
        reader: CityReader,
        changes: CityChanges,
        clock: Clock,
        ids: IdSource,
        authenticator: Authenticator,
        settings: BoardSettings,
        control: ScenarioControl | None = None,
        sign_in: str = "",
    ) -> None:
        world = World(clock, control)
        memory = CityMemory(settings.hours)
        gallery = Gallery(memory, world, settings.limits)
        self._hub = Hub(gallery, clock, epoch=ids.object_id(), facts=self._facts)
        self._watch = CityWatch(
            reader=reader, changes=changes, memory=memory, now=world.now, on_topic=self._hub.mark
        )
        self._assets = Assets(
            prefix="/boards/static",
            packages=("serving.html", "dashboard"),
            headers=SECURITY_HEADERS,
        )
        frame = Frame(world, self._assets)
        self._face = BoardFace(frame, sign_in)
        self._readers = Readers(authenticator, public=settings.public)
        self._pages = BoardPages(
            memory=memory,
            gallery=gallery,
            hub=self._hub,
            world=world,
            readers=self._readers,
            frame=frame,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the city and feed the streams for as long as the context lasts."""
        async with self._watch.running(), Supervisor() as supervisor:
            supervisor.keep("boards publish", self._hub.run)
            yield

    async def reread(self) -> None:
        """Read the city anew; on return the boards show what it says now."""
        await self._watch.reread()

    def end_streams(self) -> None:
        """Let everybody who looks go: no stream outlives the server, none begins."""
        self._hub.close()

    async def first_read(self) -> None:
        """Return once the boards have something to show."""
        await self._watch.first_read()

    def surface(self) -> Surface:
        """The routes. Style sheets and modules are open: they are part of the published source."""
        pages, access = self._pages, self._readers.access
        return Surface(
            [
                Route(
                    "GET",
                    "/",
                    pages.overview,
                    access,
                    "Shows the overview",
                    parameters=(_LANGUAGE,),
                ),
                Route(
                    "GET",
                    "/flow",
                    pages.flow,
                    access,
                    "Shows people flow, now or on a past day",
                    parameters=(_LANGUAGE, _DATE),
                ),
                Route(
                    "GET",
                    "/live",
                    pages.live,
                    access,
                    "Streams what changes on a board (server-sent events)",
                    parameters=(
                        Parameter("topics", "flow, touches, environment, sensors"),
                        _BOARD,
                        _LANGUAGE,
                    ),
                ),
                Route(
                    "GET",
                    "/boards/table/{panel}.csv",
                    pages.table,
                    access,
                    "Downloads what a panel draws",
                    parameters=(_BOARD, _DATE, _LANGUAGE, Parameter("bom", "0 for machines")),
                ),
                Route(
                    "GET",
                    "/boards/why/{panel}",
                    pages.why,
                    access,
                    "Shows the records on which a number stands",
                    parameters=(_BOARD, _DATE, _LANGUAGE),
                ),
                Route(
                    "POST",
                    "/boards/world",
                    pages.world,
                    access,
                    "Starts a scenario, sets the speed or pauses the simulated city",
                    answers={303: "Back to the board"},
                ),
                self._assets.route("Serves a style sheet or module of the boards"),
            ],
            [self._face],
        )

    def _facts(self) -> dict[str, object]:
        return self._pages.facts()
