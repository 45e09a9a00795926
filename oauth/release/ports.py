"""What releasing needs from the rooms above it, which read tokens, IDs and members' records."""

from collections.abc import Collection, Sequence
from typing import Protocol

from kernel.json import JsonValue
from oauth.model.companies import Client
from oauth.model.grants import AccessToken


class TokenSource(Protocol):
    """Finds access tokens by their text."""

    async def read(self, text: str) -> AccessToken | None:
        """The token of a company, or None where it is unknown or dead."""


class SubjectBook(Protocol):
    """Pairwise IDs (OpenID Connect Core §8.1)."""

    async def sub(self, client: Client, account_id: str) -> str:
        """The person's ID at the client's company; made at first use."""

    async def account(self, client: Client, sub: str) -> str | None:
        """Whose ID it is at the client's company, or None."""


class MemberData(Protocol):
    """What member companies told about a person."""

    async def sources(self, account_id: str) -> frozenset[str]:
        """The companies that told something."""

    async def records_for(self, account_id: str, sources: Collection[str]) -> Sequence[JsonValue]:
        """What these told, each as an object."""
