"""What a registration is: who else answers for which entities and attributes."""

from enum import StrEnum
from typing import Final

import msgspec

from kernel.times import Instant

ANY_ID: Final = ".*"


class ForwardingMode(StrEnum):
    """What a provider can be asked for (NGSI-v2 `supportedForwardingMode`)."""

    NONE = "none"
    QUERY = "query"
    UPDATE = "update"
    ALL = "all"


QUERIED: Final = frozenset({ForwardingMode.QUERY, ForwardingMode.ALL})
UPDATED: Final = frozenset({ForwardingMode.UPDATE, ForwardingMode.ALL})


class Selector(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entities by id or pattern of ids, and by type or pattern of types; empty means any."""

    id: str = ""
    id_pattern: str = ""
    type: str = ""
    type_pattern: str = ""


class Registration(msgspec.Struct, frozen=True, omit_defaults=True):
    """A registration as its owner wrote it. What happened to it since is in `Forwarded`.

    Attributes:
        entities: what it provides; none: nothing. Types are exact: NGSI-v2 knows no
            `typePattern` here.
        attributes: the names that it provides; empty: all.
        url: where its operations are found, `/op/query` and `/op/update` below it.
        service_path: the one that it was made at.
        is_active: its owner may switch it off.
        is_legacy: its provider speaks NGSIv1.
    """

    id: str
    entities: tuple[Selector, ...]
    url: str
    attributes: tuple[str, ...] = ()
    mode: ForwardingMode = ForwardingMode.ALL
    service_path: str = "/"
    description: str | None = None
    expires_at: Instant | None = None
    is_active: bool = True
    created_at: Instant = Instant(0)
    is_legacy: bool = False

    def serves(self, modes: frozenset[ForwardingMode], now: Instant) -> bool:
        """Whether requests of this kind go to its provider at present."""
        return (
            self.is_active
            and self.mode in modes
            and (self.expires_at is None or self.expires_at > now)
        )


class Forwarded(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of the requests that a registration caused (`forwardingInformation`)."""

    times_sent: int = 0
    last_forwarding: Instant | None = None
    last_success: Instant | None = None
    last_failure: Instant | None = None

    def with_more(self, more: "Forwarded") -> "Forwarded":
        """Both together: the numbers add up, the latest instants stay."""
        return Forwarded(
            self.times_sent + more.times_sent,
            _later(self.last_forwarding, more.last_forwarding),
            _later(self.last_success, more.last_success),
            _later(self.last_failure, more.last_failure),
        )


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
