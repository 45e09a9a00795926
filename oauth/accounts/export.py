"""Everything that is kept about a person, as one document: "download my data" (page §5.8)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import orjson

from kernel.clock import Clock
from kernel.errors import NotFoundError
from kernel.json import JsonObject, JsonValue
from kernel.times import Instant, render_shortest
from oauth.accounts.personal import PersonalData
from oauth.model.consents import Consent, ConsentEvent, Dossier
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, CLIENTS, COMPANIES, DOSSIERS, PROVISIONS, TERMS
from oauth.model.people import Account, AccountState, TermsRef
from oauth.model.provisions import Provision
from oauth.model.texts import Bilingual
from oauth.paging import marked
from oauth.ports import Shelves

FORMAT: Final = "odori-export/1"


class ToldAboutPerson(Protocol):
    """What a company told about the person, opened."""

    @property
    def company_id(self) -> str:
        """Who told."""

    @property
    def dataset(self) -> str:
        """What it is called there."""

    @property
    def observed_at(self) -> Instant:
        """When it was so."""

    @property
    def received_at(self) -> Instant:
        """When it was told."""

    @property
    def values(self) -> Mapping[Item, JsonValue]:
        """What was told, by item."""


class MemberData(Protocol):
    """What companies told about people."""

    async def of_person(self, account_id: str) -> Sequence[ToldAboutPerson]:
        """About one person, newest observation first."""


class Export:
    """Gathers it. The parts are as the vault has them now, each read once.

    `sessions` tells on how many browsers a person is signed in.
    """

    def __init__(
        self,
        *,
        vault: Shelves,
        personal: PersonalData,
        sessions: Callable[[Account], Awaitable[int]],
        member_data: MemberData,
        clock: Clock,
    ) -> None:
        self._vault = vault
        self._personal = personal
        self._sessions = sessions
        self._member_data = member_data
        self._clock = clock

    async def export(self, account_id: str) -> JsonObject:
        """One JSON document; `manifest` has the SHA-256 of each part as `canonical` writes it.

        Raises:
            NotFoundError: there is no such person, or not any more.
        """
        kept = await self._vault.shelf(ACCOUNTS).get(account_id)
        if kept is None or kept.value.state is not AccountState.OPEN:
            raise NotFoundError("There is no such account")
        parts: dict[str, JsonValue] = {
            "account": await self._account(kept.value),
            "profile": await self._profile(account_id),
            "terms": [await self._terms(ref) for ref in kept.value.terms],
            "consents": await self._consents(account_id),
            "provisions": await self._provisions(account_id),
            "member_data": await self._told(account_id),
        }
        return {
            "format": FORMAT,
            "exported_at": render_shortest(self._clock.now()),
            **parts,
            "manifest": {name: manifest_entry(part) for name, part in parts.items()},
        }

    async def _account(self, account: Account) -> JsonObject:
        """Without the id, which is shown nowhere outside the vault."""
        return {
            "created_at": render_shortest(account.created_at),
            "language": account.language,
            "email_verified": account.email_verified,
            "minor_until": account.minor_until,
            "sessions": await self._sessions(account),
        }

    async def _profile(self, account_id: str) -> JsonObject:
        values = await self._personal.read(account_id)
        return {
            str(item): {"value": one.value, "updated_at": render_shortest(one.updated_at)}
            for item, one in sorted(values.items())
        }

    async def _terms(self, ref: TermsRef) -> JsonObject:
        kept = await self._vault.shelf(TERMS).get(f"{ref.id}@{ref.version}")
        text = None if kept is None else _both(kept.value.text)
        return {**_ref(ref), "text": text}

    async def _consents(self, account_id: str) -> Sequence[JsonValue]:
        found = marked(self._vault.shelf(DOSSIERS), DOSSIERS, "account", account_id)
        return [await self._dossier(kept.value) async for kept in found]

    async def _dossier(self, dossier: Dossier) -> JsonObject:
        client = await self._vault.shelf(CLIENTS).get(dossier.client_id)
        company = await self._vault.shelf(COMPANIES).get(dossier.company_id)
        return {
            "service": {
                "id": dossier.client_id,
                "name": None if client is None else _both(client.value.name),
            },
            "company": {
                "id": dossier.company_id,
                "name": None if company is None else _both(company.value.name),
            },
            "consents": [_consent(one) for one in dossier.consents],
            "events": [_event(one) for one in dossier.events],
        }

    async def _provisions(self, account_id: str) -> Sequence[JsonValue]:
        found = marked(self._vault.shelf(PROVISIONS), PROVISIONS, "account", account_id)
        return [_provision(kept.value) async for kept in found]

    async def _told(self, account_id: str) -> Sequence[JsonValue]:
        return [
            {
                "source": one.company_id,
                "dataset": one.dataset,
                "observed_at": render_shortest(one.observed_at),
                "received_at": render_shortest(one.received_at),
                "values": {str(item): value for item, value in one.values.items()},
            }
            for one in await self._member_data.of_person(account_id)
        ]


def canonical(part: JsonValue) -> bytes:
    """Compact JSON in UTF-8 with sorted keys: what the manifest's sums are of."""
    return orjson.dumps(part, option=orjson.OPT_SORT_KEYS)


def manifest_entry(part: JsonValue) -> JsonObject:
    """Length in bytes and SHA-256 of a part."""
    text = canonical(part)
    return {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}


def _consent(consent: Consent) -> JsonObject:
    shown = consent.shown
    return {
        "id": consent.id,
        "version": consent.version,
        "state": consent.state,
        "purpose": consent.purpose_id,
        "contract": {"id": consent.contract_id, "version": consent.contract_version},
        "items": [
            {"item": one.item, "granularity": one.granularity, "required": one.required}
            for one in consent.items
        ],
        "given_at": render_shortest(consent.given_at),
        "valid_until": render_shortest(consent.valid_until),
        "ended_at": _maybe(render_shortest, consent.ended_at),
        "sources": list(consent.sources),
        "previous": consent.previous or None,
        "notice": {
            "language": shown.language,
            "terms": [_ref(one) for one in shown.terms],
            "screen_sha256": shown.screen_sha256,
            "template": shown.template,
        },
    }


def _event(event: ConsentEvent) -> JsonObject:
    return {
        "at": render_shortest(event.at),
        "type": event.type,
        "consent": event.consent_id or None,
        "version": event.version or None,
        "items": list(event.items),
    }


def _provision(provision: Provision) -> JsonObject:
    """Without the digests that tie it to a token and a request: they say nothing to the person."""
    recipient = provision.recipient
    return {
        "id": provision.id,
        "at": render_shortest(provision.at),
        "recipient": {
            "id": recipient.company_id,
            "name": _both(recipient.name),
            "address": recipient.address,
            "representative": recipient.representative,
        },
        "service": {"id": provision.client_id, "name": _both(provision.service)},
        "consent": {"id": provision.consent_id, "version": provision.consent_version},
        "purpose": {"id": provision.purpose_id, "text": _both(provision.purpose)},
        "terms": [_ref(one) for one in provision.terms],
        "items": [{"item": one.item, "granularity": one.granularity} for one in provision.items],
        "by": provision.by,
        "answer_sha256": provision.answer_sha256,
        "outcome": provision.outcome,
    }


def _ref(ref: TermsRef) -> JsonObject:
    return {"id": ref.id, "version": ref.version, "sha256": ref.sha256}


def _both(text: Bilingual) -> JsonObject:
    return {"ja": text.ja, "en": text.en}


def _maybe(render: Callable[[Instant], str], instant: Instant | None) -> str | None:
    return None if instant is None else render(instant)
