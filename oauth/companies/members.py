"""The public list of members (加盟企業等の名称一覧, seed 004): who they are, who may fetch now.

It shows no reason and no operator, and keeps what was: a member that is shut out stays in the list
as not available, with the days on which its state changed.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from kernel.times import Instant, render_millis
from oauth.companies.desk import Companies
from oauth.companies.standing import lacks
from oauth.companies.views import both
from oauth.model.companies import Client, ClientKind, Company, CompanyState
from oauth.model.texts import Bilingual


class MemberService(msgspec.Struct, frozen=True):
    """A service that citizens can meet, or could before it ended."""

    name: Bilingual
    site: str
    since: Instant
    until: Instant | None
    is_available: bool


class Member(msgspec.Struct, frozen=True):
    """A member company as the public sees it."""

    name: Bilingual
    contact: str
    since: Instant
    is_available: bool
    services: tuple[MemberService, ...]
    history: tuple[tuple[Instant, CompanyState], ...]


async def members(companies: Companies, now: Instant) -> Sequence[Member]:
    """Every member there ever was, the longest first."""
    found = [await _member(companies, one, now) for one in await companies.all()]
    return sorted(found, key=lambda one: (one.since, one.name.ja))


async def _member(companies: Companies, company: Company, now: Instant) -> Member:
    clients = await companies.clients_of(company.id)
    return Member(
        name=company.name,
        contact=company.contact,
        since=company.created_at,
        is_available=company.state is CompanyState.ACTIVE,
        services=tuple(
            [
                await _service(companies, one, company, now)
                for one in clients
                if one.kind is ClientKind.SERVICE and one.terms is not None
            ]
        ),
        history=tuple((one.at, one.state) for one in company.changes),
    )


async def _service(
    companies: Companies, client: Client, company: Company, now: Instant
) -> MemberService:
    """Only services whose terms stand are public: what is being prepared is the company's own."""
    kept = await companies.agreements.contract_of(client)
    contract = None if kept is None else kept.value
    return MemberService(
        name=client.name,
        site=client.site,
        since=client.created_at,
        until=client.ended_at,
        is_available=not lacks(client, company, contract, now),
    )


def shown(member: Member) -> dict[str, Any]:
    """As `GET /v1/members` says it."""
    return {
        "name": both(member.name),
        "contact": member.contact,
        "available": member.is_available,
        "since": render_millis(member.since),
        "services": [
            {
                "name": both(one.name),
                "site": one.site,
                "available": one.is_available,
                "since": render_millis(one.since),
                "until": None if one.until is None else render_millis(one.until),
            }
            for one in member.services
        ],
        "history": [
            {"at": render_millis(at), "state": state.value} for at, state in member.history
        ],
    }
