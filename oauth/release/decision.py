"""The answer's content: which items, how finely. Pure; `oauth.consent.permit` says yes or no."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self, assert_never

from kernel.errors import TooManyRequestsError
from kernel.times import Instant
from oauth.consent import Ask, Denied, Facts, Granted, Reason, permit, standing
from oauth.model.items import SELF_ITEMS, Granularity, Item
from oauth.release.errors import DeadTokenError, InsufficientScopeError, UnknownSubjectError

SHAREABLE: Final = tuple(item for item in Item if item is not Item.OPENID)
"""What may travel besides the ID, in the order of answers."""

RETRY_AFTER_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Asked:
    """One item that a company named, and how finely it wants it; None: as granted."""

    item: Item
    granularity: Granularity | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a request wants.

    Attributes:
        is_named: whether the company named the items; else it takes what there is.
    """

    wanted: tuple[Asked, ...]
    is_named: bool

    @classmethod
    def named(cls, wanted: Sequence[Asked]) -> Self:
        """These items; each no is told with its reason."""
        return cls(tuple(wanted), is_named=True)

    @classmethod
    def everything(cls) -> Self:
        """All that is permitted."""
        return cls(tuple(Asked(item) for item in SHAREABLE), is_named=False)

    @classmethod
    def claims(cls) -> Self:
        """All that is permitted and has a claim: a person's own items."""
        return cls(tuple(Asked(item) for item in SELF_ITEMS), is_named=False)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One item of the answer. `sources` are those of member data that may be shown."""

    granted: Granted
    sources: frozenset[str] = frozenset()

    @property
    def item(self) -> Item:
        """Which one."""
        return self.granted.item


@dataclass(frozen=True, slots=True)
class Refusal:
    """One item that was asked for by name and is not in the answer."""

    item: Item
    reason: Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """What goes out."""

    allowed: tuple[Allowed, ...]
    refusals: tuple[Refusal, ...]


def decide(facts: Facts, question: Question, now: Instant, scope: str = "") -> Verdict:
    """Decide about each item. Of a no to what was not named nothing is said.

    `scope` is what the token needs besides the items' own, if anything.

    Raises:
        DeadTokenError: token, member, person or consent permit nothing at all.
        UnknownSubjectError: the person of a company's own token lets nothing be read.
        InsufficientScopeError: `scope` is missing, or an item is asked for more finely than
            granted.
        TooManyRequestsError: the service has read as often as it may.
    """
    _check_standing(facts, scope, now)
    allowed: list[Allowed] = []
    refusals: list[Refusal] = []
    for one in question.wanted:
        match _decided(one, facts, now):
            case Allowed() as found:
                allowed.append(found)
            case Denied(reason):
                _check_refusable(reason)
                refusals.append(Refusal(one.item, reason))
    return Verdict(tuple(allowed), tuple(refusals) if question.is_named else ())


def check_company(facts: Facts, scope: str, now: Instant) -> None:
    """What a company's own token needs before anything about anybody is said.

    Raises:
        DeadTokenError: rows 1 or 2.
        InsufficientScopeError: it is a person's token, or lacks the scope.
    """
    if standing(facts, now) in {Reason.TOKEN, Reason.MEMBER}:
        raise DeadTokenError
    if facts.token.grant_id or scope not in facts.token.scopes:
        raise InsufficientScopeError


def _check_standing(facts: Facts, scope: str, now: Instant) -> None:
    """Rows 1 to 4, which stand before every item."""
    if not facts.token.grant_id:
        check_company(facts, scope, now)
    reason = standing(facts, now)
    if reason is not None:
        raise DeadTokenError if facts.token.grant_id else UnknownSubjectError
    if scope and scope not in facts.token.scopes:
        raise InsufficientScopeError


def is_consented(facts: Facts, now: Instant) -> bool:
    """Whether the ID may be given: the table for the item `openid`."""
    return isinstance(permit(Ask(Item.OPENID, _purpose(facts)), facts, now), Granted)


def _decided(one: Asked, facts: Facts, now: Instant) -> Allowed | Denied:
    if one.item is Item.MEMBER_DATA:
        return _of_members(one, facts, now)
    found = permit(Ask(one.item, _purpose(facts), one.granularity), facts, now)
    return found if isinstance(found, Denied) else Allowed(found)


def _of_members(one: Asked, facts: Facts, now: Instant) -> Allowed | Denied:
    """Member data flows from each source by itself; without any, the first no counts."""
    asks = (Ask(one.item, _purpose(facts), one.granularity, source) for source in _sources(facts))
    decided = {ask.source: permit(ask, facts, now) for ask in asks}
    granted = {source: one for source, one in decided.items() if isinstance(one, Granted)}
    if granted:
        return Allowed(next(iter(granted.values())), frozenset(granted))
    return next(found for found in decided.values() if isinstance(found, Denied))


def _sources(facts: Facts) -> Iterable[str]:
    """The frozen set; where it is empty the table still says why nothing flows."""
    consent = facts.consent
    return consent.sources if consent is not None and consent.sources else ("",)


def _purpose(facts: Facts) -> str:
    """A service reads for what the person agreed to; the contract has to say the same."""
    return "" if facts.consent is None else facts.consent.purpose_id


def _check_refusable(reason: Reason) -> None:
    """Whether an answer can leave the item out; some reasons end the whole request."""
    match reason:
        case Reason.TOKEN | Reason.MEMBER | Reason.SUBJECT | Reason.CONSENT:
            raise DeadTokenError
        case Reason.FINER_THAN_GRANTED:
            raise InsufficientScopeError
        case Reason.TOO_FREQUENT:
            raise TooManyRequestsError(
                "The contract does not let this be read so often", retry_after_s=RETRY_AFTER_S
            )
        case (
            Reason.NOT_IN_CONTRACT
            | Reason.NOT_GRANTED
            | Reason.SOURCE_UNAVAILABLE
            | Reason.NO_VALUE
        ):
            return
    assert_never(reason)
