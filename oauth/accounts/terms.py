"""The association's terms that whoever registers accepts (seed 004)."""

from collections.abc import Collection

from kernel.errors import UnavailableError
from kernel.times import Instant
from oauth.accounts.refusals import TermsError
from oauth.model.kinds import TERMS
from oauth.model.people import TermsRef
from oauth.model.terms import ASSOCIATION, TermsDocument, TermsKind
from oauth.paging import marked
from oauth.ports import Shelves

ID_TERMS = f"{ASSOCIATION}:{TermsKind.ID}"


async def terms_in_force(vault: Shelves, now: Instant) -> TermsDocument:
    """The version that is accepted at registration now.

    Raises:
        UnavailableError: none is in force yet; the operator has to publish one.
    """
    shelf = vault.shelf(TERMS)
    versions = [kept.value async for kept in marked(shelf, TERMS, "id", ID_TERMS)]
    begun = [one for one in versions if one.effective_from <= now]
    if not begun:
        raise UnavailableError("The association's terms are not published yet")
    return max(begun, key=lambda one: (one.effective_from, one.version))


def check_accepted(terms: TermsDocument, ref: TermsRef, clauses: Collection[str]) -> None:
    """Let pass who accepted exactly these terms and each mandatory clause by itself.

    Raises:
        TermsError: another version, or a clause is missing.
    """
    if ref != terms.ref:
        raise TermsError("The terms in force are another version; read and accept them")
    if not set(terms.mandatory) <= set(clauses):
        raise TermsError("Both mandatory clauses of the terms have to be accepted")
