"""Statistics of member records: many people at fixed times, and nothing of few."""

import pytest
import structlog
from msgspec.structs import replace
from support.ingest_stand_ins import SHELF, MemorySink
from support.partner_vault import CityNumbers, PartnerVault, client, consent, contract, offered

from city.binding.statistics import open_member_feed
from ingest.ports import ObservationSink
from kernel.errors import OurError, UnavailableError
from kernel.times import DAY_US, MINUTE_US, Instant
from oauth.model.companies import CompanyState
from oauth.model.consents import Dossier
from oauth.model.items import Item
from oauth.model.kinds import ACCOUNTS, CLIENTS, COMPANIES, CONTRACTS, DOSSIERS, STATISTICS_TURNS
from oauth.model.people import AccountState
from oauth.ports import StatisticsSink
from oauth.records.statistics import MemberStatistics

CELLS = ("language:ja", "language:en", "gender:female", "gender:male", "occupation:student")
PEOPLE = tuple(f"p{number:02}" for number in range(12))


@pytest.fixture
async def vault() -> PartnerVault:
    made = PartnerVault()
    await made.open_shop()
    for name in PEOPLE:
        await made.join(name)
        await made.tell(name, {Item.LANGUAGE: ["ja"]})
    return made


def counting(
    vault: PartnerVault, sink: StatisticsSink, *, min_people: int = 10, period_s: int = 3600
) -> MemberStatistics:
    return MemberStatistics(
        vault=vault.shelves,
        sealer=vault.sealer,
        sink=sink,
        clock=vault.clock,
        ids=vault.ids,
        min_people=min_people,
        period_s=period_s,
    )


async def numbers(vault: PartnerVault) -> dict[str, int]:
    """What the next slot publishes."""
    sink = CityNumbers(CELLS)
    vault.clock.advance(3600)
    assert await counting(vault, sink).publish_due()
    return dict(sink.last)


async def test_people_past_the_threshold_are_a_rounded_number(vault: PartnerVault) -> None:
    assert await numbers(vault) == {"language:ja": 10}


async def test_few_and_none_are_the_same_nothing(vault: PartnerVault) -> None:
    for name in PEOPLE[:9]:
        await vault.tell(name, {Item.OCCUPATION: "student"}, Instant(vault.clock.now() - 1))
    assert await numbers(vault) == {"language:ja": 10}


async def test_a_person_counts_once_however_often_and_by_whomever_told(
    vault: PartnerVault,
) -> None:
    for hours in range(1, 20):
        await vault.tell("p00", {Item.OCCUPATION: "student"}, Instant(vault.clock.now() - hours))
    assert "occupation:student" not in await numbers(vault)


async def test_the_newest_value_of_an_item_counts_alone(vault: PartnerVault) -> None:
    later = Instant(vault.clock.now() + MINUTE_US)
    for name in PEOPLE:
        await vault.tell(name, {Item.LANGUAGE: ["en"]}, later)
        await vault.tell(name, {Item.GENDER: "male"}, Instant(later - DAY_US))
    assert await numbers(vault) == {"language:en": 10, "gender:male": 10}


async def test_who_withdrew_is_not_in_the_next_count(vault: PartnerVault) -> None:
    for name in PEOPLE[:3]:
        await vault.withdraw(name)
    assert await numbers(vault) == {}


async def test_who_is_erased_is_not_in_the_next_count(vault: PartnerVault) -> None:
    for name in PEOPLE[:3]:
        kept = await vault.shelves.shelf(ACCOUNTS).get(name)
        assert kept is not None
        await vault.put(ACCOUNTS, replace(kept.value, state=AccountState.ERASED))
    assert await numbers(vault) == {}


async def test_who_has_no_key_any_more_is_not_counted(vault: PartnerVault) -> None:
    for name in PEOPLE[:3]:
        await vault.sealer.destroy(name)
    assert await numbers(vault) == {}


async def test_an_expired_consent_does_not_count(vault: PartnerVault) -> None:
    vault.clock.advance(31 * DAY_US / 1_000_000)
    assert await numbers(vault) == {}


async def test_a_suspended_company_or_a_contract_without_records_counts_nobody(
    vault: PartnerVault,
) -> None:
    kept = await vault.shelves.shelf(COMPANIES).get("shop")
    assert kept is not None
    await vault.put(COMPANIES, replace(kept.value, state=CompanyState.SUSPENDED))
    assert await numbers(vault) == {}
    await vault.put(COMPANIES, kept.value)
    await vault.put(CONTRACTS, contract(vault.service, records=False))
    assert await numbers(vault) == {}


async def test_two_services_of_one_person_count_one_person(vault: PartnerVault) -> None:
    other = client("shop-web", contract_id="contract-shop-web")
    await vault.put(CLIENTS, other)
    await vault.put(CONTRACTS, contract(other))
    token = vault.token(client_id=other.id)
    for name in PEOPLE:
        given = consent(contract(other))
        await vault.put(DOSSIERS, Dossier(name, other.id, other.company_id, (given,)))
        told = await vault.records.give(token, [offered(name, {Item.LANGUAGE: ["ja"]})])
        assert list(told) == ["stored"]
    assert await numbers(vault) == {"language:ja": 10}


