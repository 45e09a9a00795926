"""Which MQTT broker, and how to behave there."""

from urllib.parse import unquote, urlsplit

import msgspec

from kernel.errors import BadRequestError

_SECURE = "mqtts"
_SCHEMES = ("mqtt", _SECURE)


class MqttAddress(msgspec.Struct, frozen=True):
    """An MQTT broker and our session there.

    Attributes:
        secure: TLS with the system's certificates.
        client_id: names our session; the broker keeps what we have not acknowledged under it. Two
            processes need two ids, and then the same `group`.
        group: shared subscription `$share/<group>/…`: each message goes to one of several
            processes. Empty where the broker does not know shared subscriptions.
        is_v5: MQTT 5; otherwise 3.1.1.
        most_unacknowledged: MQTT 5 receive maximum: messages in flight to us.
        session_expiry_s: MQTT 5: how long the broker keeps our session while we are away.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    secure: bool = False
    client_id: str = "odori-ingest"
    group: str = "odori"
    is_v5: bool = True
    most_unacknowledged: int = 2_000
    session_expiry_s: int = 7 * 24 * 3_600

    def __repr__(self) -> str:
        return f"<MqttAddress {self.host}:{self.port}>"


def parse_address(url: str) -> MqttAddress:
    """Read `mqtt://[user:password@]host[:port]` or `mqtts://…`.

    Raises:
        BadRequestError: it is not such a URL. The URL may hold a password and is not quoted.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in _SCHEMES or not parts.hostname or port == 0:
        raise BadRequestError("The MQTT URL is not of the form mqtt://host:port")
    secure = parts.scheme == _SECURE
    return MqttAddress(
        host=parts.hostname,
        port=port or (8883 if secure else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        secure=secure,
    )
