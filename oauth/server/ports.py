"""What the server needs of rooms beside it: who is at the browser, values, the first record."""

from collections.abc import Mapping
from typing import Protocol

from kernel.json import JsonValue
from oauth.model.grants import AccessToken
from oauth.model.items import Item
from oauth.model.people import Account, Session


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


class IdProvisions(Protocol):
    """Keeps the records of provision of `openid`; `oauth.release` does."""

    async def openid(self, token: AccessToken, body: bytes, request_id: str) -> None:
        """Record that the ID goes out with `body`, once for each version of a consent.

        The token is stored before; the body is sent after this returned.

        Raises:
            CallerError: nothing is permitted any more.
            UnavailableError: the record cannot be written; the body must not leave.
        """
