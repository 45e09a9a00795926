"""The authorization request: parameters → value, or the error that the client is told.

RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1. Until the redirect URI is known to be
the client's own, nobody is told anything: `target_of` comes first and stands alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kernel.times import SECOND_US, Instant
from oauth.model.companies import Client
from oauth.model.items import Item
from oauth.server.protocol import pkce
from oauth.server.protocol.errors import ErrorCode, OAuthError, UnaddressedError, invalid_request
from oauth.server.protocol.parameters import Parameters
from oauth.server.protocol.scopes import items_of

LONGEST_STATE: Final = 2_048
_LONGEST_NONCE: Final = 512
_LONGEST_HINT: Final = 4_096
_LONGEST_AGE_S: Final = 10**9

LOGIN_AFTER: Final = "login_after"
"""A parameter of ours: the login has to be no older than this many microseconds since 1970.

It takes the place of `prompt=login` and `max_age` on the way through the login page, which would
otherwise ask for ever. Whoever forges it gains what leaving out those two would give.
"""


class Prompt(StrEnum):
    """OpenID Connect Core §3.1.2.1."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"  # a login: whoever logs in chooses the account by it


_LOGIN: Final = frozenset({Prompt.LOGIN, Prompt.SELECT_ACCOUNT})
_UNREAD: Final = (
    ("request", ErrorCode.REQUEST_NOT_SUPPORTED),
    ("request_uri", ErrorCode.REQUEST_URI_NOT_SUPPORTED),
    ("registration", ErrorCode.REGISTRATION_NOT_SUPPORTED),
)


class Target(msgspec.Struct, frozen=True):
    """Who asks, and where the answer is to go; nothing of it is believed yet."""

    client_id: str
    redirect_uri: str
    state: str = ""


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """A request in order.

    Attributes:
        items: what is asked for; `openid` is always among them.
        challenge: of PKCE, by S256.
        max_age_s: how old the login may be; None for any age.
        login_after: see `LOGIN_AFTER`; None on the first way in.
        hint: an ID token of the person whom the service means; empty if it does not say.
        parameters: as sent, to travel through login and consent.
    """

    target: Target
    items: frozenset[Item]
    challenge: str
    prompts: frozenset[Prompt]
    parameters: Parameters
    nonce: str = ""
    max_age_s: int | None = None
    login_after: Instant | None = None
    hint: str = ""

    def freshest_needed(self, now: Instant) -> Instant:
        """The earliest login that will do (OpenID Connect Core §3.1.2.1, `prompt`, `max_age`)."""
        if self.login_after is not None:
            return self.login_after
        if self.prompts & _LOGIN:
            return now
        if self.max_age_s is not None:
            return Instant(now - self.max_age_s * SECOND_US)
        return Instant(0)

    def onward(self, login_after: Instant) -> Parameters:
        """The parameters for the next page: what asks for a login says so by an instant."""
        rest = [one for one in self.prompts if one not in _LOGIN]
        return self.parameters.changed(
            {
                "prompt": " ".join(rest) or None,
                "max_age": None,
                LOGIN_AFTER: str(login_after) if login_after else None,
            }
        )


def target_of(parameters: Parameters) -> Target:
    """Who asks.

    Raises:
        UnaddressedError: there is no client or no redirect URI, or more than one.
    """
    said = parameters.values
    names = {"client_id", "redirect_uri"}
    if parameters.repeated & names or not names <= said.keys():
        raise UnaddressedError("The request names no client, or no place to answer to")
    return Target(said["client_id"], said["redirect_uri"], _state_of(parameters))


def is_registered(target: Target, client: Client) -> bool:
    """Whether the answer may go there: exactly a registered URI, byte for byte (RFC 9700 §2.1)."""
    return target.redirect_uri in client.redirect_uris


def parse(parameters: Parameters, target: Target) -> AuthorizationRequest:
    """Read the rest of the request.

    `claims`, `acr_values`, `display`, `login_hint`, `ui_locales` and what nobody knows are ignored.

    Raises:
        OAuthError: what the client is told.
    """
    said = parameters.once()
    if len(said.get("state", "")) > LONGEST_STATE:
        raise invalid_request("The state is too long")
    for name, code in _UNREAD:
        if name in said:
            raise OAuthError(code)
    _check_response(said)
    nonce = said.get("nonce", "")
    if len(nonce) > _LONGEST_NONCE:
        raise invalid_request("The nonce is too long")
    return AuthorizationRequest(
        target=target,
        items=items_of(said.get("scope", "")),
        challenge=_challenge_of(said),
        prompts=_prompts_of(said.get("prompt", "")),
        parameters=parameters,
        nonce=nonce,
        max_age_s=_number(said, "max_age", _LONGEST_AGE_S),
        login_after=_instant(said),
        hint=_hint_of(said),
    )


def _state_of(parameters: Parameters) -> str:
    """What errors carry back; a state that is repeated or too long is carried nowhere."""
    state = parameters.values.get("state", "")
    return "" if "state" in parameters.repeated or len(state) > LONGEST_STATE else state


def _check_response(said: Mapping[str, str]) -> None:
    if "response_type" not in said:
        raise invalid_request("The response type is missing")
    if said["response_type"] != "code":
        raise OAuthError(ErrorCode.UNSUPPORTED_RESPONSE_TYPE)
    if said.get("response_mode", "query") != "query":
        raise invalid_request("The only response mode is query")


def _challenge_of(said: Mapping[str, str]) -> str:
    challenge = said.get("code_challenge", "")
    if said.get("code_challenge_method") != pkce.METHOD or not pkce.is_challenge(challenge):
        raise invalid_request("A code challenge by S256 is needed")
    return challenge


def _prompts_of(text: str) -> frozenset[Prompt]:
    try:
        prompts = frozenset(Prompt(word) for word in text.split(" ") if word)
    except ValueError:
        raise invalid_request("The prompt is not one of those offered") from None
    if Prompt.NONE in prompts and len(prompts) > 1:
        raise invalid_request("The prompt none stands alone")
    return prompts


def _hint_of(said: Mapping[str, str]) -> str:
    hint = said.get("id_token_hint", "")
    if len(hint) > _LONGEST_HINT:
        raise invalid_request("The id_token_hint is too long")
    return hint


def _instant(said: Mapping[str, str]) -> Instant | None:
    number = _number(said, LOGIN_AFTER, _LONGEST_AGE_S * 10 * SECOND_US)
    return None if number is None else Instant(number)


def _number(said: Mapping[str, str], name: str, most: int) -> int | None:
    text = said.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)) or int(text) > most:
        raise invalid_request("A parameter is not a number")
    return int(text)
