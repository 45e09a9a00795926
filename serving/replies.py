"""Small answers that every room gives."""

from collections.abc import Mapping

from aiohttp import web

from kernel.json import render


def json_reply(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Compact JSON in UTF-8; `Content-Type: application/json` without a charset."""
    return web.Response(
        body=render(value), status=status, headers=headers, content_type="application/json"
    )
