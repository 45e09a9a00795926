"""`/openapi.json` and `/llms.txt`: what this process serves, told by the routes themselves."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from aiohttp import web

from city.families import FAMILIES
from city.version import odori_version
from kernel.json import render
from serving.access import OPEN
from serving.app import Surface
from serving.openapi import Family, Title, document
from serving.routes import Route

_ABOUT = (
    "Odori is a smart-city data platform: an NGSI-v2 and NGSI-LD context broker (compatible with "
    "FIWARE Orion), a sensor intake that strips identifiers before anything is written, and live "
    "city boards."
)


class Description:
    """What these surfaces serve, and the two paths that say so. Made once, at the start."""

    def __init__(self, served: Sequence[Surface]) -> None:
        routes = [*(route for one in served for route in one.routes), *self._routes()]
        title = Title("Odori", odori_version(), _ABOUT, FAMILIES)
        described = document(routes, title)
        self._document = render(described)
        self._text = _plain_words({tag["name"] for tag in described["tags"]}).encode()

    def surface(self) -> Surface:
        """Open: who may call what is no secret, and clients read it before they have a token."""
        return Surface(self._routes())

    def _routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/openapi.json", self._openapi, OPEN, "This description, OpenAPI 3.1"),
            Route("GET", "/llms.txt", self._llms, OPEN, "This description, in plain words"),
        )

    async def _openapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def _llms(self, _: web.Request) -> web.Response:
        return web.Response(body=self._text, content_type="text/plain", charset="utf-8")


def _plain_words(served: AbstractSet[str]) -> str:
    """The form of llmstxt.org: a heading, what it is, then the doors."""
    doors = [_door(one) for one in FAMILIES if one.name in served and one.example]
    return "\n".join(["# Odori", "", f"> {_ABOUT}", "", *_HOW, "", "## Doors", "", *doors])


_HOW = (
    "`$ODORI` stands for the base URL, such as http://127.0.0.1:1026. Every path that is not open",
    "needs a token (`odori token create NAME --scope SCOPE`), and devices use their own key.",
    "Every path with its parameters, scope and clause of the standard: `$ODORI/openapi.json`.",
)


def _door(family: Family) -> str:
    return f"- {family.name} (`{family.prefix}`): {family.text}\n\n      {family.example}\n"
