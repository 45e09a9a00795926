"""What can happen to a dossier. Pure, so the clock is a number."""

import pytest
from msgspec.structs import replace
from support.consent_world import ITEMS, SHOWN, START, contract, ticked

from kernel.errors import BadRequestError, ConflictError
from kernel.times import DAY_US, SECOND_US, Instant, parse_instant, render_shortest
from oauth.consents import transitions
from oauth.model.companies import Contract, ContractItem
from oauth.model.consents import ConsentedItem, ConsentState, Dossier, EventType
from oauth.model.items import Item
from oauth.model.people import TermsRef

EMPTY = Dossier("person", "app", "shop")
LATER = Instant(START + DAY_US)


def give(
    dossier: Dossier = EMPTY,
    the_contract: Contract | None = None,
    items: list[ConsentedItem] | None = None,
    at: Instant = START,
    name: str = "first",
) -> Dossier:
    the_contract = the_contract or contract()
    wanted = ticked(the_contract) if items is None else items
    return transitions.given(dossier, the_contract, wanted, SHOWN, consent_id=name, now=at)


def kinds(dossier: Dossier) -> list[EventType]:
    return [one.type for one in dossier.events]


def test_a_consent_holds_what_was_ticked_in_the_contracts_order_and_the_id() -> None:
    wanted = list(reversed(ticked(contract(), {Item.EMAIL})))
    consent = give(items=wanted).consents[-1]
    assert [one.item for one in consent.items] == [Item.OPENID, Item.BIRTH_YEAR, Item.EMAIL]
    assert consent.items[1].required
    assert (consent.version, consent.previous, consent.state) == (1, "", ConsentState.GIVEN)


@pytest.mark.parametrize(
    "items",
    [
        [ConsentedItem(Item.GENDER, "value"), ConsentedItem(Item.BIRTH_YEAR, "decade")],
        [ConsentedItem(Item.BIRTH_YEAR, "year")],
        [ConsentedItem(Item.BIRTH_YEAR, "century")],
        [ConsentedItem(Item.BIRTH_YEAR, "decade"), ConsentedItem(Item.NAME, "initials")],
        [ConsentedItem(Item.BIRTH_YEAR, "decade"), ConsentedItem(Item.BIRTH_YEAR, "adult")],
        [ConsentedItem(Item.NAME, "full")],
        [],
    ],
    ids=[
        "not in the contract",
        "finer than the contract",
        "no granularity",
        "coarser where nobody chooses",
        "twice",
        "without what is required",
        "nothing",
    ],
)
def test_what_the_contract_does_not_offer_is_refused(items: list[ConsentedItem]) -> None:
    with pytest.raises(BadRequestError):
        give(items=items)


def test_the_person_may_choose_a_coarser_granularity() -> None:
    chosen = ticked(contract(), BIRTH_YEAR="adult", RESIDENCE_AREA="city")
    consent = give(items=chosen).consents[-1]
    agreed = {one.item: one.granularity for one in consent.items}
    assert (agreed[Item.BIRTH_YEAR], agreed[Item.RESIDENCE_AREA]) == ("adult", "city")


def test_nobody_consents_under_a_contract_that_is_not_in_force() -> None:
    with pytest.raises(ConflictError):
        give(the_contract=replace(contract(), signed_on=None))


def test_an_equal_consent_is_reconfirmed_and_stays_as_it_is() -> None:
    once = give()
    twice = give(once, at=LATER, name="second")
    assert twice.consents == once.consents
    assert kinds(twice) == [EventType.GIVEN, EventType.RECONFIRMED]


def test_an_equal_consent_near_its_end_is_followed_by_one_that_lasts_longer() -> None:
    once = give()
    late = Instant(once.consents[-1].valid_until - transitions.RENEWABLE_US)
    twice = give(once, at=late, name="second")
    assert twice.consents[-1].previous == "first"
    assert twice.consents[-1].valid_until > once.consents[-1].valid_until


def test_anything_else_is_a_new_record_that_names_the_one_before() -> None:
    once = give(items=ticked(contract(), ()))
    twice = give(once, at=LATER, name="second")
    first, second = twice.consents
    assert (first.state, first.ended_at) == (ConsentState.INVALIDATED, LATER)
    assert second.previous == "first"
    assert kinds(twice) == [EventType.GIVEN, EventType.INVALIDATED, EventType.GIVEN]


def test_new_terms_are_a_new_record() -> None:
    newer = replace(SHOWN, terms=(TermsRef("association:oauth", "2", "f" * 64),))
    twice = transitions.given(
        give(), contract(), ticked(contract()), newer, consent_id="second", now=LATER
    )
    assert twice.consents[-1].id == "second"


