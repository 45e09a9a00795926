"""What a subscription is, in neutral words: both faces decode into it and encode from it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from broker.model.changes import Alteration
from kernel.permission import EVERYTHING, Permission
from kernel.times import Instant


class Face(StrEnum):
    """Through which API a subscription was made: its notifications speak the same."""

    V2 = "v2"
    LD = "ld"


class Status(StrEnum):
    """What the subscriber asked for. Expired and failed are derived when it is shown."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ONESHOT = "oneshot"


class AttrsFormat(StrEnum):
    """How entities stand in a notification."""

    NORMALIZED = "normalized"
    KEY_VALUES = "keyValues"
    VALUES = "values"
    SIMPLIFIED_NORMALIZED = "simplifiedNormalized"
    SIMPLIFIED_KEY_VALUES = "simplifiedKeyValues"
    CONCISE = "concise"  # NGSI-LD


class AttributeTrigger(StrEnum):
    """Triggers of single attributes (NGSI-LD `notificationTrigger`, ETSI GS CIM 009 §5.2.12)."""

    CREATED = "attributeCreated"
    UPDATED = "attributeUpdated"  # written, whether or not anything differs
    DELETED = "attributeDeleted"


class EntityMatcher(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of `subject.entities`: id or pattern, type or pattern; empty means any.

    An NGSI-LD `type` may be a selection of stored names (`A|B`, `(A;B)`, §4.17).
    """

    id: str = ""
    id_pattern: str = ""
    type: str = ""
    type_pattern: str = ""


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a change is told.

    The filters are kept as they were written and parsed by the index of subscriptions.
    """

    attributes: tuple[str, ...] = ()
    """Watched attributes; empty: any."""
    q: str = ""
    mq: str = ""
    georel: str = ""
    geometry: str = ""
    coords: str = ""
    geoproperty: str = ""
    scope_q: str = ""
    alterations: tuple[Alteration, ...] = ()
    """Empty, with empty `attribute_triggers`: creation and change."""
    attribute_triggers: tuple[AttributeTrigger, ...] = ()
    """NGSI-LD: any of these triggers too; combined with `alterations` by OR."""
    notify_on_metadata_change: bool = True
    jexl: str = ""
    """NGSI-v2: an expression that has to give true; empty: none."""
    names: tuple[tuple[str, str], ...] = ()
    """NGSI-LD: (name as `q` or `geoproperty` writes it, stored name), where these differ."""


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where notifications go, and the template of a custom one.

    `payload`, `json` and `ngsi` exclude one another; all unset means the standard body.
    `payload_is_null` says that a custom notification has no body at all.
    """

    url: str
    topic: str = ""
    qos: int = 0
    retain: bool = False
    user: str = ""
    password: str = ""
    custom: bool = False
    method: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    qs: Mapping[str, str] = msgspec.field(default_factory=dict)
    payload: str | None = None
    payload_is_null: bool = False
    json: Any = None
    ngsi: Any = None
    accept: str = ""  # NGSI-LD
    timeout_ms: int = 0

    @property
    def lane(self) -> str:
        """What deliveries wait in one line for: the receiving machine (scheme, host and port).

        Credentials in the URL are no part of it: lanes stand in logs and in the outbox.
        """
        scheme, _, rest = self.url.partition("://")
        authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
        return f"{scheme}://{authority.rpartition('@')[2]}"


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription as its owner wrote it. What happened to it since is in `Delivered`."""

    id: str
    entities: tuple[EntityMatcher, ...]
    endpoint: Endpoint
    face: Face = Face.V2
    service_path: str = "/#"
    description: str | None = None
    condition: Condition = Condition()
    attrs: tuple[str, ...] = ()
    except_attrs: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    attrs_format: AttrsFormat = AttrsFormat.NORMALIZED
    only_changed_attrs: bool = False
    covered: bool = False
    max_fails_limit: int = 0
    expires_at: Instant | None = None
    status: Status = Status.ACTIVE
    throttling_s: float = 0
    context: Any = None  # NGSI-LD @context to render with
    name: str = ""  # NGSI-LD subscriptionName
    system_attrs: bool = False  # NGSI-LD: createdAt and modifiedAt in notifications
    lang: str = ""  # NGSI-LD: the language of language properties in notifications
    permission: Permission = EVERYTHING
    """What its owner may see: nothing else is ever told, and hidden attributes trigger nothing."""
    owner: str = ""
    """`Principal.holder` of whoever made it; empty: whoever came through an open door."""
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)
    activated_at: Instant = Instant(0)
    """Since when `status` holds: what delivery switched off before then is on again."""


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """One attempt to deliver. What the receiver answered is not kept, only how.

    Attributes:
        number: of the notice.
        at: when it ended.
        status: of the HTTP answer; None where no answer came, and of MQTT.
        reason: why no answer came, or why nothing was sent; empty if one came.
    """

    number: int
    at: Instant
    latency_ms: float
    status: int | None = None
    reason: str = ""


class Delivered(msgspec.Struct, frozen=True, omit_defaults=True):
    """What delivery knows of a subscription; kept apart, so that counting rewrites no subscription.

    `times_sent` counts notifications and not attempts; `fails` counts consecutive notifications
    that failed and is 0 again after a success.
    """

    times_sent: int = 0
    fails: int = 0
    last_notification: Instant | None = None
    last_success: Instant | None = None
    last_success_code: int | None = None
    last_failure: Instant | None = None
    last_failure_reason: str = ""
    attempts: tuple[Attempt, ...] = ()
    """The last ones, oldest first."""
    deactivated: Instant | None = None
    """When a oneshot fired or `max_fails_limit` was passed; counts while it is not before the
    subscription's `activated_at` (see `status.is_switched_off`)."""
