"""Registrations (NGSI-v2 "Registration payload datamodel")."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from broker.federation.model import ForwardingMode, Registration, Selector
from broker.v2.decode.fields import text_of, texts_of
from broker.v2.decode.matchers import decode_matchers
from broker.v2.decode.names import has_forbidden
from broker.v2.decode.subscriptions import LONGEST_DESCRIPTION
from kernel.errors import BadRequestError, NotImplementedHereError
from kernel.times import Instant, MalformedTimeError, parse_instant

_MODES: Final = {one.value: one for one in ForwardingMode}
_STATUSES: Final = {"active": True, "inactive": False}


def decode_registration(document: Mapping[str, Any], service_path: str) -> Registration:
    """A new registration, without an id yet.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
        NotImplementedHereError: it asks for patterns of types.
    """
    description = _description(document)
    entities, attributes = _data_provided(_needed(document, "dataProvided"))
    url, mode, is_legacy = _provider(_needed(document, "provider"))
    return Registration(
        "",
        entities,
        url,
        attributes,
        mode,
        service_path,
        description,
        _expires(document),
        _is_active(document),
        is_legacy=is_legacy,
    )


def _needed(document: Mapping[str, Any], name: str) -> Any:
    if name not in document:
        raise BadRequestError(f"the field /{name}/ is missing in payload")
    return document[name]


def _description(document: Mapping[str, Any]) -> str | None:
    if "description" not in document:
        return None
    text = document["description"]
    if type(text) is not str:
        raise BadRequestError("invalid description")
    if len(text) > LONGEST_DESCRIPTION:
        raise BadRequestError("max description length exceeded")
    if has_forbidden(text):
        raise BadRequestError("forbidden characters in description")
    return text


def _data_provided(body: Any) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
    if type(body) is not dict:
        raise BadRequestError("/dataProvided/ must be a JSON object")
    if not body:
        raise BadRequestError("/dataProvided/ is empty")
    matchers = decode_matchers(body.get("entities", []))
    if any(one.type_pattern for one in matchers):
        raise NotImplementedHereError("typePattern is not supported in registrations")
    entities = tuple(Selector(one.id, one.id_pattern, one.type) for one in matchers)
    return entities, tuple(dict.fromkeys(texts_of(body, "attrs")))


def _provider(body: Any) -> tuple[str, ForwardingMode, bool]:
    """Its URL, what it can be asked for, and whether in NGSIv1."""
    if type(body) is not dict:
        raise BadRequestError("/provider/ must be a JSON object")
    if not body:
        raise BadRequestError("/provider/ empty")
    if "http" not in body:
        raise BadRequestError("/provider/ must contain a field /http/")
    url = _url(body["http"])
    mode = _mode(body)
    return url, mode, _is_legacy(body)


def _url(http: Any) -> str:
    if type(http) is not dict:
        raise BadRequestError("/http/ must be a JSON object")
    if "url" not in http:
        raise BadRequestError("/http/ must contain a field /url/")
    url = http["url"]
    if type(url) is not str:
        raise BadRequestError("/url/ field of /http/ must be a JSON string")
    if not url:
        raise BadRequestError("/url/ field of /http/ cannot be the empty string")
    if not _is_http(url):
        raise BadRequestError("/url/ field of /http/ is invalid")
    return url


def _is_http(url: str) -> bool:
    """Whether it is an absolute URL of a host, to which a path can be added."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and port != 0
        and not (parts.query or parts.fragment)
        and url.isprintable()
        and " " not in url
    )


def _mode(body: Mapping[str, Any]) -> ForwardingMode:
    if "supportedForwardingMode" not in body:
        return ForwardingMode.ALL
    name = body["supportedForwardingMode"]
    if type(name) is not str:
        raise BadRequestError("/supportedForwardingMode/ must be a JSON string")
    if name not in _MODES:
        raise BadRequestError("invalid value of /supportedForwardingMode/")
    return _MODES[name]


def _is_legacy(body: Mapping[str, Any]) -> bool:
    legacy = body.get("legacyForwarding", False)
    if type(legacy) is not bool:
        raise BadRequestError("the field /legacyForwarding/ must be a boolean")
    return legacy


def _expires(document: Mapping[str, Any]) -> Instant | None:
    text = text_of(document, "expires")
    if not text:
        return None
    try:
        return parse_instant(text)
    except MalformedTimeError:
        raise BadRequestError("the field /expires/ has an invalid format") from None


def _is_active(document: Mapping[str, Any]) -> bool:
    if "status" not in document:
        return True
    status = document["status"]
    if type(status) is not str:
        raise BadRequestError("/status/ must be a string")
    if status not in _STATUSES:
        raise BadRequestError("invalid value for /status/")
    return _STATUSES[status]
