"""Consent of one person to one service (ISO/IEC TS 27560:2023 in its structure).

Everything between a person and a service is one document, a `Dossier`: giving, narrowing and
withdrawing are one compare-and-swap each, whatever two browser tabs do at once.
"""

from enum import StrEnum

import msgspec

from kernel.times import Instant
from oauth.model.items import Granularity, Item
from oauth.model.people import TermsRef
from oauth.model.texts import Language


class ConsentState(StrEnum):
    """Only `GIVEN` permits. The others are final: a later consent is a new record."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    TERMINATED = "terminated-by-member"


class EventType(StrEnum):
    """What happened between a person and a service."""

    REQUESTED = "requested"
    REFUSED = "refused"
    GIVEN = "given"
    RECONFIRMED = "reconfirmed"
    NARROWED = "narrowed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    TERMINATED = "terminated"


class ConsentEvent(msgspec.Struct, frozen=True):
    """One line of the history; never changed. `consent_id` is empty for a refusal."""

    at: Instant
    type: EventType
    consent_id: str = ""
    version: int = 0
    items: tuple[Item, ...] = ()


class ConsentedItem(msgspec.Struct, frozen=True):
    """One switch that was on."""

    item: Item
    granularity: Granularity
    required: bool = False


class Shown(msgspec.Struct, frozen=True):
    """What the person saw when deciding.

    Attributes:
        terms: the association's and the service's, by version and hash.
        screen_sha256: of the text of the page as rendered.
        template: version of the page's template.
    """

    language: Language
    terms: tuple[TermsRef, ...]
    screen_sha256: str
    template: str


class Consent(msgspec.Struct, frozen=True):
    """One consent record.

    Attributes:
        id: ULID.
        version: counts up when the person narrows it.
        sources: companies whose records about the person are covered by `member_data`, frozen.
        previous: the record that it follows, if any.
    """

    id: str
    purpose_id: str
    contract_id: str
    contract_version: int
    items: tuple[ConsentedItem, ...]
    given_at: Instant
    valid_until: Instant
    shown: Shown
    version: int = 1
    state: ConsentState = ConsentState.GIVEN
    ended_at: Instant | None = None
    sources: tuple[str, ...] = ()
    previous: str = ""

    def item(self, item: Item) -> ConsentedItem | None:
        """What was agreed about one item."""
        return next((one for one in self.items if one.item is item), None)

    def is_live(self, now: Instant) -> bool:
        """Whether it permits anything at that instant."""
        return self.state is ConsentState.GIVEN and now < self.valid_until


class Dossier(msgspec.Struct, frozen=True):
    """Everything between one person and one service; at most the last consent is given."""

    account_id: str
    client_id: str
    company_id: str
    consents: tuple[Consent, ...] = ()
    events: tuple[ConsentEvent, ...] = ()

    @property
    def key(self) -> str:
        """Under which it is kept."""
        return dossier_key(self.account_id, self.client_id)

    @property
    def current(self) -> Consent | None:
        """The last consent, whatever its state."""
        return self.consents[-1] if self.consents else None

    def live(self, now: Instant) -> Consent | None:
        """The consent that permits anything at that instant."""
        current = self.current
        return current if current is not None and current.is_live(now) else None


def dossier_key(account_id: str, client_id: str) -> str:
    """The key of a person's and a service's dossier; neither id contains the divider."""
    return f"{account_id}/{client_id}"
