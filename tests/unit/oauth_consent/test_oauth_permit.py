"""The table of the permit function (identity page §5.4), row by row and pair by pair."""

from collections.abc import Callable
from dataclasses import replace as with_facts
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.consent_world import (
    ISSUER,
    PURPOSE,
    SHOWN,
    START,
    account,
    client,
    company,
    contract,
    ticked,
)

from kernel.times import DAY_US, Instant, parse_instant
from oauth.consent import (
    Ask,
    Denied,
    Facts,
    Granted,
    Reason,
    carried,
    is_minor_locked,
    permit,
    standing,
)
from oauth.consents import transitions
from oauth.model.companies import CompanyState, ContractItem
from oauth.model.consents import Consent, ConsentState, Dossier
from oauth.model.grants import AccessToken, Grant
from oauth.model.items import Item
from oauth.model.people import Account, AccountState

NOW = Instant(START + DAY_US)
ITEMS = (
    ContractItem(Item.BIRTH_YEAR, "5-year"),
    ContractItem(Item.EMAIL, "address"),
    ContractItem(Item.MEMBER_DATA, "records"),
)
SOURCE = "cafe"
ASK = Ask(Item.BIRTH_YEAR, PURPOSE.id, "decade")
MEMBER_ASK = Ask(Item.MEMBER_DATA, PURPOSE.id, "records", SOURCE)


def consent() -> Consent:
    the_contract = replace(contract(ITEMS), sources=(SOURCE,))
    begun = transitions.given(
        Dossier("person", "app", "shop"),
        the_contract,
        ticked(the_contract),
        SHOWN,
        consent_id="consent",
        now=START,
    )
    return begun.consents[-1]


def grant() -> Grant:
    return Grant(
        "grant",
        "app",
        "shop",
        "person",
        "consent",
        1,
        frozenset(Item),
        0,
        0,
        authenticated_at=START,
        created_at=START,
        expires_at=Instant(NOW + DAY_US),
    )


def token() -> AccessToken:
    return AccessToken(
        "digest",
        "app",
        "shop",
        frozenset(Item),
        0,
        issued_at=START,
        expires_at=Instant(NOW + DAY_US),
        audience=ISSUER,
        grant_id="grant",
        account_id="person",
    )


def facts() -> Facts:
    """Everything says yes."""
    return Facts(
        token(),
        ISSUER,
        grant=grant(),
        company=company(),
        client=client(),
        contract=replace(contract(ITEMS), sources=(SOURCE,)),
        account=account(),
        consent=consent(),
        present=frozenset({Item.BIRTH_YEAR, Item.EMAIL}),
        active_sources=frozenset({SOURCE}),
        present_sources=frozenset({SOURCE}),
    )


Spoil = Callable[[Ask, Facts], tuple[Ask, Facts]]


def spoiled_token(**changes: object) -> Spoil:
    return lambda ask, of: (ask, with_facts(of, token=replace(of.token, **changes)))


def spoiled(name: str, **changes: object) -> Spoil:
    def spoil(ask: Ask, of: Facts) -> tuple[Ask, Facts]:
        changed = replace(getattr(of, name), **changes)
        return ask, with_facts(of, **{name: changed})

    return spoil


def facts_with(**changes: object) -> Spoil:
    return lambda ask, of: (ask, with_facts(of, **changes))  # type: ignore[arg-type]


def without_item(name: str) -> Spoil:
    def spoil(ask: Ask, of: Facts) -> tuple[Ask, Facts]:
        holder = getattr(of, name)
        kept = tuple(one for one in holder.items if one.item is not ask.item)
        return ask, with_facts(of, **{name: replace(holder, items=kept)})

    return spoil


def asking(**changes: object) -> Spoil:
    return lambda ask, of: (with_facts(ask, **changes), of)  # type: ignore[type-var]


def without_scope(ask: Ask, of: Facts) -> tuple[Ask, Facts]:
    scopes = of.token.scopes - {ask.item}
    return ask, with_facts(of, token=replace(of.token, scopes=scopes))


def finer(ask: Ask, of: Facts) -> tuple[Ask, Facts]:
    """`year`; member data has one granularity, so there the item has to change."""
    return (with_facts(ask, granularity="year"), of)


