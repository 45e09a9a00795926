"""Commands that talk to a running Odori over its own API."""

import asyncio
import os
from pathlib import Path
from typing import Any

import aiohttp
import click

from kernel.errors import OdoriError
from kernel.json import JsonValue

TOKEN_FILE = "operator-token"  # noqa: S105 — the name of a file
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class AnswerError(OdoriError):
    """The server refused, or there is none."""


def server_options(command: Any) -> Any:
    """`--url` and `--token`, with defaults that fit a server on this machine."""
    command = click.option(
        "--token",
        default="",
        help="Operator token; else $ODORI_OPERATOR_TOKEN, else the data folder's",
    )(command)
    return click.option(
        "--url", default="http://127.0.0.1:1026", show_default=True, help="Where Odori listens"
    )(command)


def ask(
    method: str, url: str, token: str, path: str, body: JsonValue = None
) -> tuple[JsonValue, dict[str, str]]:
    """Send one request; returns the answer's JSON (None without a body) and its headers.

    Raises:
        AnswerError: no answer, or one that refuses; its description is passed on.
    """
    return asyncio.run(_ask(method, url.rstrip("/") + path, operator_token(token), body))


def operator_token(given: str) -> str:
    """The token given, else the environment's, else the one that the demo keeps with its data."""
    if given:
        return given
    if from_environment := os.environ.get("ODORI_OPERATOR_TOKEN"):
        return from_environment
    path = Path(os.environ.get("ODORI_DATA_DIR", "odori-data")) / TOKEN_FILE
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


async def _ask(
    method: str, url: str, token: str, body: JsonValue
) -> tuple[JsonValue, dict[str, str]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
            session.request(method, url, json=body) as answer,
        ):
            text = await answer.text()
            content = await answer.json(content_type=None) if text else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        raise AnswerError(f"No Odori answers at {url.split('/', 3)[2]}") from None
    if answer.status >= 400:  # noqa: PLR2004 — refusals begin there
        said = content.get("description") if isinstance(content, dict) else None
        raise AnswerError(f"{answer.status}: {said or answer.reason}")
    return content, dict(answer.headers)
