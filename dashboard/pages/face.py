"""How the boards word what went wrong: as pages to people's browsers, as JSON to programs."""

from typing import Final

from aiohttp import web

from dashboard.pages.frame import Frame
from dashboard.panels.boards import BOARDS, OVERVIEW
from dashboard.words import Words
from kernel.errors import NotFoundError, OdoriError
from serving.face import PlainFace
from serving.html.look import link, look_of
from serving.routes import is_undeclared

_EXPLANATIONS: Final = "/boards/why/"
_PATHS: Final = frozenset({*(board.path for board in BOARDS.values()), "/boards/world"})
_READING: Final = frozenset({"GET", "HEAD"})
_WORDED: Final = frozenset({400, 401, 403, 404, 500, 503})
_SIGNING_IN_HELPS: Final = frozenset({401, 403})
_SAME_ELSEWHERE: Final = frozenset({401, 503})
"""What the overview would answer as well."""


class BoardFace(PlainFace):
    """Has the last word: for the boards, and for paths that nobody else speaks for.

    Only who asks for `text/html`, as browsers do for what they navigate to, is answered by a page;
    streams, downloads by programs and every API of the city are not.

    Args:
        frame: draws the page.
        sign_in: where people sign in, which brings them back by its parameter `next`; empty where
            nobody can.
    """

    def __init__(self, frame: Frame, sign_in: str) -> None:
        self._frame = frame
        self._sign_in = sign_in

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The page of the error's status. An error's own text is for logs and programs."""
        if not _is_for_people(request, error):
            return super().render_error(request, error)
        look = look_of(request)
        words = Words(look.language)
        status = int(error.status)
        key = status if status in _WORDED else 500 if status >= 500 else 400  # noqa: PLR2004
        back = _back(request)
        response = self._frame.page(
            request,
            look,
            "trouble.html",
            status=status,
            here=back.partition("?")[0],
            page="trouble",
            title=words(f"trouble.{key}"),
            lead=words(f"trouble.{key}.lead"),
            sign_in=self._way_in(key, back),
            goes_on=key not in _SAME_ELSEWHERE,
        )
        if status == 401:  # noqa: PLR2004 — RFC 9110 §11.6.1
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def _way_in(self, key: int, back: str) -> str:
        if not self._sign_in or key not in _SIGNING_IN_HELPS:
            return ""
        return link(self._sign_in, next=back)


def _is_for_people(request: web.Request, error: OdoriError) -> bool:
    if "text/html" not in request.headers.get("Accept", ""):
        return False
    if is_undeclared(request):
        return isinstance(error, NotFoundError) and request.method in _READING
    return request.path in _PATHS or request.path.startswith(_EXPLANATIONS)


def _back(request: web.Request) -> str:
    """The page that was asked for, if it is one that is declared, and never what was made up."""
    if request.method in _READING and not is_undeclared(request):
        return request.path_qs
    return OVERVIEW.path
