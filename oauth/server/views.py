"""What a person is shown in the course of an authorization, and the fields that come back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.json import JsonValue
from kernel.times import Instant
from oauth.model.companies import Client, Company, Contract, Purpose
from oauth.model.items import Granularity, Item
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual

DECISION_PATH: Final = "/oauth/authorize/decision"
"""Where the consent page posts to."""

AUTHORIZATION: Final = "authorization"
"""Hidden field: the whole request as one query string, so that browsers normalise no line end."""

DECISION: Final = "decision"
"""The two buttons; its values are those of `Decision`."""

LANGUAGE: Final = "language"
"""Hidden field: `ja` or `en`, the language that the page is in."""

SCREEN: Final = "screen"
"""Hidden field: `Screens.screen_sha256` of the page, so that what was agreed to was shown."""

ITEM_PREFIX: Final = "item:"
"""`item:<name>` = `on` for a switch that is on; a required item needs none."""

GRANULARITY_PREFIX: Final = "granularity:"
"""`granularity:<name>` = one of the row's choices; without it the row's chosen one counts."""

ON: Final = "on"


class Decision(StrEnum):
    """同意してはじめる, 同意しない."""

    AGREE = "agree"
    REFUSE = "refuse"


class Trouble(StrEnum):
    """Why an authorization ends on a page of ours. The text of the page is fixed for each."""

    UNKNOWN_CLIENT = "unknown-client"  # 400
    REDIRECT_URI = "redirect-uri"  # 400: missing, or not registered
    MALFORMED = "malformed"  # 400: the request or the form cannot be read
    FORBIDDEN = "forbidden"  # 403: no session, another session, a forged form
    MINOR = "minor"  # 403: the account may grant nothing yet
    UNAVAILABLE = "unavailable"  # 503


@dataclass(frozen=True, slots=True)
class LoginAsk:
    """A login that an authorization waits for.

    Attributes:
        next: path and query on this server where the browser goes on after the login.
        service: the name of the service that asks.
        again: the password is wanted although a session exists (`prompt=login`, `max_age`).
        form_origins: for CSP `form-action`: where the redirects after the form may lead.
    """

    next: str
    service: Bilingual
    again: bool
    form_origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One granularity of an item, and what exactly it would tell; None: there is no value yet."""

    granularity: Granularity
    preview: JsonValue


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item on the consent page.

    Attributes:
        choices: finest first; the first is the contract's. Several only where the person chooses.
        chosen: the granularity that is selected at first.
        required: cannot be switched off; only the whole can be refused.
        is_new: asked for the first time, or more finely than before.
        on: whether the switch stands on at first: required, or agreed to before.
        present: whether the person has a value of it.
    """

    item: Item
    choices: tuple[Choice, ...]
    chosen: Granularity
    required: bool
    is_new: bool
    on: bool
    present: bool

    @property
    def contracted(self) -> Granularity:
        """The finest that the service may ask for."""
        return self.choices[0].granularity


@dataclass(frozen=True, slots=True)
class ConsentView:
    """All that the consent page says.

    Attributes:
        rows: in the order of `Item`; the first is the user ID.
        valid_until: when the consent would end by itself.
        terms: the versions that the person accepts with the consent: the association's, then the
            service's.
        hidden: fields that the form carries as they are.
        csrf: of the person's session.
        form_origins: for CSP `form-action`: the origin of the redirect URI, and further ones that
            the client registered.
        sources: names of the companies whose data about the person the contract covers.
    """

    client: Client
    company: Company
    contract: Contract
    rows: tuple[ItemRow, ...]
    valid_until: Instant
    terms: tuple[TermsRef, ...]
    hidden: Mapping[str, str]
    csrf: str
    form_origins: tuple[str, ...]
    sources: tuple[Bilingual, ...] = ()

    @property
    def purpose(self) -> Purpose:
        """What the data is for."""
        return self.contract.purpose
