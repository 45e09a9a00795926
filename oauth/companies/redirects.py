"""Which addresses a client may register (RFC 6749 §3.1.2, RFC 8252 §7.3, RFC 9700 §2.1).

Redirect URIs are compared byte for byte when a citizen comes along, so here they only have to be
addresses that nobody else can answer at.
"""

import string
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from kernel.errors import BadRequestError

LOOPBACK_LITERALS: Final = frozenset({"127.0.0.1", "::1"})
_LONGEST: Final = 500
_IN_NAMES: Final = frozenset(string.ascii_lowercase + string.digits + ".-")
_IN_ADDRESSES: Final = frozenset(string.hexdigits + ":.")
_ANSWERED: Final = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
_PICTURES: Final = ("data:image/png;base64,", "data:image/svg+xml;base64,")


class InvalidRedirectUriError(BadRequestError):
    """RFC 7591 §3.2.2 `invalid_redirect_uri`."""


def check_redirect_uri(text: str, *, allow_loopback: bool) -> None:
    """Let an exact https address pass; in the demo also http on a loopback literal.

    Raises:
        InvalidRedirectUriError: with a fragment, a user, a wildcard, relative, of another scheme,
            or with a parameter of our answers, which would stand there twice (RFC 9207 §2.4).
    """
    reason = _objection(text, allow_loopback=allow_loopback)
    if not reason and _ANSWERED & {
        name for name, _ in parse_qsl(urlsplit(text).query, keep_blank_values=True)
    }:
        reason = "its query has a parameter of the answer"
    if reason:
        raise InvalidRedirectUriError(f"invalid_redirect_uri: {reason}")


def check_form_origin(text: str, *, allow_loopback: bool) -> None:
    """Let an origin pass: scheme, host and port, nothing behind (RFC 6454 §6.2).

    Raises:
        InvalidRedirectUriError: it is none, or no redirect URI could have it.
    """
    check_redirect_uri(text, allow_loopback=allow_loopback)
    parts = urlsplit(text)
    if text != f"{parts.scheme}://{parts.netloc}" or ";" in text or "," in text:
        raise InvalidRedirectUriError("invalid_redirect_uri: an origin has no path and no query")


def check_page(text: str, name: str, *, allow_loopback: bool) -> None:
    """Let the address of a page pass, or nothing.

    Raises:
        BadRequestError: it names no https address; the field is named, the value is not.
    """
    if text and _objection(text, allow_loopback=allow_loopback):
        raise BadRequestError(f"{name} is not an https address")


def check_logo(text: str) -> None:
    """Let a small picture pass, or nothing. It comes along: a consent page fetches from nobody.

    Raises:
        BadRequestError: it is no `data:` URL of a PNG or an SVG.
    """
    if text and not (text.startswith(_PICTURES) and text.isascii() and text.isprintable()):
        raise BadRequestError("logo is not a data: URL of a PNG or an SVG, in base64")


def _objection(text: str, *, allow_loopback: bool) -> str:
    """What is wrong with an address; "" if nothing is."""
    if len(text) > _LONGEST or not text.isascii() or not text.isprintable():
        return "it is longer than 500 characters, or has some that no address has"
    if any(character in text for character in ' "<>\\^`{|}'):
        return "it has characters that no address has"
    if "#" in text:
        return "it has a fragment"
    if "*" in text:
        return "wildcards are not matched"
    parts = _split(text)
    if parts is None or not parts.scheme or not parts.hostname:
        return "it is not an absolute address"
    if not _is_plain_host(parts):
        return "its host is no name and no address, or stands behind the name of a user"
    if parts.scheme == "https":
        return ""
    if parts.scheme == "http" and allow_loopback and parts.hostname in LOOPBACK_LITERALS:
        return ""
    return "it is not https"


def _is_plain_host(parts: SplitResult) -> bool:
    """Nothing but letters, digits, dots and hyphens, or an IPv6 address, and perhaps a port.

    Policies of pages quote scheme, host and port (CSP `form-action`): a `;` would end theirs.
    """
    name, port = parts.hostname or "", parts.port
    known = _IN_ADDRESSES if ":" in name else _IN_NAMES
    host = f"[{name}]" if ":" in name else name
    said = host if port is None else f"{host}:{port}"
    return known.issuperset(name) and parts.netloc.lower() == said


def _split(text: str) -> SplitResult | None:
    """The parts, or None where host or port are no such thing."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number, or too large
    except ValueError:
        return None
    return parts
