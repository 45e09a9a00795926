"""The partner app beside a served city."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestServer
from support.identity_city import SCOPE, IdentityCity, identity_city

from city.ports_taken import free_port
from examples.partner_app.app import Config, make_app


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[IdentityCity, str]]:
    """A city that knows the app, and the app; where the app is."""
    port = free_port("127.0.0.1")
    base_url = f"http://127.0.0.1:{port}"
    async with identity_city(folder, redirect_uris=[f"{base_url}/callback"]) as odori:
        config = Config(
            odori.issuer,
            odori.service.client_id,
            odori.service.secret,
            base_url,
            SCOPE,
            "Sapporo Walks",
        )
        async with TestServer(make_app(config), host="127.0.0.1", port=port):
            yield odori, base_url
