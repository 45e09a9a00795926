"""How a value leaves the vault, and the only way it does: facts, permit, record, answer.

Nothing is remembered from one answer to the next. The record is stored under the condition that
every document of the decision is still as it was read; where one changed, all is decided anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from kernel.clock import Clock
from kernel.errors import BadRequestError, TooManyRequestsError, UnavailableError
from kernel.ids import IdSource
from kernel.times import Instant
from oauth.consent import OWN_ATTRIBUTES, Reason
from oauth.model.grants import AccessToken
from oauth.model.ids import ulid
from oauth.model.items import Item
from oauth.model.kinds import CLIENTS, PROVISIONS
from oauth.model.provisions import ProvidedItem, Provision
from oauth.ports import Shelves
from oauth.release.answers import Content, attributes, userinfo
from oauth.release.case import Case, CaseReader
from oauth.release.decision import Question, Refusal, Verdict, decide, is_consented
from oauth.release.errors import DeadTokenError, InsufficientScopeError
from oauth.release.listing import Listing, SubjectPage
from oauth.release.opening import Opening
from oauth.release.ports import MemberData, SubjectBook, TokenSource
from oauth.release.record import TOKEN, Note, openid_record_id, record_of
from oauth.sealing.sealer import Sealer

_log = structlog.get_logger("odori.oauth")
_ATTEMPTS: Final = 8
_USER_ID: Final = ProvidedItem(Item.OPENID, "sub")
_TOO_BUSY: Final = "The facts change too often for an answer"
_EVERYTHING: Final = Question.everything()
_CLAIMS: Final = Question.claims()


@dataclass(frozen=True, slots=True)
class Door:
    """One way out: its name in records, the form of its answers, the scope that opens it."""

    name: str
    shape: Callable[[Content], bytes]
    scope: str = ""


_PRESENT: Final = Door("attributes", attributes)
_ABSENT: Final = Door("attributes", attributes, OWN_ATTRIBUTES)
_USERINFO: Final = Door("userinfo", userinfo, Item.OPENID)


@dataclass(frozen=True, slots=True, repr=False)
class ReleasedAnswer:
    """A body that may go out as it is. It does not print.

    Attributes:
        provision: id of its record; empty where it says nothing but the ID.
    """

    body: bytes
    provision: str


class Release:
    """Answers companies. Its collaborators read tokens and IDs; it alone opens values for them."""

    def __init__(
        self,
        *,
        vault: Shelves,
        sealer: Sealer,
        tokens: TokenSource,
        subjects: SubjectBook,
        members: MemberData,
        audience: str,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._clients = vault.shelf(CLIENTS)
        self._provisions = vault.shelf(PROVISIONS)
        self._vault = vault
        self._tokens = tokens
        self._subjects = subjects
        self._cases = CaseReader(vault=vault, members=members, audience=audience, clock=clock)
        self._opening = Opening(sealer=sealer, members=members)
        self._listing = Listing(vault=vault, cases=self._cases, subjects=subjects, clock=clock)
        self._clock = clock
        self._ids = ids

    async def attributes(
        self, token_text: str, question: Question | None, request_id: str
    ) -> ReleasedAnswer:
        """`GET /v1/attributes` for the person of the token; without a question, everything.

        Raises:
            DeadTokenError: nothing can be read with the token.
            BadRequestError: it is a company's own token, and no `sub` says whom it asks about.
            InsufficientScopeError: an item is asked for more finely than granted.
            TooManyRequestsError: the service has read as often as it may.
            UnavailableError: the record cannot be written; nothing went out.
        """
        token = await self._live(token_text)
        if not token.grant_id:
            raise BadRequestError("A company's own token needs the parameter sub")
        return await self._answer(token, question or _EVERYTHING, _PRESENT, request_id)

    async def userinfo(self, token_text: str, request_id: str) -> ReleasedAnswer:
        """`/oauth/userinfo` (OpenID Connect Core §5.3).

        Raises:
            InsufficientScopeError: the token does not cover `openid`, or is a company's own.
            CallerError, UnavailableError: as `attributes`.
        """
        token = await self._live(token_text)
        if not token.grant_id:
            raise InsufficientScopeError
        return await self._answer(token, _CLAIMS, _USERINFO, request_id)

    async def subject(
        self, token_text: str, sub: str, question: Question | None, request_id: str
    ) -> ReleasedAnswer:
        """`GET /v1/attributes?sub=`: a person who is not present, by a company's own token.

        Raises:
            UnknownSubjectError: no such ID at the company, or no consent that lives.
            InsufficientScopeError: also where the token lacks the scope `attributes`.
            BadRequestError: the token is a person's.
            CallerError, UnavailableError: as `attributes`.
        """
        token = await self._live(token_text)
        if token.grant_id:
            raise BadRequestError("The parameter sub is for a company's own token")
        client = await self._clients.get(token.client_id)
        about = None if client is None else await self._subjects.account(client.value, sub)
        return await self._answer(
            token, question or _EVERYTHING, _ABSENT, request_id, about=about or ""
        )

    async def subjects(self, token_text: str, after: str, limit: int) -> SubjectPage:
        """`GET /v1/subjects`: whose consent lives now, from the one after the ID `after` on.

        Raises:
            DeadTokenError: the token is dead, or the company or its contract is not in standing.
            InsufficientScopeError: it is not the company's own token with the scope `subjects`.
            BadRequestError: `after` is no ID of the company.
        """
        return await self._listing.page(await self._live(token_text), after, limit)

    async def openid(self, token: AccessToken, body: bytes, request_id: str) -> None:
        """Record that the ID goes out with `body`, once for each version of a consent.

        The token is stored before; the body is sent after this returned.

        Raises:
            DeadTokenError: nothing is permitted any more.
            UnavailableError: the record cannot be written.
        """
        for _ in range(_ATTEMPTS):
            now = self._clock.now()
            case = await self._cases.read(token.digest)
            consent = case.facts.consent
            if consent is None or not is_consented(case.facts, now):
                raise DeadTokenError
            note = Note(openid_record_id(consent), TOKEN, request_id, now)
            if await self._provisions.get(note.id) is not None:
                return
            record = record_of(case.facts, [_USER_ID], body, note)
            if await self._vault.add_if(PROVISIONS, record, case.seen):
                return
        raise UnavailableError(_TOO_BUSY)

    async def provisions_of(
        self, account_id: str, client_id: str | None = None, *, after: str = "", limit: int = 100
    ) -> Sequence[Provision]:
        """What was provided about a person (APPI 33(5)), to one service or to all; oldest first."""
        mark, text = "account", account_id
        if client_id is not None:
            mark, text = "pair", f"{account_id}/{client_id}"
        page = await self._provisions.find(mark, text, after=after, limit=limit)
        return [kept.value for kept in page]

    async def _live(self, token_text: str) -> AccessToken:
        token = await self._tokens.read(token_text)
        if token is None:
            raise DeadTokenError
        return token

    async def _answer(
        self, token: AccessToken, question: Question, door: Door, request_id: str, about: str = ""
    ) -> ReleasedAnswer:
        """Decide until the decision still stands when its record is stored."""
        for _ in range(_ATTEMPTS):
            now = self._clock.now()
            case = await self._cases.read(token.digest, about)
            verdict = _decided(case, question, now, door)
            content = await self._content(case, verdict, question, now)
            body = door.shape(content)
            if not content.provision:
                return ReleasedAnswer(body, "")
            items = [ProvidedItem(one.item, one.granularity) for one in content.disclosed]
            note = Note(content.provision, door.name, request_id, now)
            record = record_of(case.facts, items, body, note)
            if await self._vault.add_if(PROVISIONS, record, case.seen):
                return ReleasedAnswer(body, record.id)
        raise UnavailableError(_TOO_BUSY)

    async def _content(
        self, case: Case, verdict: Verdict, question: Question, now: Instant
    ) -> Content:
        """What was permitted, opened and made as coarse as was granted."""
        client, consent = case.facts.client, case.facts.consent
        if client is None or consent is None:
            raise DeadTokenError
        disclosed = await self._opening.disclosed(case, verdict.allowed, now)
        said = {one.item for one in disclosed}
        unsaid = [
            Refusal(one.item, Reason.NO_VALUE) for one in verdict.allowed if one.item not in said
        ]
        return Content(
            sub=await self._subjects.sub(client, case.account_id),
            consent=consent,
            provision=ulid(now, self._ids) if disclosed else "",
            disclosed=disclosed,
            refusals=(*verdict.refusals, *unsaid) if question.is_named else (),
            is_named=question.is_named,
        )


def _decided(case: Case, question: Question, now: Instant, door: Door) -> Verdict:
    try:
        return decide(case.facts, question, now, door.scope)
    except TooManyRequestsError:
        _log.warning(
            "service reads more often than its contract", client=case.facts.token.client_id
        )
        raise
