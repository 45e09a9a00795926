"""The handlers of the boards: pages, tables, grounds, levers of the simulated world, the stream."""

from datetime import date

import orjson
from aiohttp import web
from markupsafe import Markup

from dashboard.figures.climate import INDOOR_TYPE, WEATHER_TYPE
from dashboard.figures.gates import GATE_TYPE
from dashboard.figures.touches import TOUCH_TYPE
from dashboard.gallery import Gallery, View
from dashboard.live import RETRY_MS, Hub
from dashboard.memory import CityMemory
from dashboard.pages.frame import Frame, read_day
from dashboard.pages.headers import SECURITY_HEADERS
from dashboard.pages.readers import Readers
from dashboard.pages.why import chain
from dashboard.panels.boards import BOARDS, FLOW, OVERVIEW, TOPICS, Board, Place
from dashboard.panels.sight import Panel
from dashboard.ports import Speed
from dashboard.tables import to_csv
from dashboard.words import Words
from dashboard.world import World
from kernel.errors import BadRequestError, ForbiddenError, NotFoundError
from kernel.times import SECOND_US
from serving.html.forms import read_form
from serving.html.look import Look, link, look_of
from serving.html.origin import is_same_origin

_LIVE_WITHIN_US = 150 * SECOND_US
_STALE_AFTER_US = 600 * SECOND_US