ROWS: dict[str, tuple[Reason, Spoil]] = {
    "1 expired": (Reason.TOKEN, spoiled_token(expires_at=NOW)),
    "1 revoked": (Reason.TOKEN, spoiled_token(revoked=True)),
    "1 audience": (Reason.TOKEN, facts_with(audience="https://other.example")),
    "1 family gone": (Reason.TOKEN, facts_with(grant=None)),
    "1 family revoked": (Reason.TOKEN, spoiled("grant", revoked_at=START)),
    "1 family expired": (Reason.TOKEN, spoiled("grant", expires_at=NOW)),
    "1 other family": (Reason.TOKEN, spoiled("grant", id="other")),
    "1 other person's family": (Reason.TOKEN, spoiled("grant", account_id="other")),
    "1 company epoch": (Reason.TOKEN, spoiled("company", epoch=1)),
    "1 company gone": (Reason.TOKEN, facts_with(company=None)),
    "1 account epoch": (Reason.TOKEN, spoiled("account", epoch=1)),
    "1 account gone": (Reason.TOKEN, facts_with(account=None)),
    "2 suspended": (Reason.MEMBER, spoiled("company", state=CompanyState.SUSPENDED)),
    "2 client ended": (Reason.MEMBER, spoiled("client", ended_at=START)),
    "2 client gone": (Reason.MEMBER, facts_with(client=None)),
    "2 unsigned": (Reason.MEMBER, spoiled("contract", signed_on=None)),
    "2 not yet in force": (Reason.MEMBER, spoiled("contract", valid_from=Instant(NOW + 1))),
    "2 no longer in force": (Reason.MEMBER, spoiled("contract", valid_until=NOW)),
    "2 contract gone": (Reason.MEMBER, facts_with(contract=None)),
    "2 contract of another service": (Reason.MEMBER, spoiled("contract", client_id="other")),
    "3 erased": (Reason.SUBJECT, spoiled("account", state=AccountState.ERASED)),
    "3 opening": (Reason.SUBJECT, spoiled("account", state=AccountState.OPENING)),
    "3 minor": (Reason.SUBJECT, spoiled("account", minor_until=2026)),
    "4 none": (Reason.CONSENT, facts_with(consent=None)),
    "4 withdrawn": (Reason.CONSENT, spoiled("consent", state=ConsentState.WITHDRAWN)),
    "4 expired": (Reason.CONSENT, spoiled("consent", valid_until=NOW)),
    "4 token of the one before": (Reason.CONSENT, spoiled("grant", consent_id="before")),
    "5 item": (Reason.NOT_IN_CONTRACT, without_item("contract")),
    "5 purpose": (Reason.NOT_IN_CONTRACT, spoiled("contract", purpose=replace(PURPOSE, id="ads"))),
    "6 scope": (Reason.NOT_GRANTED, without_scope),
    "7 item": (Reason.NOT_GRANTED, without_item("consent")),
    "7 purpose": (Reason.NOT_GRANTED, spoiled("consent", purpose_id="ads")),
    "8 finer": (Reason.FINER_THAN_GRANTED, finer),
    "9 source away": (Reason.SOURCE_UNAVAILABLE, facts_with(active_sources=frozenset())),
    "9 source not in contract": (Reason.SOURCE_UNAVAILABLE, spoiled("contract", sources=())),
    "9 source not agreed to": (Reason.SOURCE_UNAVAILABLE, spoiled("consent", sources=())),
    "10 frequency": (Reason.TOO_FREQUENT, facts_with(is_over_frequency=True)),
    "11 value": (Reason.NO_VALUE, facts_with(present=frozenset(), present_sources=frozenset())),
}


def ask_for(*names: str) -> Ask:
    """Only member data has a source, only the others have a finer granularity."""
    return MEMBER_ASK if any(name.startswith("9") for name in names) else ASK


def row(name: str) -> int:
    return int(name.split(maxsplit=1)[0])


@pytest.mark.parametrize("ask", [ASK, MEMBER_ASK], ids=["own", "members"])
def test_where_every_row_holds_the_item_is_granted(ask: Ask) -> None:
    ceiling = "5-year" if ask is ASK else "records"
    assert permit(ask, facts(), NOW) == Granted(ask.item, ask.granularity or "", ceiling)


@pytest.mark.parametrize("name", ROWS)
def test_every_row_denies_alone(name: str) -> None:
    reason, spoil = ROWS[name]
    ask, spoiled_facts = spoil(ask_for(name), facts())
    assert permit(ask, spoiled_facts, NOW) == Denied(reason)


def test_what_everything_says_yes_to_is_carried() -> None:
    assert carried(facts()) == {Item.OPENID, *(one.item for one in ITEMS)}


@pytest.mark.parametrize("name", ROWS)
def test_a_scope_is_carried_as_long_as_rows_5_to_7_hold(name: str) -> None:
    ask, of = ROWS[name][1](ask_for(name), facts())
    if of != facts() and row(name) > 4:
        assert (ask.item in carried(of)) == (row(name) > 7)


def both(first: str, second: str, *, turned: bool = False) -> tuple[Ask, Facts] | None:
    """Facts that fail in two rows; None where one takes away what the other changes."""
    ask, spoiled_facts = ask_for(first, second), facts()
    for name in (second, first) if turned else (first, second):
        try:
            ask, spoiled_facts = ROWS[name][1](ask, spoiled_facts)
        except (AttributeError, TypeError):
            return None
    return ask, spoiled_facts


