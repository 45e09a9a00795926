"""Terms in versions: a document out of what was asked for, and what it may bind. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from kernel.errors import BadRequestError, ConflictError
from kernel.times import Instant
from oauth.companies.clients import refuse_ended
from oauth.companies.contracts import instant_of
from oauth.companies.wishes import TermsWish
from oauth.model.companies import Client, ClientKind
from oauth.model.terms import ASSOCIATION, MANDATORY, TermsDocument, TermsKind

__all__ = ["ASSOCIATION", "bound", "check_follows", "in_effect", "order", "terms_id", "written"]

_SERVICE: Final = TermsKind.SERVICE


def terms_id(kind: TermsKind, owner: str) -> str:
    """`association:id`, `company:<id>:service`: the same for all versions."""
    return f"company:{owner}:{kind}" if kind is _SERVICE else f"{owner}:{kind}"


def written(wish: TermsWish) -> TermsDocument:
    """The document of one version.

    Raises:
        BadRequestError: the kind is not the owner's, or a clause is none of the kind's.
    """
    if (wish.kind is _SERVICE) == (wish.owner == ASSOCIATION):
        raise BadRequestError("Terms of the association are of kind id or oauth, others service")
    if not wish.clauses <= MANDATORY[wish.kind]:
        known = ", ".join(sorted(MANDATORY[wish.kind])) or "none"
        raise BadRequestError(f"clauses of this kind are {known}")
    return TermsDocument(
        id=terms_id(wish.kind, wish.owner),
        version=wish.version,
        kind=wish.kind,
        owner=wish.owner,
        title=wish.title.bilingual,
        text=wish.text.bilingual,
        effective_from=instant_of(wish.effective_from),
        mandatory=tuple(sorted(wish.clauses)),
    )


def order(document: TermsDocument) -> tuple[Instant, str]:
    """By which versions follow one another."""
    return document.effective_from, document.version


def check_follows(document: TermsDocument, earlier: Sequence[TermsDocument]) -> None:
    """Let pass what takes effect after every version before.

    Raises:
        ConflictError: it does not, or the version exists.
    """
    if any(one.version == document.version for one in earlier):
        raise ConflictError("This version of the terms exists already")
    if any(document.effective_from <= one.effective_from for one in earlier):
        raise ConflictError("A version takes effect after those before it")


def in_effect(versions: Sequence[TermsDocument], now: Instant) -> TermsDocument | None:
    """The latest version that has taken effect, or None."""
    begun = [one for one in versions if one.effective_from <= now]
    return max(begun, key=order, default=None)


def bound(client: Client, document: TermsDocument, now: Instant) -> Client:
    """The service, working under this version of its terms.

    Raises:
        ConflictError: the text is another company's, lacks a clause of seed 004 (MB11), or is not
            in effect yet; or the client is no service, or has ended.
    """
    refuse_ended(client)
    if client.kind is not ClientKind.SERVICE or document.kind is not _SERVICE:
        raise ConflictError("Only services work under terms, and only under terms of a service")
    if document.owner != client.company_id:
        raise ConflictError("The terms are another company's")
    if not document.is_complete():
        missing = ", ".join(sorted(MANDATORY[_SERVICE] - set(document.mandatory)))
        raise ConflictError(f"The terms lack the clauses {missing}")
    if now < document.effective_from:
        raise ConflictError("The terms are not in effect yet")
    return msgspec.structs.replace(client, terms=document.ref)
