"""Tells which client calls: `client_secret_basic`, and nothing else (RFC 6749 §2.3.1)."""

import binascii
from base64 import b64decode
from typing import Final
from urllib.parse import unquote_plus

from aiohttp import web

from kernel.clock import Clock
from kernel.times import Instant
from oauth.companies.clients import knows_secret
from oauth.companies.desk import Companies
from oauth.model.companies import Client, ClientKind, CompanyState
from oauth.model.texts import Bilingual
from oauth.sealing.secrets import digest_of
from oauth.server.protocol.errors import ErrorCode, OAuthError, invalid_request
from oauth.server.protocol.parameters import Parameters

_NOBODY: Final = Client("", "", ClientKind.SERVICE, Bilingual("", ""), "", Instant(0))
"""Compared with the secret of an unknown client, so that the same is done for it."""

_LONGEST: Final = 1_024


class Clients:
    """Authenticates clients. Nothing is remembered: a suspension counts with the next call."""

    def __init__(self, *, companies: Companies, clock: Clock) -> None:
        self._companies = companies
        self._clock = clock

    async def authenticate(self, request: web.Request, form: Parameters) -> Client:
        """The client that sent the request.

        Raises:
            OAuthError: invalid_client: no or wrong credentials, an unknown or ended client, a
                suspended company; one answer for all. invalid_request: credentials twice.
        """
        client_id, secret = _credentials(request)
        kept = await self._companies.client(client_id) if client_id else None
        client = _NOBODY if kept is None else kept.value
        if not knows_secret(client, digest_of(secret), self._clock.now()) or client is _NOBODY:
            raise OAuthError(ErrorCode.INVALID_CLIENT)
        company = await self._companies.company(client.company_id)
        if client.ended_at is not None or company is None:
            raise OAuthError(ErrorCode.INVALID_CLIENT)
        if company.value.state is not CompanyState.ACTIVE:
            raise OAuthError(ErrorCode.INVALID_CLIENT)
        _refuse_second(form, client)
        return client


def _credentials(request: web.Request) -> tuple[str, str]:
    """Id and secret of the header, each form-encoded in it; empty where there are none, or two."""
    sent = request.headers.getall("Authorization", [])
    scheme, _, text = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "basic" or len(text) > _LONGEST:
        return "", ""
    try:
        decoded = b64decode(text.strip(), validate=True).decode()
        client_id, _, secret = decoded.partition(":")
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        return "", ""


def _refuse_second(form: Parameters, client: Client) -> None:
    """One way to authenticate, and one client (RFC 6749 §2.3)."""
    said = form.values
    if "client_secret" in said or "client_assertion" in said:
        raise invalid_request("Credentials belong into the Authorization header alone")
    if said.get("client_id", client.id) != client.id:
        raise invalid_request("The form names another client than the header")
