"""Where notifications go: `http`, `httpCustom`, `mqtt` and `mqttCustom` of a subscription."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from broker.model.attribute import default_v2_type
from broker.subscriptions.model import Endpoint
from broker.v2.decode.attributes import decode_attribute
from broker.v2.decode.fields import flag_of, needed_text_of, object_of, text_of, whole_of
from broker.v2.decode.names import Field, checked_name, has_forbidden, has_forbidden_but
from broker.v2.decode.priority import check_priority
from kernel.errors import BadRequestError

LONGEST_TIMEOUT_MS: Final = 1_800_000
_MOST_QOS: Final = 2
_KINDS: Final = ("http", "httpCustom", "mqtt", "mqttCustom", "kafka", "kafkaCustom")
_ALL_KINDS: Final = f"{', '.join(_KINDS[:-1])} or {_KINDS[-1]}"
_METHODS: Final = frozenset(
    {"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT"}
)
_TEMPLATES: Final = ("payload", "json", "ngsi")
_QUOTES: Final = "'\""
"""Around texts in the expressions of headers."""


def decode_endpoint(notification: Mapping[str, Any]) -> Endpoint:
    """The one endpoint that a notification has.

    Raises:
        BadRequestError: there is none, there are several, or one is wrong.
    """
    given = [kind for kind in _KINDS if kind in notification]
    if len(given) > 1:
        raise BadRequestError(f"only one of {_ALL_KINDS} is allowed")
    if not given:
        raise BadRequestError(f"{_ALL_KINDS} is missing")
    kind = given[0]
    body = object_of(notification, kind, f"{kind} notification") or {}
    match kind:
        case "http":
            return _http(body)
        case "httpCustom":
            return _http_custom(body)
        case "mqtt":
            return _mqtt(body)
        case "mqttCustom":
            return _with_template(_mqtt(body), body)
        case _:
            raise BadRequestError("kafka notifications are not supported")


def _http(body: Mapping[str, Any]) -> Endpoint:
    url = needed_text_of(body, "url", "url http notification")
    if has_forbidden(url):
        raise BadRequestError("forbidden characters in http field /url/")
    timeout_ms = _timeout(body)
    _check_http(url, "Invalid URL parsing notification url")
    return Endpoint(url, timeout_ms=timeout_ms)


def _http_custom(body: Mapping[str, Any]) -> Endpoint:
    url = needed_text_of(body, "url", "url httpCustom notification")
    if has_forbidden(url):
        raise BadRequestError("forbidden characters in custom /url/")
    if "${" not in url:  # otherwise what it will be is known when there is something to tell
        _check_http(url, "invalid custom /url/")
    endpoint = _with_template(Endpoint(url, method=_method(body)), body)
    return msgspec.structs.replace(
        endpoint,
        qs=_texts(body, "qs"),
        headers=_texts(body, "headers", _QUOTES),
        timeout_ms=_timeout(body),
    )


def _check_http(url: str, complaint: str) -> None:
    scheme = _scheme(url)
    if scheme in ("mqtt", "kafka"):
        raise BadRequestError(f"{scheme} URL cannot be used in http notifications")
    if scheme not in ("http", "https"):
        raise BadRequestError(complaint)


def _scheme(url: str) -> str:
    """The scheme of an absolute URL with a host; empty for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    return parts.scheme if parts.hostname and port != 0 and url.isprintable() else ""


def _method(body: Mapping[str, Any]) -> str:
    method = text_of(body, "method", "method httpCustom notification")
    if method is None:
        return ""
    if method not in _METHODS:
        raise BadRequestError("unknown method httpCustom notification")
    return method


def _timeout(body: Mapping[str, Any]) -> int:
    timeout = whole_of(body, "timeout")
    if timeout is None:
        return 0
    if not 0 <= timeout <= LONGEST_TIMEOUT_MS:
        raise BadRequestError(
            f"timeout field must be an integer between 0 and {LONGEST_TIMEOUT_MS}"
        )
    return timeout


def _texts(body: Mapping[str, Any], name: str, allowed: str = "") -> dict[str, str]:
    """`headers` or `qs`: texts by name, in order of the names.

    The texts, but not the names, may hold the characters of `allowed`.
    """
    what = f"notification httpCustom {name}"
    given = object_of(body, name, what)
    if given is None:
        return {}
    if not given:
        raise BadRequestError(f"{what} is empty")
    for key, value in given.items():
        if type(value) is not str:
            raise BadRequestError(f"{what} element is not a string")
        if has_forbidden(key) or has_forbidden_but(value, allowed):
            raise BadRequestError(f"forbidden characters in custom {what}")
    return dict(sorted(given.items()))


