"""The HTTP surface of the authorization server (identity page §3.1)."""

from typing import Final

from oauth.server.face import OAuthFace
from oauth.server.forms import MEDIA_TYPE
from oauth.server.protocol import metadata
from oauth.server.protocol.token_request import GRANT_TYPES
from oauth.server.server import AuthorizationServer
from oauth.server.views import AUTHORIZATION, DECISION, DECISION_PATH, Decision
from serving.access import OPEN, Checked
from serving.app import Surface
from serving.routes import Parameter, Route

_TEXT: Final = {"type": "string"}
_ASKS: Final = (
    Parameter("client_id", "The service", required=True),
    Parameter("redirect_uri", "Exactly one that is registered", required=True),
    Parameter("response_type", "Only code", {"type": "string", "enum": ["code"]}, required=True),
    Parameter("scope", "openid, and one word for each item", required=True),
    Parameter("code_challenge", "BASE64URL(SHA256(verifier)), 43 characters", required=True),
    Parameter("code_challenge_method", "", {"type": "string", "enum": ["S256"]}, required=True),
    Parameter("state", "Comes back as it is; at most 2,048 characters"),
    Parameter("nonce", "Comes back in the ID token"),
    Parameter("prompt", "none, or some of login, consent, select_account"),
    Parameter("max_age", "How old the login may be, in seconds"),
    Parameter("id_token_hint", "An ID token of the person who is to be there"),
)
_TOKEN_ALONE: Final = {
    "type": "object",
    "required": ["token"],
    "properties": {"token": _TEXT, "token_type_hint": _TEXT},
}
_FORM: Final = (MEDIA_TYPE,)
_REFUSALS: Final = {400: "What is wrong", 401: "The client is not authenticated"}


def surface(server: AuthorizationServer) -> Surface:
    """Discovery, authorization, tokens."""
    return Surface([*_open(server), *_pages(server), *_of_clients(server)], [OAuthFace()])


def _open(server: AuthorizationServer) -> list[Route]:
    show, jwks = server.discovery.metadata, server.discovery.jwks
    openid, oauth = metadata.OPENID_CONFIGURATION, metadata.OAUTH_METADATA
    return [
        Route("GET", openid, show, OPEN, "OpenID provider metadata", "OIDC Discovery §4"),
        Route("GET", oauth, show, OPEN, "Authorization server metadata", "RFC 8414 §3"),
        Route("GET", metadata.JWKS, jwks, OPEN, "Public signing keys", "RFC 7517 §5"),
    ]


def _pages(server: AuthorizationServer) -> list[Route]:
    shown = {200: "Login or consent page", 303: "Back to the service", 400: "A page of ours"}
    decided = {303: "Back to the service", 400: "A tampered form", 403: "Another session's form"}
    names = (one.name for one in _ASKS if one.required)
    asks = {"type": "object", "required": [*names], "properties": {p.name: _TEXT for p in _ASKS}}
    answers = {
        "type": "object",
        "required": [AUTHORIZATION, DECISION, "csrf"],
        "properties": {AUTHORIZATION: _TEXT, DECISION: {"enum": [*Decision]}, "csrf": _TEXT},
    }
    return [
        Route(
            "GET",
            metadata.AUTHORIZE,
            server.authorize.get,
            OPEN,
            "Lead a person through login and consent",
            "RFC 6749 §4.1.1, RFC 7636, RFC 9207, OIDC Core §3.1.2",
            parameters=_ASKS,
            answers=shown,
            head=False,
        ),
        Route(
            "POST",
            metadata.AUTHORIZE,
            server.authorize.post,
            OPEN,
            "The same with the parameters in a form",
            "OIDC Core §3.1.2.1",
            body=asks,
            consumes=_FORM,
            answers={303: "The same as GET"},
        ),
        Route(
            "POST",
            DECISION_PATH,
            server.decision.post,
            Checked.SESSION,
            "Take a person's decision",
            body=answers,
            consumes=_FORM,
            answers=decided,
        ),
    ]


def _of_clients(server: AuthorizationServer) -> list[Route]:
    grant = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"enum": [*GRANT_TYPES]},
            **dict.fromkeys(("code", "redirect_uri", "code_verifier"), _TEXT),
            **dict.fromkeys(("refresh_token", "scope"), _TEXT),
        },
    }
    return [
        Route(
            "POST",
            metadata.TOKEN,
            server.token.post,
            Checked.CLIENT,
            "Redeem a code, rotate a refresh token, or ask in the client's own name",
            "RFC 6749 §3.2",
            body=grant,
            consumes=_FORM,
            answers={200: "Tokens", 413: "More than 64 KiB", **_REFUSALS},
        ),
        Route(
            "POST",
            metadata.REVOKE,
            server.revoke.post,
            Checked.CLIENT,
            "Revoke a token; a refresh token ends its family",
            "RFC 7009",
            body=_TOKEN_ALONE,
            consumes=_FORM,
            answers={200: "It is dead", **_REFUSALS},
        ),
        Route(
            "POST",
            metadata.INTROSPECT,
            server.introspect.post,
            Checked.CLIENT,
            "Say what a token stands for, to resource servers",
            "RFC 7662",
            body=_TOKEN_ALONE,
            consumes=_FORM,
            answers={200: "Active or not", **_REFUSALS},
        ),
    ]
