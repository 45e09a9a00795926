"""The metadata document (RFC 8414 §2, OpenID Connect Discovery §3)."""

from typing import Any, Final

from oauth.items.claims import CLAIMS
from oauth.model.items import Item
from oauth.model.texts import Language
from oauth.server.protocol import pkce
from oauth.server.protocol.claims import ACR
from oauth.server.protocol.scopes import OFFLINE_ACCESS
from oauth.server.protocol.token_request import GRANT_TYPES

AUTHORIZE: Final = "/oauth/authorize"
TOKEN: Final = "/oauth/token"  # noqa: S105 — a path
REVOKE: Final = "/oauth/revoke"
INTROSPECT: Final = "/oauth/introspect"
USERINFO: Final = "/oauth/userinfo"
JWKS: Final = "/oauth/jwks"
OPENID_CONFIGURATION: Final = "/.well-known/openid-configuration"
OAUTH_METADATA: Final = "/.well-known/oauth-authorization-server"

ALGORITHM: Final = "ES256"

_AUTHENTICATION: Final = ["client_secret_basic"]
_OF_ID_TOKENS: Final = ("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr")


def document(issuer: str) -> dict[str, Any]:
    """Both discovery documents: everything that is offered, and nothing that is not."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + TOKEN,
        "jwks_uri": issuer + JWKS,
        "userinfo_endpoint": issuer + USERINFO,
        "revocation_endpoint": issuer + REVOKE,
        "introspection_endpoint": issuer + INTROSPECT,
        "scopes_supported": [*Item, OFFLINE_ACCESS],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*GRANT_TYPES],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": _AUTHENTICATION,
        "revocation_endpoint_auth_methods_supported": _AUTHENTICATION,
        "introspection_endpoint_auth_methods_supported": _AUTHENTICATION,
        "code_challenge_methods_supported": [pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": [ACR],
        "claim_types_supported": ["normal"],
        "claims_supported": [*CLAIMS, *_OF_ID_TOKENS],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": [*Language],
    }
