"""Commands that talk to a running Odori over its own API."""

import asyncio
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
    return url_option(command)


def url_option(command: Any) -> Any:
    """`--url`, for what needs no token."""
    return click.option(
        "--url", default="http://127.0.0.1:1026", show_default=True, help="Where Odori listens"
    )(command)


def ask(
    method: str, url: str, token: str, path: str, body: JsonValue = None
) -> tuple[JsonValue, dict[str, str]]:
    """Send one request; returns the answer's JSON (None without a body) and its headers.

    Raises:
        AnswerError: no answer, or one that refuses; its description is passed on.
        click.BadParameter: `url` is not the address of a server.
    """
    return asyncio.run(_ask(method, _address(url, path), operator_token(token), body))


def ask_openly(url: str, path: str) -> JsonValue:
    """Get the JSON of an open path, without showing anybody's token.

    Raises:
        AnswerError: no answer, or one that refuses.
        click.BadParameter: `url` is not the address of a server.
    """
    answer, _ = asyncio.run(_ask("GET", _address(url, path), "", None))
    return answer


def _address(url: str, path: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise click.BadParameter("not like http://127.0.0.1:1026", param_hint="--url")
    return url.rstrip("/") + path


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
        raise AnswerError(f"{answer.status}: {_said(content) or answer.reason}")
    return content, dict(answer.headers)


def _said(content: JsonValue) -> str:
    """What a refusal says: its description, or the parts that `/readyz` misses."""
    if not isinstance(content, dict):
        return ""
    away = content.get("away")
    missed = ", ".join(map(str, away)) if isinstance(away, list) else ""
    return str(content.get("description") or missed)