class BoardPages:
    """Answers the requests of readers' browsers."""

    def __init__(
        self,
        *,
        memory: CityMemory,
        gallery: Gallery,
        hub: Hub,
        world: World,
        readers: Readers,
        frame: Frame,
    ) -> None:
        self._memory = memory
        self._gallery = gallery
        self._hub = hub
        self._world = world
        self._readers = readers
        self._frame = frame

    async def overview(self, request: web.Request) -> web.Response:
        """The overview."""
        return await self._board(request, OVERVIEW)

    async def flow(self, request: web.Request) -> web.Response:
        """People flow."""
        return await self._board(request, FLOW)

    async def table(self, request: web.Request) -> web.Response:
        """What a panel draws, as CSV; `bom=0` for machines."""
        board, place = _place(request)
        look = look_of(request)
        view = await self._view(request, board, look)
        panel = self._panel(board, place, view)
        if panel.table is None:
            raise NotFoundError("The panel has no table")
        text = to_csv(
            panel.table, Words(look.language), for_spreadsheets=request.query.get("bom") != "0"
        )
        day = (view.day or self._gallery.sight(view).today).isoformat()
        mark = "_simulated" if panel.trust is not None and panel.trust.simulated else ""
        return web.Response(
            text=text,
            content_type="text/csv",
            charset="utf-8",
            headers=SECURITY_HEADERS
            | {
                "Content-Disposition": f'attachment; filename="{place.key}_{day}{mark}.csv"',
                "Cache-Control": "no-store",
            },
        )

    async def why(self, request: web.Request) -> web.Response:
        """The chain of records behind a panel (§2.7), as far as records exist."""
        board, place = _place(request)
        look = look_of(request)
        view = await self._view(request, board, look)
        panel = self._panel(board, place, view)
        if panel.trust is None:
            raise NotFoundError("The panel shows no number")
        words = Words(look.language)
        return self._frame.page(
            request,
            look,
            "why.html",
            page="why",
            title=words("why.title", title=panel.title),
            panel=panel,
            chain=chain(self._memory, panel.trust, words),
            back=link(board.path) + f"#{panel.key}",
        )

    async def world(self, request: web.Request) -> web.Response:
        """A lever of the simulated city is pulled."""
        control = self._world.control
        if control is None:
            raise NotFoundError("There is no simulated city here")
        if not is_same_origin(request):
            raise ForbiddenError("The form comes from another site")
        form = {name: texts[0] for name, texts in (await read_form(request)).items()}
        match form:
            case {"scenario": key}:
                await control.start(key)
            case {"speed": speed} if speed in tuple(Speed):
                await control.set_speed(Speed(speed))
            case {"paused": ("true" | "false") as paused}:
                await control.pause(paused == "true")
            case _:
                raise BadRequestError("The form names no scenario, speed or pause")
        back = form.get("back", "")
        known = {board.path for board in BOARDS.values()}
        where = back if back in known else OVERVIEW.path
        return web.Response(status=303, headers=SECURITY_HEADERS | {"Location": where})

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The stream of a board's changes."""
        asked = [one for one in request.query.get("topics", ",".join(TOPICS)).split(",") if one]
        if unknown := sorted(set(asked) - set(TOPICS)):
            raise BadRequestError(f"Of the topics {len(unknown)} are unknown; {', '.join(TOPICS)}")
        board = BOARDS.get(request.query.get("board", OVERVIEW.key))
        if board is None:
            raise NotFoundError("There is no such board")
        view = await self._view(request, board, look_of(request))
        response = web.StreamResponse(
            headers=SECURITY_HEADERS
            | {
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        await response.write(b"retry: %d\n\n" % RETRY_MS)
        resume_from = request.headers.get("Last-Event-ID") or request.query.get("last")
        with self._hub.listening(view._replace(day=None), asked, resume_from) as listener:
            async for frame in listener.frames():
                await response.write(frame)
        return response

    async def _board(self, request: web.Request, board: Board) -> web.Response:
        look = look_of(request)
        view = await self._view(request, board, look)
        position = self._hub.position
        hung = self._gallery.hang(board, view)
        words = Words(look.language)
        query = {"date": view.day.isoformat()} if view.day else {}
        sight = self._gallery.sight(view)
        shared = {"board": board.key, **query, "lang": look.language.value}
        facts = self.facts() | {
            "board": board.key,
            "topics": [] if view.day else list(TOPICS),
            "last": position,
            "lang": look.language,
            "words": words.module_words(),
        }
        return self._frame.page(
            request,
            look,
            "board.html",
            page=board.key,
            title=words(f"board.{board.key}"),
            panels=list(hung.panels.values()),
            parts=hung.parts,
            facts=_data_block(facts),
            freshness=self._freshness(),
            simulated=self._is_simulated(),
            world=self._world.status(),
            scenarios=self._world.control.scenarios() if self._world.control else (),
            past=view.day is not None,
            day=sight.day,
            path=board.path,
            origin=str(request.url.origin()),
            permanent=lambda key: (
                link(board.path, query | {"lang": look.language.value}) + f"#{key}"
            ),
            csv=lambda key: link(f"/boards/table/{key}.csv", shared),
            why=lambda key: link(f"/boards/why/{key}", shared),
        )

    def _panel(self, board: Board, place: Place, view: View) -> Panel:
        panel = self._gallery.hang(board, view, frozenset({place.topic})).panels.get(place.key)
        if panel is None:
            raise NotFoundError("The panel tells of the present, not of a past day")
        return panel

    async def _view(self, request: web.Request, board: Board, look: Look) -> View:
        return View(
            board.key,
            look.language,
            is_staff=await self._readers.is_staff(request),
            day=self._day(request) if board.takes_day else None,
        )

    def _day(self, request: web.Request) -> date | None:
        asked = request.query.get("date")
        if not asked:
            return None
        day = read_day(asked)
        if day is None:
            raise BadRequestError("The date is not of the form 2026-02-07")
        today = self._gallery.today()
        return None if day >= today else day

    def facts(self) -> dict[str, object]:
        """What the modules in the page need to keep clock and ages going, in microseconds."""
        pace, received_pace = self._world.pace()
        return {
            "now": self._world.now(),
            "received": self._world.received_now(),
            "pace": pace,
            "receivedPace": received_pace,
            "heard": self._heard(),
            "liveWithin": _LIVE_WITHIN_US,
            "staleAfter": _STALE_AFTER_US,
        }

    def _heard(self) -> int:
        """When the broker last heard of anything that moves by the minute."""
        kinds = (GATE_TYPE, INDOOR_TYPE, WEATHER_TYPE, TOUCH_TYPE)
        return max(
            (one.modified_at for kind in kinds for one in self._memory.entities(kind)), default=0
        )

    def _freshness(self) -> str:
        status = self._world.status()
        if status is not None and status.paused:
            return "paused"
        heard = self._heard()
        if not heard:
            return "none"
        age = self._world.received_now() - heard
        if age <= _LIVE_WITHIN_US:
            return "live"
        return "delayed" if age <= _STALE_AFTER_US else "stale"

    def _is_simulated(self) -> bool:
        """Once anything is simulated, the page says so; nothing unmarks it."""
        if self._world.control is not None:
            return True
        return any(one.gate.simulated for one in self._memory.gates(self._world.now()))


def _place(request: web.Request) -> tuple[Board, Place]:
    """The panel that the path names, on the board that the query names."""
    board = BOARDS.get(request.query.get("board", OVERVIEW.key))
    key = request.match_info["panel"]
    place = next((one for one in board.places if one.key == key), None) if board else None
    if board is None or place is None:
        raise NotFoundError("There is no such panel")
    return board, place


def _data_block(facts: dict[str, object]) -> Markup:
    """JSON that no HTML parser mistakes for markup."""
    text = orjson.dumps(facts).decode()
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 — nothing in it can be markup any more
