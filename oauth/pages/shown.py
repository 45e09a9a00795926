"""A dossier, its service and its records in words: what 各サービスでのデータ利用 shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.times import Instant
from oauth.model.companies import Client, Company, CompanyState, Contract
from oauth.model.consents import Consent, ConsentEvent, Dossier, EventType
from oauth.model.items import Granularity, Item
from oauth.model.provisions import Provision
from oauth.pages.words import PageWords


@dataclass(frozen=True, slots=True)
class SharedItem:
    """An item that is agreed to."""

    item: Item
    slug: str
    name: str
    granularity: str
    removable: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A moment and the items of it."""

    at: Instant
    items: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    at: Instant
    text: str


@dataclass(frozen=True, slots=True)
class ShownService:
    """Everything between a person and a service."""

    id: str
    name: str
    company: str
    contact: str
    purpose: str
    state: str
    live: bool
    suspended: bool
    rows: tuple[SharedItem, ...]
    given_at: Instant | None
    valid_until: Instant | None
    ended_at: Instant | None
    last: tuple[Line, ...]
    history: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Parties:
    """Who a dossier is with, as they stand now.

    Attributes:
        contract: the version that was agreed to.
    """

    client: Client
    company: Company
    contract: Contract | None


def shown_service(
    dossier: Dossier,
    parties: Parties,
    last: Sequence[Provision],
    words: PageWords,
    now: Instant,
) -> ShownService:
    """In the reader's language."""
    current = dossier.current
    contract, language = parties.contract, words.language
    return ShownService(
        id=dossier.client_id,
        name=parties.client.name[language],
        company=parties.company.name[language],
        contact=parties.client.contact or parties.company.contact,
        purpose="" if contract is None else contract.purpose.text[language],
        state="none" if current is None else current.state,
        live=dossier.live(now) is not None,
        suspended=parties.company.state is not CompanyState.ACTIVE,
        rows=() if current is None else _rows(current, words),
        given_at=None if current is None else current.given_at,
        valid_until=None if current is None else current.valid_until,
        ended_at=None if current is None else current.ended_at,
        last=tuple(line(one, words) for one in last),
        history=tuple(_happened(one, words) for one in reversed(dossier.events)),
    )


def line(provision: Provision, words: PageWords) -> Line:
    """When and what, never the values."""
    return Line(provision.at, items_of(provision, words))


def items_of(provision: Provision, words: PageWords) -> str:
    """The items of a record, each with its granularity."""
    return words.list(_fine(one.item, one.granularity, words) for one in provision.items)


def _rows(consent: Consent, words: PageWords) -> tuple[SharedItem, ...]:
    return tuple(
        SharedItem(
            item=one.item,
            slug=one.item.replace(".", "-"),
            name=words.item(one.item),
            granularity=words.granularity(one.item, one.granularity),
            removable=not one.required,
        )
        for one in consent.items
    )


def _happened(event: ConsentEvent, words: PageWords) -> Happened:
    items = words.list(words.item(one) for one in event.items)
    if event.type is EventType.REQUESTED or not items:
        return Happened(event.at, words(f"event.{event.type}", items="—"))
    return Happened(event.at, words(f"event.{event.type}", items=items))


def _fine(item: Item, granularity: Granularity, words: PageWords) -> str:
    name = words.granularity(item, granularity)
    if not name:
        return words.item(item)
    return words("provision.item", item=words.item(item), granularity=name)
