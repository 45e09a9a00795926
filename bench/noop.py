"""The yardstick: an aiohttp server that only parses and answers. `python -m bench.noop PORT`."""

import sys

import orjson
import uvloop
from aiohttp import web

ENTITY = {
    "id": "E1",
    "type": "T",
    "temperature": {"type": "Number", "value": 21.5, "metadata": {}},
    "humidity": {"type": "Number", "value": 0.4, "metadata": {}},
    "state": {"type": "Text", "value": "ok", "metadata": {}},
}


async def accept(request: web.Request) -> web.Response:
    """Parse the body and answer without one."""
    orjson.loads(await request.read())
    return web.Response(status=204)


async def give(_: web.Request) -> web.Response:
    """Answer an entity that is rendered anew each time."""
    return web.Response(body=orjson.dumps(ENTITY), content_type="application/json")


def build() -> web.Application:
    """The routes have the shape of the real ones."""
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_get("/v2/entities/{id}", give)
    app.router.add_post("/v2/entities/{id}/attrs", accept)
    app.router.add_post("/v2/op/update", accept)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(build(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