def _mqtt(body: Mapping[str, Any]) -> Endpoint:
    url = _mqtt_url(body)
    user, password = _credentials(body)
    qos, retain = _qos(body), flag_of(body, "retain") or False
    return Endpoint(url, _topic(body), qos, retain, user, password)


def _mqtt_url(body: Mapping[str, Any]) -> str:
    url = needed_text_of(body, "url", "url mqtt notification")
    if has_forbidden(url):
        raise BadRequestError("forbidden characters in mqtt field /url/")
    scheme = _scheme(url)
    if scheme in ("http", "https", "kafka"):
        raise BadRequestError("http or https URL cannot be used in mqtt notifications")
    if scheme != "mqtt":
        raise BadRequestError("invalid mqtt /url/")
    if urlsplit(url).path not in ("", "/"):
        raise BadRequestError("path cannot be used in mqtt url, use topic instead")
    return url


def _credentials(body: Mapping[str, Any]) -> tuple[str, str]:
    user = text_of(body, "user", "user mqtt notification")
    if user is not None and has_forbidden(user):
        raise BadRequestError("forbidden characters in mqtt /user/")
    password = text_of(body, "passwd", "passwd mqtt notification")
    if (user is None) is not (password is None):
        raise BadRequestError("you must use user and passwd fields simultaneously")
    return user or "", password or ""


def _topic(body: Mapping[str, Any]) -> str:
    topic = needed_text_of(body, "topic", "topic mqtt notification")
    if not topic:
        raise BadRequestError("empty mqtt field /topic/")
    if "+" in topic or "#" in topic:
        raise BadRequestError("+ and # are not allowed in mqtt field /topic/")
    if has_forbidden(topic):
        raise BadRequestError("forbidden characters in mqtt field /topic/")
    return topic


def _qos(body: Mapping[str, Any]) -> int:
    qos = whole_of(body, "qos")
    if qos is None:
        return 0
    if not 0 <= qos <= _MOST_QOS:
        raise BadRequestError("mqtt qos field must be an integer in the 0 to 2 range")
    return qos


# Templates ---------------------------------------------------------------------------------------


def _with_template(endpoint: Endpoint, body: Mapping[str, Any]) -> Endpoint:
    """The endpoint with the template of its message, of which it may have one."""
    if sum(name in body for name in _TEMPLATES) > 1:
        raise BadRequestError(
            "only one of payload, json or ngsi fields accepted at the same time"
            " in httpCustom, mqttCustom or kafkaCustom"
        )
    if "payload" in body and body["payload"] is None:
        return msgspec.structs.replace(endpoint, custom=True, payload_is_null=True)
    payload = text_of(body, "payload", "payload custom notification")
    if payload is not None and has_forbidden(payload):
        raise BadRequestError("forbidden characters in custom /payload/")
    return msgspec.structs.replace(
        endpoint, custom=True, payload=payload, json=_json(body), ngsi=_ngsi(body)
    )


def _json(body: Mapping[str, Any]) -> Any:
    value = body.get("json")
    if "json" in body and not isinstance(value, dict | list):
        raise BadRequestError(
            "json fields in httpCustom, mqttCustom or kafkaCustom must be object or array"
        )
    return value


def _ngsi(body: Mapping[str, Any]) -> Any:
    """A patch for the entity that is told. Its texts are templates, and so may hold anything.

    It is kept as it is shown: attributes with the type that their values have by themselves.
    """
    if "ngsi" not in body:
        return None
    patch = object_of(body, "ngsi") or {}
    ids = {name: _ngsi_id(patch[name], name) for name in ("id", "type") if name in patch}
    return ids | {
        name: _ngsi_attribute(name, part) for name, part in patch.items() if name not in ids
    }


def _ngsi_id(value: Any, name: str) -> str:
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for entity {name}")
    return value


def _ngsi_attribute(name: str, part: Any) -> dict[str, Any]:
    checked_name(name, Field.ATTRIBUTE_NAME)
    if type(part) is not dict:
        raise BadRequestError("attribute must be a JSON object, unless keyValues option is used")
    value = part.get("value")
    decode_attribute({key: None if key == "value" else it for key, it in part.items()})
    shown = {"type": part.get("type") or default_v2_type(value), "value": value}
    metadata = part.get("metadata") or {}
    if not metadata:
        return shown
    check_priority(metadata)
    return shown | {"metadata": {name: _priority(one) for name, one in metadata.items()}}


def _priority(metadatum: Mapping[str, Any]) -> dict[str, Any]:
    value = metadatum["value"]
    return {"type": metadatum.get("type") or default_v2_type(value), "value": value}
