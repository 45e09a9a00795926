"""When a person is asked, and what is on the page."""

import pytest
from msgspec.structs import replace
from support.consent_world import ITEMS, SHOWN, START, TERMS, contract, ticked

from kernel.times import DAY_US, Instant
from oauth.consents import transitions
from oauth.model.companies import Contract, ContractItem
from oauth.model.consents import Dossier
from oauth.model.items import GRANULARITIES, Item
from oauth.model.people import TermsRef
from oauth.server.asking.again import shown_items, unasked
from oauth.server.asking.choices import TamperedError, choices_of
from oauth.server.asking.rows import rows_of

WANTED = (Item.OPENID, Item.BIRTH_YEAR, Item.EMAIL)
EMPTY = Dossier("person", "app", "shop")


def given(*only: Item, shown: tuple[Item, ...] = WANTED, **finer: str) -> Dossier:
    """The page was shown with `shown`, and these were agreed to beside what is required."""
    asked = transitions.requested(EMPTY, shown, START)
    items = ticked(contract(), only, **finer)
    return transitions.given(asked, contract(), items, SHOWN, consent_id="c1", now=START)


def changed(version: int = 2, **granularity: str) -> Contract:
    """The contract's next version, with other granularities."""
    items = tuple(
        replace(one, granularity=granularity.get(one.item.name, one.granularity)) for one in ITEMS
    )
    return replace(contract(items), version=version)


def ask(dossier: Dossier, *wanted: Item, under: Contract | None = None) -> frozenset[Item] | None:
    return unasked(dossier, under or contract(), wanted or WANTED, TERMS, START)


def test_where_there_is_no_consent_there_is_none_to_reuse() -> None:
    assert unasked(None, contract(), WANTED, TERMS, START) is None
    assert ask(EMPTY) is None
    assert ask(transitions.withdrawn(given(), START)) is None
    late = Instant(START + 366 * DAY_US)
    assert unasked(given(), contract(), WANTED, TERMS, late) is None
    assert given().live(late) is None


def test_an_equal_consent_is_reused_and_so_is_a_wider_one() -> None:
    assert ask(given(Item.EMAIL)) == frozenset()
    assert ask(given(Item.EMAIL), Item.OPENID) == frozenset()


def test_another_purpose_or_other_terms_are_another_consent() -> None:
    purpose = replace(contract().purpose, id="statistics")
    assert ask(given(), under=replace(contract(), purpose=purpose)) is None
    other = (*TERMS[:1], TermsRef("company:shop:service", "2", "f" * 64))
    assert unasked(given(), contract(), WANTED, other, START) is None


def test_a_new_item_is_asked_for_and_one_that_was_left_off_is_not() -> None:
    assert ask(given(Item.EMAIL), *WANTED, Item.NAME) == {Item.NAME}
    assert ask(given()) == frozenset()


def test_an_item_that_was_taken_back_is_not_asked_for_again() -> None:
    assert ask(transitions.narrowed(given(Item.EMAIL), Item.EMAIL, START)) == frozenset()


def test_an_item_that_became_required_is_asked_for_again() -> None:
    needed = tuple(replace(one, required=True) if one.item is Item.EMAIL else one for one in ITEMS)
    assert ask(given(), under=replace(contract(needed), version=2)) == {Item.EMAIL}


def test_mb14_what_a_new_contract_says_more_finely_is_asked_for() -> None:
    assert ask(given(), under=changed(BIRTH_YEAR="year")) == {Item.BIRTH_YEAR}
    assert ask(given(), under=changed(BIRTH_YEAR="adult")) == frozenset()


def test_a_granularity_that_the_person_chose_is_not_asked_about_again() -> None:
    assert ask(given(BIRTH_YEAR="adult")) == frozenset()


def test_member_data_of_another_company_is_asked_for() -> None:
    member = (*ITEMS, ContractItem(Item.MEMBER_DATA, "records"))
    first = replace(contract(member), sources=("books",))
    dossier = transitions.given(
        EMPTY, first, ticked(first, [Item.MEMBER_DATA]), SHOWN, consent_id="c1", now=START
    )
    assert ask(dossier, Item.MEMBER_DATA, under=first) == frozenset()
    second = replace(first, version=2, sources=("books", "trams"))
    assert ask(dossier, Item.MEMBER_DATA, under=second) == {Item.MEMBER_DATA}


def test_the_page_holds_what_is_asked_for_needed_and_agreed_to() -> None:
    consent = given(Item.EMAIL).live(START)
    wanted = frozenset({Item.NAME})
    assert shown_items(wanted, contract(), None) == {Item.NAME, Item.OPENID, Item.BIRTH_YEAR}
    assert shown_items(wanted, contract(), consent) == {
        Item.NAME,
        Item.OPENID,
        Item.BIRTH_YEAR,
        Item.EMAIL,
    }


def test_rows_offer_the_contracts_granularity_and_coarser_ones_where_the_person_chooses() -> None:
    rows = rows_of(
        frozenset(Item),
        contract(),
        consent=None,
        news=frozenset({Item.NAME}),
        values={Item.BIRTH_YEAR: 1984},
        now=START,
    )
    said = {row.item: [one.granularity for one in row.choices] for row in rows}
    assert said == {
        Item.OPENID: ["sub"],
        Item.NAME: ["full"],
        Item.BIRTH_YEAR: ["decade", "adult"],
        Item.EMAIL: ["address"],
        Item.RESIDENCE_AREA: ["ward", "city", "prefecture", "in-city"],
    }
    assert [row.is_new for row in rows] == [False, True, False, False, False]
    assert [row.present for row in rows] == [True, False, True, False, False]
    assert rows[2].contracted == "decade"
    assert [one.preview for one in rows[3].choices] == [None]


def test_what_was_agreed_to_stands_ready_as_it_was_chosen() -> None:
    consent = given(Item.RESIDENCE_AREA, RESIDENCE_AREA="city").live(START)
    rows = rows_of(
        frozenset({Item.RESIDENCE_AREA}),
        contract(),
        consent=consent,
        news=frozenset(),
        values={},
        now=START,
    )
    assert (rows[0].on, rows[0].chosen) == (True, "city")
    coarser = rows_of(
        frozenset({Item.RESIDENCE_AREA}),
        changed(RESIDENCE_AREA="in-city"),
        consent=consent,
        news=frozenset(),
        values={},
        now=START,
    )
    assert coarser[0].chosen == "in-city"


@pytest.mark.parametrize("item", [one for one in ITEMS if one.item is not Item.OPENID])
def test_no_form_agrees_to_more_than_the_contract(item: ContractItem) -> None:
    rows = rows_of(
        frozenset({item.item}),
        contract(),
        consent=None,
        news=frozenset(),
        values={},
        now=START,
    )
    order = GRANULARITIES[item.item]
    for finer in order[: order.index(item.granularity)]:
        form = {f"item:{item.item}": "on", f"granularity:{item.item}": finer}
        with pytest.raises(TamperedError):
            choices_of(form, rows)
    chosen = choices_of({f"item:{item.item}": "on"}, rows)
    assert [(one.item, one.granularity) for one in chosen] == [(item.item, item.granularity)]
