"""A company gives a record: kept only while company, contract, terms and consent say so."""

import pytest
from msgspec.structs import replace
from support.partner_vault import (
    NOW,
    TERMS_OF_SERVICE,
    PartnerVault,
    client,
    company,
    contract,
    offered,
)

from kernel.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from kernel.times import DAY_US, MINUTE_US, Instant
from oauth.model.companies import CompanyState
from oauth.model.items import Item
from oauth.model.kinds import (
    ACCOUNTS,
    CLIENTS,
    COMPANIES,
    CONTRACTS,
    DOSSIERS,
    MEMBER_RECORDS,
    TERMS,
)
from oauth.model.people import AccountState
from oauth.records.forms import Fault, Offered, Refused
from oauth.records.service import Accepted

JAPANESE = {Item.LANGUAGE: ["ja"]}


@pytest.fixture
async def vault() -> PartnerVault:
    made = PartnerVault()
    await made.open_shop()
    await made.join("ann")
    return made


async def kept(vault: PartnerVault) -> int:
    return len(await vault.shelves.shelf(MEMBER_RECORDS).all())


async def give(vault: PartnerVault, name: str = "ann") -> object:
    return (await vault.records.give(vault.token(), [offered(name, JAPANESE)]))[0]


async def test_a_record_about_somebody_who_agreed_is_kept_with_its_source_and_time(
    vault: PartnerVault,
) -> None:
    assert await give(vault) is Accepted.STORED
    (told,) = await vault.person_records.of_person("ann")
    assert (told.company_id, told.dataset, told.observed_at) == ("shop", "visits", NOW)
    assert told.values == JAPANESE


async def test_the_same_record_again_changes_nothing_and_another_one_in_its_place_is_refused(
    vault: PartnerVault,
) -> None:
    await give(vault)
    assert await give(vault) is Accepted.UNCHANGED
    other = offered("ann", {Item.LANGUAGE: ["en"]})
    assert await vault.records.give(vault.token(), [other]) == [Refused(Fault.CONFLICT)]
    assert await kept(vault) == 1


async def test_an_unknown_id_and_somebody_who_did_not_agree_are_answered_alike(
    vault: PartnerVault,
) -> None:
    await vault.join("bob")
    await vault.withdraw("bob")
    assert await give(vault, "bob") == await give(vault, "nobody") == Refused(Fault.NO_CONSENT)
    malformed = Offered("not-one-of-ours", "visits", NOW, JAPANESE)
    assert await vault.records.give(vault.token(), [malformed]) == [Refused(Fault.NO_CONSENT)]
    assert await kept(vault) == 0


async def test_cn4_after_a_withdrawal_the_next_record_is_refused(vault: PartnerVault) -> None:
    await give(vault)
    await vault.withdraw("ann")
    later = offered("ann", JAPANESE, Instant(NOW + MINUTE_US))
    assert await vault.records.give(vault.token(), [later]) == [Refused(Fault.NO_CONSENT)]


async def test_a_withdrawal_between_deciding_and_writing_leaves_nothing_behind(
    vault: PartnerVault,
) -> None:
    async def withdraw() -> None:
        await vault.withdraw("ann")

    vault.shelves.meanwhile = withdraw
    assert await give(vault) == Refused(Fault.NO_CONSENT)
    assert await kept(vault) == 0


async def test_a_record_of_the_future_is_refused(vault: PartnerVault) -> None:
    ahead = offered("ann", JAPANESE, Instant(NOW + 6 * MINUTE_US))
    assert await vault.records.give(vault.token(), [ahead]) == [Refused(Fault.TIME)]


async def test_what_could_not_be_read_is_passed_through_in_its_place(vault: PartnerVault) -> None:
    broken = Refused(Fault.VALUE, item=Item.GENDER)
    outcomes = await vault.records.give(vault.token(), [broken, offered("ann", JAPANESE)])
    assert list(outcomes) == [broken, Accepted.STORED]


async def test_mb3_a_suspended_company_gives_nothing(vault: PartnerVault) -> None:
    await vault.put(COMPANIES, company(state=CompanyState.SUSPENDED, epoch=1))
    with pytest.raises(UnauthenticatedError):
        await give(vault)
    await vault.put(COMPANIES, company(epoch=1))  # lifted: MB4, old tokens stay dead
    with pytest.raises(UnauthenticatedError):
        await give(vault)


async def test_a_contract_without_records_or_out_of_force_lets_nothing_in(
    vault: PartnerVault,
) -> None:
    await vault.put(CONTRACTS, contract(vault.service, records=False))
    with pytest.raises(ForbiddenError):
        await give(vault)
    await vault.put(CONTRACTS, contract(vault.service, valid_until=NOW))
    with pytest.raises(UnauthenticatedError):
        await give(vault)
    await vault.put(CONTRACTS, contract(vault.service, signed_on=None))
    with pytest.raises(UnauthenticatedError):
        await give(vault)


