"""Scopes: one for each item of the consent page, and `offline_access`, which changes nothing."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from oauth.model.companies import MACHINE_SCOPES, Client, ClientKind, Contract
from oauth.model.items import Item
from oauth.server.protocol.errors import ErrorCode, OAuthError

OFFLINE_ACCESS: Final = "offline_access"


class OwnScope(StrEnum):
    """What a service may do by itself, without a person at the browser (client_credentials)."""

    SUBJECTS = "subjects"  # lists the IDs whose consent lives
    ATTRIBUTES = "attributes"  # reads what those persons consented to
    RECORDS = "records"  # pushes service data, where the contract says so


def items_of(scope: str) -> frozenset[Item]:
    """The items that an authorization request asks for.

    Raises:
        OAuthError: invalid_scope: one is unknown, or `openid` is missing: whatever a service
            reads about a person comes under the ID that `openid` stands for.
    """
    words = frozenset(scope.split(" ")) - {"", OFFLINE_ACCESS}
    try:
        items = frozenset(Item(word) for word in words)
    except ValueError:
        raise OAuthError(ErrorCode.INVALID_SCOPE) from None
    if Item.OPENID not in items:
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The scope lacks openid")
    return items


def check_contracted(items: Iterable[Item], contract: Contract) -> None:
    """Hold a request against the contract; `openid` belongs to every one.

    Raises:
        OAuthError: invalid_scope: an item stands outside of it, whatever the person would say.
    """
    if any(item is not Item.OPENID and contract.item(item) is None for item in items):
        raise OAuthError(ErrorCode.INVALID_SCOPE)


def narrowed(asked: str, granted: frozenset[str]) -> frozenset[str]:
    """What a refresh asks for of what was granted; all of it where it does not say (RFC 6749 §6).

    Raises:
        OAuthError: invalid_scope: something that was not granted, or nothing.
    """
    if not asked:
        return granted
    words = frozenset(asked.split(" ")) - {"", OFFLINE_ACCESS}
    if not words or not words <= granted:
        raise OAuthError(ErrorCode.INVALID_SCOPE)
    return words


def own_scopes(client: Client, contract: Contract | None) -> frozenset[str]:
    """What a client may ask for in its own name."""
    match client.kind:
        case ClientKind.SERVICE:
            every = frozenset(OwnScope)
            pushes = contract is not None and contract.records
            return frozenset(every if pushes else every - {OwnScope.RECORDS})
        case ClientKind.MACHINE:
            return frozenset(client.scopes & MACHINE_SCOPES)
        case ClientKind.RESOURCE_SERVER:
            return frozenset()


def render(scopes: Iterable[str]) -> str:
    """Space-separated, in a steady order."""
    return " ".join(sorted(scopes))
