"""The frame that every page of the boards stands in: masthead, boards, languages, looks."""

from datetime import date

from aiohttp import web

from dashboard.pages.headers import page
from dashboard.panels.boards import BOARDS
from dashboard.templating import render
from dashboard.words import Words
from dashboard.world import World
from serving.html.assets import Assets
from serving.html.look import Look, link, remember


class Frame:
    """Draws pages. What it shows by itself is the city's clock, nothing of the city's numbers."""

    def __init__(self, world: World, assets: Assets) -> None:
        self._world = world
        self._assets = assets

    def page(
        self,
        request: web.Request,
        look: Look,
        template: str,
        *,
        status: int = 200,
        here: str = "",
        **values: object,
    ) -> web.Response:
        """A page from a template.

        Args:
            request: whose address and choices the links keep.
            look: how its reader wants it.
            template: extends `base.html`.
            status: of the answer.
            here: where the links of languages and looks lead; empty for the request's own path.
            values: of the template.
        """
        here = here or request.path
        kept = _kept(request)
        html = render(
            template,
            words=Words(look.language),
            look=look,
            now=self._world.now(),
            boards=[(board.key, board.path) for board in BOARDS.values()],
            asset=self._assets.path,
            here=here,
            link=lambda path, **more: link(path, kept if path == here else None, **more),
            **values,
        )
        response = page(html, status=status)
        remember(request, response)
        return response


def read_day(text: str) -> date | None:
    """The day in its one form, `2026-02-07`. Python reads eight digits, and weeks, as dates too."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _kept(request: web.Request) -> dict[str, str]:
    """What links of a page keep of its address: a day and a board, nothing else that was sent."""
    day, board = request.query.get("date", ""), request.query.get("board", "")
    known = {"date": day if read_day(day) else "", "board": board if board in BOARDS else ""}
    return {name: value for name, value in known.items() if value}