# No item has a source and several granularities: rows 8 and 9 never fail together.
PAIRS = [
    (first, second, turned)
    for first, second in combinations(ROWS, 2)
    for turned in (False, True)
    if row(first) < row(second)
    and (row(first), row(second)) != (8, 9)
    and both(first, second, turned=turned) is not None
]


def test_every_pair_of_rows_is_among_the_pairs() -> None:
    rows = {row(name) for name in ROWS}
    met = {(row(first), row(second)) for first, second, _ in PAIRS}
    assert met == {pair for pair in combinations(sorted(rows), 2) if pair != (8, 9)}


@pytest.mark.parametrize(("first", "second", "turned"), PAIRS)
def test_of_two_rows_the_first_decides(first: str, second: str, turned: bool) -> None:
    spoiled_twice = both(first, second, turned=turned)
    assert spoiled_twice is not None
    assert permit(*spoiled_twice, NOW) == Denied(ROWS[first][0])


@given(st.lists(st.sampled_from(sorted(ROWS)), max_size=6))
def test_of_any_rows_that_fail_the_first_of_the_table_decides(names: list[str]) -> None:
    ask = ask_for(*names)
    of, failing = facts(), []
    for name in names:
        if ask is MEMBER_ASK and name.startswith("8"):
            continue
        try:
            ask, of = ROWS[name][1](ask, of)
        except (AttributeError, TypeError):
            continue  # an earlier one took away what this one changes
        failing.append(name)
    decided = permit(ask, of, NOW)
    if failing:
        assert decided == Denied(ROWS[min(failing, key=row)][0])
    else:
        assert isinstance(decided, Granted)


def test_without_a_granularity_the_coarser_of_contract_and_consent_counts() -> None:
    agreed = tuple(
        replace(one, granularity="decade") if one.item is Item.BIRTH_YEAR else one
        for one in consent().items
    )
    chosen = with_facts(facts(), consent=replace(consent(), items=agreed))
    ask = Ask(Item.BIRTH_YEAR, PURPOSE.id)
    assert permit(ask, chosen, NOW) == Granted(Item.BIRTH_YEAR, "decade", "decade")
    narrow = replace(contract((ContractItem(Item.BIRTH_YEAR, "adult"),)))
    assert permit(ask, with_facts(chosen, contract=narrow), NOW) == Granted(
        Item.BIRTH_YEAR, "adult", "adult"
    )


def test_a_granularity_that_the_item_does_not_have_is_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        permit(Ask(Item.BIRTH_YEAR, PURPOSE.id, "decades"), facts(), NOW)


def test_the_id_belongs_to_every_contract_and_consent() -> None:
    bare = with_facts(
        facts(),
        consent=replace(consent(), items=()),
        contract=replace(contract(()), sources=()),
        present=frozenset(),
    )
    assert permit(Ask(Item.OPENID, PURPOSE.id), bare, NOW) == Granted(Item.OPENID, "sub", "sub")


def own_facts(*scopes: str) -> Facts:
    own = replace(token(), grant_id="", account_id="", scopes=frozenset(scopes))
    return with_facts(facts(), token=own, grant=None)


def test_a_companys_own_token_reads_under_the_consent_with_its_scope_alone() -> None:
    assert permit(ASK, own_facts("attributes"), NOW) == Granted(Item.BIRTH_YEAR, "decade", "5-year")
    for scopes in ((), ("subjects",), (Item.BIRTH_YEAR,)):
        assert permit(ASK, own_facts(*scopes), NOW) == Denied(Reason.NOT_GRANTED)


def test_the_scope_of_own_tokens_opens_nothing_on_a_persons_token() -> None:
    only = with_facts(facts(), token=replace(token(), scopes=frozenset({"attributes"})))
    assert permit(ASK, only, NOW) == Denied(Reason.NOT_GRANTED)


def test_a_token_of_a_person_without_a_family_is_dead() -> None:
    odd = with_facts(facts(), token=replace(token(), grant_id=""), grant=None)
    assert standing(odd, NOW) is Reason.TOKEN


@pytest.mark.parametrize(
    ("until", "moment", "locked"),
    [
        (None, "2026-11-21T00:00:00Z", False),
        (2026, "2026-12-31T14:59:59Z", True),
        (2026, "2026-12-31T15:00:00Z", False),
    ],
)
def test_cn18_the_lock_of_minors_ends_with_the_year_in_japan(
    until: int | None, moment: str, locked: bool
) -> None:
    person: Account = replace(account(), minor_until=until)
    assert is_minor_locked(person, parse_instant(moment)) is locked
