"""The token request: a form → what is asked for (RFC 6749 §4.1.3, §4.4.2, §6)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from oauth.model.companies import Client
from oauth.server.protocol.errors import ErrorCode, OAuthError, invalid_request
from oauth.server.protocol.parameters import Parameters

AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 — the name of a grant type
CLIENT_CREDENTIALS: Final = "client_credentials"


class Redeem(msgspec.Struct, frozen=True):
    """A code is to become tokens. The proofs are compared, whatever they look like."""

    code: str
    redirect_uri: str
    verifier: str


class Refresh(msgspec.Struct, frozen=True):
    """A refresh token is to become the next one. `scope` is empty for all that was granted."""

    token: str
    scope: str = ""


class Own(msgspec.Struct, frozen=True):
    """A client asks in its own name. `scope` is empty for all that it may have."""

    scope: str = ""


TokenRequest: TypeAlias = Redeem | Refresh | Own


def parse(form: Parameters, client: Client) -> TokenRequest:
    """Read the form of a client that is authenticated. A password is not even looked at.

    Raises:
        OAuthError: invalid_request, unsupported_grant_type, unauthorized_client.
    """
    said = form.once()
    grant_type = said.get("grant_type")
    if grant_type is None:
        raise invalid_request("The grant type is missing")
    read = _READERS.get(grant_type)
    if read is None:
        raise OAuthError(ErrorCode.UNSUPPORTED_GRANT_TYPE)
    if grant_type not in client.grant_types:
        raise OAuthError(ErrorCode.UNAUTHORIZED_CLIENT)
    return read(said)


def _redeem(said: Mapping[str, str]) -> Redeem:
    needed = ("code", "redirect_uri", "code_verifier")
    if any(name not in said for name in needed):
        raise invalid_request("Code, redirect URI and code verifier are needed")
    return Redeem(*(said[name] for name in needed))


def _refresh(said: Mapping[str, str]) -> Refresh:
    if "refresh_token" not in said:
        raise invalid_request("The refresh token is missing")
    return Refresh(said["refresh_token"], said.get("scope", ""))


def _own(said: Mapping[str, str]) -> Own:
    return Own(said.get("scope", ""))


_READERS: Final[Mapping[str, Callable[[Mapping[str, str]], TokenRequest]]] = {
    AUTHORIZATION_CODE: _redeem,
    REFRESH_TOKEN: _refresh,
    CLIENT_CREDENTIALS: _own,
}

GRANT_TYPES: Final = tuple(_READERS)
"""Whatever else OAuth ever had is off."""
