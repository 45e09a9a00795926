"""A contract out of what was asked for. Pure: an illegal one is never made."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time

import msgspec

from kernel.errors import BadRequestError, ConflictError
from kernel.times import Instant, from_datetime, parse_instant
from oauth.companies.wishes import ContractWish, ItemWish
from oauth.model.calendar import JST
from oauth.model.companies import Client, Contract, ContractItem, Purpose
from oauth.model.items import GRANULARITIES, Item

_OPENID = ContractItem(Item.OPENID, "sub", required=True)
_DATE = len("2026-04-01")


def drawn_up(
    wish: ContractWish, client: Client, *, version: int, longest_validity_months: int
) -> Contract:
    """The contract of one client. `openid` is part of every one, whether it was asked for or not.

    Raises:
        BadRequestError: an item twice or at a granularity that it does not have, an empty period,
            a consent that would last too long, or sources without `member_data`.
    """
    if wish.validity_months > longest_validity_months:
        raise BadRequestError(f"validityMonths is more than {longest_validity_months}")
    items = _items(wish.items)
    if wish.sources and all(one.item is not Item.MEMBER_DATA for one in items):
        raise BadRequestError("sources are of member_data, which is not among the items")
    begins, ends = instant_of(wish.valid_from), instant_of(wish.valid_until)
    if ends <= begins:
        raise BadRequestError("The contract ends before it begins")
    return Contract(
        id=client.contract_id,
        client_id=client.id,
        company_id=client.company_id,
        version=version,
        purpose=_purpose(wish),
        items=items,
        signed_on=None if wish.signed_on is None else instant_of(wish.signed_on),
        valid_from=begins,
        valid_until=ends,
        document_sha256=wish.document_sha256,
        validity_months=wish.validity_months,
        mode=wish.mode,
        frequency=wish.frequency,
        reads_per_day=wish.reads_per_day,
        audit_notice_days=wish.audit_notice_days,
        sources=tuple(sorted(set(wish.sources))),
        records=wish.records,
    )


def check_purpose(made: Contract, before: Iterable[Contract]) -> None:
    """Let pass a purpose that is new, or says what it said in every version of the contract before.

    Consents name a purpose by its id, so what people agreed to may never come to say something
    else; another text, benefit or retention is another purpose, which they are asked about.

    Raises:
        ConflictError: it says something else under an id that was used.
    """
    for one in before:
        if one.purpose.id == made.purpose.id and one.purpose != made.purpose:
            raise ConflictError("A purpose that says something else needs another id")


def signed(contract: Contract, document_sha256: str, on: Instant) -> Contract:
    """The contract with the date of its signatures.

    Raises:
        ConflictError: it is signed already, or another document was signed.
    """
    if contract.signed_on is not None:
        raise ConflictError("This version of the contract is signed already")
    if contract.document_sha256 != document_sha256:
        raise ConflictError("The document that was signed is not that of the present version")
    return msgspec.structs.replace(contract, signed_on=on)


def instant_of(text: str) -> Instant:
    """An ISO 8601 date-time; a date alone begins at midnight in Japan.

    Raises:
        MalformedTimeError: it is neither.
    """
    read = parse_instant(text)
    if len(text) > _DATE:
        return read
    return from_datetime(datetime.combine(datetime.fromisoformat(text), time(), JST))


def _items(wishes: Sequence[ItemWish]) -> tuple[ContractItem, ...]:
    """In the order of the consent page, the ID first."""
    wanted = {wish.item: wish for wish in wishes}
    if len(wanted) != len(wishes):
        raise BadRequestError("An item is named twice")
    for wish in wishes:
        if wish.granularity not in GRANULARITIES[wish.item]:
            known = ", ".join(GRANULARITIES[wish.item])
            raise BadRequestError(f"{wish.item} has the granularities {known}")
    others = (one for one in Item if one in wanted and one is not Item.OPENID)
    rest = (ContractItem(one, wanted[one].granularity, wanted[one].required) for one in others)
    return (_OPENID, *rest)


def _purpose(wish: ContractWish) -> Purpose:
    said = wish.purpose
    return Purpose(
        id=said.id,
        category=said.category,
        text=said.text.bilingual,
        benefit=said.benefit.bilingual,
        retention=said.retention,
    )
