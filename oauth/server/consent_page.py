"""Puts together what the consent page shows: for the page, and again for its answer."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.json import JsonValue
from kernel.times import Instant
from oauth.consents.desk import Consents
from oauth.consents.transitions import validity_end
from oauth.model.consents import Consent
from oauth.model.items import Item
from oauth.model.people import Account, TermsRef
from oauth.server.asking.again import shown_items, unasked
from oauth.server.asking.rows import rows_of
from oauth.server.authorizing import Asked, Authorizing
from oauth.server.ports import PersonalValues, Visitor
from oauth.server.protocol.responses import origin_of
from oauth.server.views import AUTHORIZATION, ConsentView


@dataclass(frozen=True, slots=True)
class Said:
    """What was said before.

    Attributes:
        terms: what is accepted with a consent now.
        consent: the one that lives.
        news: as `again.unasked` has it.
    """

    terms: tuple[TermsRef, ...]
    consent: Consent | None
    news: frozenset[Item] | None

    @property
    def reusable(self) -> Consent | None:
        """The consent that already says all that is asked for, if there is one."""
        return self.consent if self.news == frozenset() else None


class ConsentPage:
    """Reads what the page rests on. The same state gives the same view."""

    def __init__(
        self,
        *,
        authorizing: Authorizing,
        consents: Consents,
        personal: PersonalValues,
        clock: Clock,
    ) -> None:
        self._authorizing = authorizing
        self._consents = consents
        self._personal = personal
        self._clock = clock

    async def said(self, asked: Asked, account: Account) -> Said:
        """What the person said to the service before."""
        now, terms = self._clock.now(), await self._authorizing.terms(asked.client)
        kept = await self._consents.dossier(account.id, asked.client.id)
        dossier = None if kept is None else kept.value
        news = unasked(dossier, asked.contract, asked.request.items, terms, now)
        return Said(terms, None if dossier is None else dossier.live(now), news)

    async def view(
        self, asked: Asked, visitor: Visitor, said: Said, *, csrf: str, login_after: Instant
    ) -> ConsentView:
        """The page for this person; `login_after` is the login that the request asks for."""
        now = self._clock.now()
        rows = rows_of(
            shown_items(asked.request.items, asked.contract, said.consent),
            asked.contract,
            consent=said.consent,
            news=said.news or frozenset(),
            values=await self._values(visitor.account),
            now=now,
        )
        return ConsentView(
            client=asked.client,
            company=asked.company,
            contract=asked.contract,
            rows=rows,
            valid_until=validity_end(asked.contract, now),
            terms=said.terms,
            hidden={AUTHORIZATION: asked.request.onward(login_after).render()},
            csrf=csrf,
            form_origins=form_origins(asked),
            sources=await self._authorizing.sources(asked.contract),
        )

    async def _values(self, account: Account) -> dict[Item, JsonValue]:
        """What the person entered, as `coarsen` takes it."""
        kept = await self._personal.read(account.id)
        values = {item: one.value for item, one in kept.items()}
        email = values.get(Item.EMAIL)
        if isinstance(email, dict):
            values[Item.EMAIL] = {**email, "email_verified": account.email_verified}
        return values


def form_origins(asked: Asked) -> tuple[str, ...]:
    """Where the redirect after a form may lead: Chromium holds `form-action` against it too."""
    return (origin_of(asked.request.target.redirect_uri), *asked.client.form_origins)
