"""Language and look of a page: from its address, else a cookie, else what the browser asks for."""

from urllib.parse import urlencode

import msgspec
from aiohttp import web

from kernel.languages import Language

THEMES = ("auto", "light", "dark")
TYPES = ("normal", "large")
_YEAR_S = 365 * 24 * 3600
_COOKIES = {"lang": "odori_lang", "theme": "odori_theme", "type": "odori_type"}


class Look(msgspec.Struct, frozen=True):
    """How this reader wants pages."""

    language: Language
    theme: str = "auto"
    type: str = "normal"


def look_of(request: web.Request) -> Look:
    """What address, cookie and `Accept-Language` say, in this order; Japanese otherwise."""
    return Look(
        language=Language(_chosen(request, "lang", tuple(Language)) or _accepted(request)),
        theme=_chosen(request, "theme", THEMES) or "auto",
        type=_chosen(request, "type", TYPES) or "normal",
    )


def remember(request: web.Request, response: web.Response) -> None:
    """Keep what the address chose in cookies of this site."""
    for name, allowed in (("lang", tuple(Language)), ("theme", THEMES), ("type", TYPES)):
        value = request.query.get(name, "")
        if value in allowed:
            response.set_cookie(
                _COOKIES[name], value, max_age=_YEAR_S, samesite="Lax", httponly=True
            )


def link(path: str, query: dict[str, str] | None = None, **more: str) -> str:
    """A path of ours with a query."""
    written = urlencode({**(query or {}), **more})
    return f"{path}?{written}" if written else path


def _chosen(request: web.Request, name: str, allowed: tuple[str, ...]) -> str | None:
    for value in (request.query.get(name), request.cookies.get(_COOKIES[name])):
        if value in allowed:
            return value
    return None


def _accepted(request: web.Request) -> Language:
    """The first of our languages that the browser lists; quality values keep the listed order."""
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.partition(";")[0].strip().lower().partition("-")[0]
        if language in tuple(Language):
            return Language(language)
    return Language.JA