def test_what_ended_never_reopens() -> None:
    ended = transitions.withdrawn(give(), LATER)
    again = give(ended, at=Instant(LATER + 1), name="second")
    assert [one.state for one in again.consents] == [ConsentState.WITHDRAWN, ConsentState.GIVEN]
    assert again.consents[-1].previous == "first"


def test_withdrawing_twice_is_withdrawing_once() -> None:
    once = transitions.withdrawn(give(), LATER)
    assert transitions.withdrawn(once, Instant(LATER + 1)) == once
    assert transitions.withdrawn(EMPTY, LATER) == EMPTY


def test_cn5_narrowing_is_the_next_version_of_the_same_record() -> None:
    narrow = transitions.narrowed(give(), Item.EMAIL, LATER)
    consent = narrow.consents[-1]
    assert (consent.id, consent.version, consent.state) == ("first", 2, ConsentState.GIVEN)
    assert consent.item(Item.EMAIL) is None
    assert narrow.events[-1].items == (Item.EMAIL,)


def test_what_is_required_cannot_be_taken_back_alone() -> None:
    for item in (Item.BIRTH_YEAR, Item.OPENID):
        with pytest.raises(ConflictError, match="withdraw the whole"):
            transitions.narrowed(give(), item, LATER)


def test_narrowing_by_what_is_not_agreed_to_changes_nothing() -> None:
    once = give()
    assert transitions.narrowed(once, Item.GENDER, LATER) == once
    assert transitions.narrowed(EMPTY, Item.EMAIL, LATER) == EMPTY


def test_the_sources_of_member_data_are_frozen_and_go_with_it() -> None:
    items = (*ITEMS, ContractItem(Item.MEMBER_DATA, "records"))
    the_contract = replace(contract(items), sources=("cafe",))
    once = give(the_contract=the_contract)
    assert once.consents[-1].sources == ("cafe",)
    assert transitions.narrowed(once, Item.MEMBER_DATA, LATER).consents[-1].sources == ()
    assert (
        give(the_contract=the_contract, items=ticked(the_contract, ())).consents[-1].sources == ()
    )


def test_check_15_a_refusal_is_an_event_and_changes_no_consent() -> None:
    refused = transitions.refused(give(), [Item.EMAIL], LATER)
    assert refused.consents == give().consents
    assert refused.events[-1].type is EventType.REFUSED
    assert refused.events[-1].consent_id == ""


def test_showing_the_same_page_again_is_no_news() -> None:
    once = transitions.requested(EMPTY, [Item.EMAIL], START)
    assert transitions.requested(once, [Item.EMAIL], LATER) == once
    assert len(transitions.requested(once, [Item.NAME], LATER).events) == 2


def test_a_service_that_ends_ends_what_was_agreed_to() -> None:
    ended = transitions.terminated(give(), LATER)
    assert ended.consents[-1].state is ConsentState.TERMINATED
    assert transitions.terminated(ended, LATER) == ended


def test_time_ends_a_consent_at_its_own_end_not_when_somebody_looks() -> None:
    once = give()
    end = once.consents[-1].valid_until
    assert transitions.settled(once, Instant(end - 1)) == once
    late = transitions.settled(once, Instant(end + DAY_US))
    assert (late.consents[-1].state, late.consents[-1].ended_at) == (ConsentState.EXPIRED, end)
    assert late.events[-1].at == end
    assert transitions.withdrawn(once, Instant(end + DAY_US)) == late


@pytest.mark.parametrize(
    ("given_at", "months", "end"),
    [
        ("2028-02-29T03:00:00+09:00", 12, "2029-02-28T03:00:00+09:00"),
        ("2027-02-28T03:00:00+09:00", 12, "2028-02-28T03:00:00+09:00"),
        ("2027-08-31T23:30:00+09:00", 6, "2028-02-29T23:30:00+09:00"),
        ("2026-12-31T23:30:00+09:00", 2, "2027-02-28T23:30:00+09:00"),
        # 29 February in Japan, still the 28th in UTC
        ("2028-02-28T16:00:00Z", 12, "2029-02-28T01:00:00+09:00"),
        ("2026-11-21T09:00:00+09:00", 12, "2027-11-21T09:00:00+09:00"),
        ("2026-11-21T09:00:00+09:00", 24, "2027-11-21T09:00:00+09:00"),
    ],
)
def test_cn22_validity_is_counted_in_the_calendar_of_japan(
    given_at: str, months: int, end: str
) -> None:
    lasting = replace(contract(), validity_months=months)
    found = transitions.validity_end(lasting, parse_instant(given_at))
    assert render_shortest(found) == render_shortest(parse_instant(end))


def test_cn22_a_clock_that_is_a_second_off_gives_nothing_longer_than_twelve_months() -> None:
    consent = give(at=Instant(START + SECOND_US)).consents[-1]
    assert consent.valid_until - consent.given_at <= 366 * DAY_US