async def test_mb11_terms_without_the_mandatory_clauses_let_nothing_in(
    vault: PartnerVault,
) -> None:
    await vault.put(TERMS, replace(TERMS_OF_SERVICE, mandatory=("data-to-association",)))
    with pytest.raises(ForbiddenError):
        await give(vault)
    await vault.put(CLIENTS, client(terms=None))
    with pytest.raises(ForbiddenError):
        await give(vault)


async def test_a_token_without_the_scope_of_a_person_expired_or_foreign_lets_nothing_in(
    vault: PartnerVault,
) -> None:
    record = [offered("ann", JAPANESE)]
    with pytest.raises(ForbiddenError):
        await vault.records.give(vault.token(scopes=frozenset({"subjects"})), record)
    for dead in (
        vault.token(expires_at=NOW),
        vault.token(audience="https://elsewhere.example"),
        vault.token(revoked=True),
        vault.token(account_id="ann"),
        vault.token(client_id="nobody"),
    ):
        with pytest.raises(UnauthenticatedError):
            await vault.records.give(dead, record)
    assert await kept(vault) == 0


async def test_nothing_is_kept_about_the_erased_and_the_minor(vault: PartnerVault) -> None:
    account = await vault.shelves.shelf(ACCOUNTS).get("ann")
    assert account is not None
    await vault.put(ACCOUNTS, replace(account.value, minor_until=2026))
    assert await give(vault) == Refused(Fault.NO_CONSENT)
    await vault.put(ACCOUNTS, replace(account.value, state=AccountState.ERASED))
    assert await give(vault) == Refused(Fault.NO_CONSENT)
    await vault.put(ACCOUNTS, account.value)
    await vault.sealer.destroy("ann")
    assert await give(vault) == Refused(Fault.NO_CONSENT)


async def test_an_expired_consent_lets_nothing_in(vault: PartnerVault) -> None:
    vault.clock.advance(31 * DAY_US / 1_000_000)
    late = vault.token(expires_at=Instant(NOW + 40 * DAY_US))
    outcomes = await vault.records.give(late, [offered("ann", JAPANESE)])
    assert list(outcomes) == [Refused(Fault.NO_CONSENT)]


async def test_a_vault_that_is_away_promises_nothing(vault: PartnerVault) -> None:
    vault.shelves.away = True
    with pytest.raises(UnavailableError):
        await give(vault)


async def test_the_person_takes_one_record_or_all_away_and_nobody_elses(
    vault: PartnerVault,
) -> None:
    await vault.join("bob")
    await vault.tell("ann", JAPANESE)
    await vault.tell("ann", JAPANESE, Instant(NOW - DAY_US))
    await vault.tell("bob", JAPANESE)
    newest, _ = await vault.person_records.of_person("ann")
    assert not await vault.person_records.remove("bob", newest.id + "0")
    assert await vault.person_records.remove("ann", newest.id)
    assert not await vault.person_records.remove("ann", newest.id)
    assert await vault.person_records.remove_all("ann") == 1
    assert await vault.person_records.of_person("ann") == []
    assert len(await vault.person_records.of_person("bob")) == 1


async def test_what_is_shown_of_a_record_does_not_show_the_account(vault: PartnerVault) -> None:
    await vault.tell("ann", JAPANESE)
    (told,) = await vault.person_records.of_person("ann")
    assert "ann" not in told.id


async def test_records_are_provided_of_the_named_sources_alone(vault: PartnerVault) -> None:
    await vault.tell("ann", JAPANESE)
    assert await vault.person_records.sources("ann") == {"shop"}
    assert await vault.person_records.records_for("ann", {"elsewhere"}) == []
    (shared,) = await vault.person_records.records_for("ann", {"shop", "elsewhere"})
    assert shared == {
        "source": "shop",
        "dataset": "visits",
        "observed_at": "2026-11-01T10:20:00Z",
        "values": {"profile.language": ["ja"]},
    }


async def test_cn16_what_was_told_of_the_erased_cannot_be_read(vault: PartnerVault) -> None:
    await vault.tell("ann", JAPANESE)
    await vault.sealer.destroy("ann")
    assert await vault.person_records.of_person("ann") == []


async def test_a_record_is_sealed_and_does_not_print(vault: PartnerVault) -> None:
    await vault.tell("ann", {Item.OCCUPATION: "homemaker"})
    (record,) = await vault.shelves.shelf(MEMBER_RECORDS).all()
    assert b"homemaker" not in record.value.sealed.text
    (told,) = await vault.person_records.of_person("ann")
    assert "homemaker" not in repr(told)
    assert "homemaker" not in repr(offered("ann", {Item.OCCUPATION: "homemaker"}))


async def test_the_dossier_is_untouched_by_giving(vault: PartnerVault) -> None:
    before = await vault.shelves.shelf(DOSSIERS).all()
    await give(vault)
    assert await vault.shelves.shelf(DOSSIERS).all() == before