async def test_a_slot_is_published_once_by_one_of_two_nodes(vault: PartnerVault) -> None:
    sink = CityNumbers(CELLS)
    one, other = counting(vault, sink), counting(vault, sink)
    assert [await one.publish_due(), await other.publish_due(), await one.publish_due()] == [
        True,
        False,
        False,
    ]
    assert len(sink.published) == 1


async def test_between_two_slots_no_number_changes(vault: PartnerVault) -> None:
    sink = CityNumbers(CELLS)
    statistics = counting(vault, sink)
    await statistics.publish_due()
    for name in PEOPLE:
        await vault.withdraw(name)
    vault.clock.advance(39 * 60)  # 10:59
    assert not await statistics.publish_due()
    vault.clock.advance(60)
    assert await statistics.publish_due()
    assert sink.last == {}


class Away(CityNumbers):
    """A city database that is away."""

    async def put(self, counts: object, *, below: int) -> None:  # noqa: ARG002 — the port's
        raise UnavailableError("The city database is away")


async def test_what_could_not_be_published_stays_due(vault: PartnerVault) -> None:
    with pytest.raises(UnavailableError):
        await counting(vault, Away(CELLS)).publish_due()
    sink = CityNumbers(CELLS)
    assert await counting(vault, sink).publish_due()
    assert sink.last == {"language:ja": 10}


async def test_a_node_that_died_at_its_turn_is_followed_by_another(vault: PartnerVault) -> None:
    shelf = vault.shelves.shelf(STATISTICS_TURNS)
    sink = CityNumbers(CELLS)
    await counting(vault, sink).publish_due()
    kept = await shelf.get("member-records")
    assert kept is not None
    vault.clock.advance(3600)
    lease = Instant(vault.clock.now() + 10 * MINUTE_US)
    await shelf.swap(kept, replace(kept.value, holder="gone", until=lease))
    assert not await counting(vault, sink).publish_due()
    vault.clock.advance(600)
    assert await counting(vault, sink).publish_due()


async def test_a_city_that_no_company_feeds_gets_no_grid_and_one_that_was_fed_keeps_it() -> None:
    vault, sink = PartnerVault(), CityNumbers(CELLS)
    assert not await counting(vault, sink).publish_due()
    await vault.open_shop()
    assert await counting(vault, sink).publish_due()
    await vault.put(CONTRACTS, contract(vault.service, records=False))
    vault.clock.advance(3600)
    assert await counting(vault, sink).publish_due()
    assert sink.published == [({}, 10), ({}, 10)]


async def test_the_higher_of_two_thresholds_counts(vault: PartnerVault) -> None:
    strict = CityNumbers(CELLS)
    assert await counting(vault, strict, min_people=12).publish_due()
    assert strict.published == [({"language:ja": 15}, 12)]
    vault.clock.advance(3600)
    loose = CityNumbers(CELLS, min_people=13)
    assert await counting(vault, loose, min_people=3).publish_due()
    assert loose.published == [({}, 13)]


def member_feed(vault: PartnerVault, sink: ObservationSink) -> StatisticsSink:
    return open_member_feed(
        SHELF, sink, clock=vault.clock, notice_url="https://id.example/members", simulated=True
    )


async def test_numbers_go_through_the_policy_of_the_intake_into_the_city(
    vault: PartnerVault,
) -> None:
    sink = MemorySink()
    assert await counting(vault, member_feed(vault, sink)).publish_due()
    said = {
        one.entity_id: {a.name: getattr(a.value, "value", None) for a in one.attributes}
        for one in sink.observations
    }
    japanese = said.pop("urn:ngsi-ld:CitizenStatistics:members:language:ja")
    assert japanese["citizenCount"] == 10
    assert {one["citizenCount"] for one in said.values()} == {None}
    assert {one["citizenCountBelow"] for one in said.values()} == {10}


async def test_d22_the_city_cannot_tell_nine_people_from_none(vault: PartnerVault) -> None:
    before, after = MemorySink(), MemorySink()
    assert await counting(vault, member_feed(vault, before)).publish_due()
    for name in PEOPLE[:9]:
        await vault.tell(name, {Item.OCCUPATION: "student"}, Instant(vault.clock.now() - 1))
    await vault.shelves.shelf(STATISTICS_TURNS).remove("member-records")
    assert await counting(vault, member_feed(vault, after)).publish_due()
    assert [one.fingerprint() for one in before.observations] == [
        one.fingerprint() for one in after.observations
    ]


async def test_numbers_that_break_the_policy_are_our_error_and_publish_nothing(
    vault: PartnerVault,
) -> None:
    sink = MemorySink()
    with pytest.raises(OurError):
        await member_feed(vault, sink).put({"language:ja": 7}, below=10)
    assert sink.batches == []


async def test_the_log_of_a_count_tells_how_many_cells_and_nothing_else(
    vault: PartnerVault,
) -> None:
    with structlog.testing.capture_logs() as logs:
        await counting(vault, CityNumbers(CELLS)).publish_due()
    assert logs == [
        {"event": "statistics of member records published", "cells": 1, "log_level": "info"}
    ]
