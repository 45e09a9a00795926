"""Answers of the authorization endpoint: URLs with `iss` and `state` (RFC 6749 §4.1.2, RFC 9207).

The issuer in them is byte for byte the one of the metadata.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from oauth.server.protocol.errors import OAuthError


def granted(redirect_uri: str, code: str, state: str, issuer: str) -> str:
    """Where the browser carries the code to."""
    return _to(redirect_uri, {"code": code, "state": state, "iss": issuer})


def refused(redirect_uri: str, error: OAuthError, state: str, issuer: str) -> str:
    """Where the browser carries the error to."""
    said = {"error": error.code.value, "error_description": error.message}
    return _to(redirect_uri, {**said, "state": state, "iss": issuer})


def origin_of(uri: str) -> str:
    """`https://shop.example:8443`: what CSP `form-action` names."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _to(redirect_uri: str, said: Mapping[str, str]) -> str:
    """The redirect URI, its own query kept (RFC 6749 §3.1.2)."""
    query = urlencode(
        [(name, value) for name, value in said.items() if value], quote_via=quote, safe=""
    )
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"
