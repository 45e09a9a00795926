"""What the server needs of rooms beside it: who is at the browser, consents, the first record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kernel.json import JsonValue
from oauth.model.companies import Client, Contract
from oauth.model.consents import Consent, ConsentedItem, Dossier, Shown
from oauth.model.grants import Grant
from oauth.model.items import Item
from oauth.model.people import Account, Session
from oauth.ports import Kept


class Visitor(Protocol):
    """A person at a browser that is signed in."""

    @property
    def account(self) -> Account:
        """Whose."""

    @property
    def session(self) -> Session:
        """Which login."""


class Visitors(Protocol):
    """Tells who is at a browser; `oauth.accounts` does."""

    async def who(self, secret: str) -> Visitor | None:
        """The person of a session cookie's secret, or None: unknown, ended, idle for too long."""


class PersonalValue(Protocol):
    """One value that a person entered."""

    @property
    def value(self) -> JsonValue:
        """As `items.values.read` made it."""


class PersonalValues(Protocol):
    """Opens what a person entered, to show it to that person; `oauth.accounts` does."""

    async def read(self, account_id: str) -> Mapping[Item, PersonalValue]:
        """Every value there is."""


class ConsentDesk(Protocol):
    """Writes what a person decides; `oauth.consents` does."""

    async def dossier(self, account_id: str, client_id: str) -> Kept[Dossier] | None:
        """Everything between a person and a service, or None if there is nothing yet."""

    async def requested(
        self, account_id: str, client: Client, contract: Contract, items: Sequence[Item]
    ) -> None:
        """Note that the person was asked about these items."""

    async def give(
        self,
        account_id: str,
        client: Client,
        contract: Contract,
        items: Sequence[ConsentedItem],
        shown: Shown,
    ) -> Consent:
        """Store a consent.

        Raises:
            ConflictError: it cannot be given as it was read, such as after a change of contract.
        """

    async def refuse(
        self, account_id: str, client: Client, contract: Contract, items: Sequence[Item]
    ) -> None:
        """Note that the person said no. It changes no consent."""


@dataclass(frozen=True, slots=True)
class IdAnswer:
    """The answer that carries a person's ID to a service for the first time.

    Attributes:
        token_digest: of the access token in it.
        body: exactly what will be sent.
    """

    token_digest: str
    request_id: str
    body: bytes


class IdProvisions(Protocol):
    """Keeps the record of provision of `openid`; `oauth.release` does."""

    async def openid(self, grant: Grant, answer: IdAnswer) -> None:
        """Record it, unless there is a record for this version of the consent.

        Raises:
            UnavailableError: it could not be written; the answer must not leave.
        """
