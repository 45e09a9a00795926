import asyncio

import msgspec
import pytest
from support.companies import (
    BOTH_CLAUSES,
    COMPANY,
    MACHINE,
    PURPOSE,
    SERVICE,
    START,
    Office,
    contract,
    terms,
)

from kernel.errors import BadRequestError, ConflictError, NotFoundError, UnavailableError
from kernel.times import DAY_US, HOUR_US, Instant
from oauth.companies.clients import knows_secret
from oauth.companies.desk import Companies, Registered
from oauth.companies.redirects import InvalidRedirectUriError
from oauth.companies.standing import Lack, lacks
from oauth.companies.states import ActiveAlreadyError, SuspendedAlreadyError
from oauth.companies.wishes import Lines, TermsName
from oauth.model.companies import Client, ClientKind, CompanyState, Contract
from oauth.model.items import Item
from oauth.model.terms import Clause, TermsKind
from oauth.model.token import Secret


async def lacking(office: Office, client_id: str) -> tuple[Lack, ...]:
    kept = await office.companies.client(client_id)
    assert kept is not None
    company = await office.companies.company(kept.value.company_id)
    assert company is not None
    found = await office.companies.agreements.contract_of(kept.value)
    contract_ = None if found is None else found.value
    return lacks(kept.value, company.value, contract_, office.clock.now())


async def present(office: Office, client: Client) -> Contract:
    kept = await office.companies.agreements.contract_of(client)
    assert kept is not None
    return kept.value


# Companies ---------------------------------------------------------------------------------------


async def test_a_company_is_a_member_at_once_and_its_registration_is_on_record() -> None:
    office = Office()
    company = await office.company()
    assert company.id.startswith("co_")
    assert company.state is CompanyState.ACTIVE
    assert [(one.by, one.state) for one in company.changes] == [("officer", CompanyState.ACTIVE)]
    assert await office.companies.all() == [company]


async def test_check_51_and_mb3_a_suspension_counts_the_epoch_up_for_whoever_reads_next() -> None:
    office = Office()
    company = await office.company()
    await office.companies.suspend(company.id, by="officer", reason="data left open")
    kept = await office.companies.company(company.id)
    assert kept is not None
    assert (kept.value.state, kept.value.epoch) == (CompanyState.SUSPENDED, company.epoch + 1)
    assert kept.value.changes[-1].reason == "data left open"


async def test_mb4_ending_a_suspension_does_not_bring_the_epoch_back() -> None:
    office = Office()
    company = await office.company()
    await office.companies.suspend(company.id, by="officer", reason="a leak")
    again = await office.companies.activate(company.id, by="chief", reason="mended")
    assert (again.state, again.epoch) == (CompanyState.ACTIVE, company.epoch + 1)
    assert [one.by for one in again.changes] == ["officer", "officer", "chief"]


async def test_a_state_is_left_only_with_a_reason_and_only_once() -> None:
    office = Office()
    company = await office.company()
    with pytest.raises(BadRequestError):
        await office.companies.suspend(company.id, by="officer", reason="  ")
    with pytest.raises(ActiveAlreadyError):
        await office.companies.activate(company.id, by="officer", reason="why not")
    await office.companies.suspend(company.id, by="officer", reason="a leak")
    with pytest.raises(SuspendedAlreadyError):
        await office.companies.suspend(company.id, by="officer", reason="again")
    with pytest.raises(NotFoundError):
        await office.companies.suspend("co_none", by="officer", reason="a leak")


async def test_of_two_suspensions_at_once_one_counts() -> None:
    office = Office()
    company = await office.company()

    async def meanwhile() -> None:
        await office.companies.suspend(company.id, by="first", reason="a leak")

    office.vault.meanwhile = meanwhile
    with pytest.raises(SuspendedAlreadyError):
        await office.companies.suspend(company.id, by="second", reason="a leak")
    kept = await office.companies.company(company.id)
    assert kept is not None
    assert kept.value.epoch == 1
    assert [one.by for one in kept.value.changes] == ["officer", "first"]


async def test_a_suspension_ends_what_machines_hold_elsewhere_even_if_it_was_cut_off() -> None:
    office, silenced = Office(), []

    async def silence(client_id: str) -> None:
        silenced.append(client_id)
        if len(silenced) == 1:
            raise UnavailableError("The database is not available")

    companies = Companies(vault=office.vault, clock=office.clock, ids=office.ids, silence=silence)
    machine = (await office.service(MACHINE)).client
    await office.companies.register_client(machine.company_id, SERVICE)
    with pytest.raises(BadRequestError):
        await companies.suspend(machine.company_id, by="officer", reason="")
    assert silenced == []
    with pytest.raises(UnavailableError):
        await companies.suspend(machine.company_id, by="officer", reason="a leak")
    with pytest.raises(SuspendedAlreadyError):
        await companies.suspend(machine.company_id, by="officer", reason="a leak")
    assert silenced == [machine.id, machine.id]
    await companies.end_client(machine.id)
    assert len(silenced) == 3


# Clients -----------------------------------------------------------------------------------------


async def test_a_secret_is_shown_once_and_kept_as_its_hash() -> None:
    office = Office()
    made = await office.service()
    text = made.secret.reveal()
    assert text.startswith("odori_cs_")
    assert made.client.secret_digest == Secret(text).digest
    assert text not in repr(made)
    kept = await office.companies.client(made.client.id)
    assert kept is not None
    assert text.encode() not in msgspec.json.encode(kept.value)


@pytest.mark.parametrize(
    ("wish", "prefix"),
    [
        (SERVICE, "svc_"),
        (MACHINE, "mach_"),
        (
            msgspec.structs.replace(MACHINE, kind=ClientKind.RESOURCE_SERVER, scopes=frozenset()),
            "rs_",
        ),
    ],
)
async def test_ids_say_their_kind_and_are_no_pairwise_sub(wish: object, prefix: str) -> None:
    office = Office()
    made = await office.service(wish)  # type: ignore[arg-type]
    assert made.client.id.startswith(prefix)
    assert len(made.client.id) != 43


async def test_check_2_a_client_with_a_bad_address_is_not_registered() -> None:
    office = Office()
    company = await office.company()
    wish = msgspec.structs.replace(SERVICE, redirect_uris=("http://shop.example/cb",))
    with pytest.raises(InvalidRedirectUriError):
        await office.companies.register_client(company.id, wish)
    assert await office.companies.clients_of(company.id) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ()},
        {"contact": ""},
        {"grant_types": frozenset({"password"})},
        {"grant_types": frozenset({"implicit"})},
        {"scopes": frozenset({"ngsi:read"})},
        {"tenants": frozenset({"t"})},
        {"kind": ClientKind.MACHINE},
        {"kind": ClientKind.MACHINE, "redirect_uris": (), "scopes": frozenset()},
        {"kind": ClientKind.MACHINE, "redirect_uris": (), "scopes": frozenset({"operator"})},
        {"kind": ClientKind.MACHINE, "redirect_uris": (), "scopes": frozenset({"ingest"})},
        {"kind": ClientKind.RESOURCE_SERVER},
    ],
)
async def test_a_client_gets_nothing_that_its_kind_has_no_use_for(
    changes: dict[str, object],
) -> None:
    office = Office()
    company = await office.company()
    with pytest.raises(BadRequestError):
        await office.companies.register_client(
            company.id, msgspec.structs.replace(SERVICE, **changes)
        )


async def test_after_an_exchange_both_secrets_are_good_until_the_overlap_ends() -> None:
    office = Office()
    first = await office.service()
    second = await office.companies.rotate_secret(first.client.id, overlap_us=HOUR_US)
    now = office.clock.now()
    assert first.secret.digest != second.secret.digest
    assert knows_secret(second.client, second.secret.digest, now)
    assert knows_secret(second.client, first.secret.digest, now)
    later = office.clock.advance(3_600)
    assert not knows_secret(second.client, first.secret.digest, later)
    assert knows_secret(second.client, second.secret.digest, later)


async def test_a_second_exchange_ends_the_first_secret_at_once() -> None:
    office = Office()
    first = await office.service()
    second = await office.companies.rotate_secret(first.client.id)
    third = await office.companies.rotate_secret(first.client.id)
    now = office.clock.now()
    digests = [one.secret.digest for one in (first, second, third)]
    assert [knows_secret(third.client, one, now) for one in digests] == [False, True, True]


async def test_the_secret_of_before_can_be_ended_early() -> None:
    office = Office()
    first = await office.service()
    await office.companies.rotate_secret(first.client.id)
    client = await office.companies.drop_previous_secret(first.client.id)
    assert not knows_secret(client, first.secret.digest, office.clock.now())


async def test_an_ended_client_has_no_secret_and_stays_on_record() -> None:
    office = Office()
    made = await office.working_service()
    await office.companies.rotate_secret(made.client.id)
    client = await office.companies.end_client(made.client.id)
    now = office.clock.now()
    assert client.ended_at == now
    assert not knows_secret(client, made.secret.digest, now)
    assert not knows_secret(client, "", now)
    assert Lack.ENDED in await lacking(office, client.id)
    with pytest.raises(ConflictError):
        await office.companies.rotate_secret(client.id)
    office.clock.advance(60)
    assert await office.companies.end_client(client.id) == client


async def test_cn8_two_clients_share_no_id_whoever_registers_them() -> None:
    office = Office()
    first, second = await office.service(), await office.service()
    assert first.client.id != second.client.id
    assert first.client.company_id != second.client.company_id
    assert first.client.contract_id != second.client.contract_id


# Contracts ---------------------------------------------------------------------------------------


async def test_a_contract_always_holds_the_id_and_orders_items_as_the_page_does() -> None:
    office = Office()
    made = await office.service()
    wish = contract((Item.EMAIL, "verified"), (Item.NAME, "initials"), required=[Item.EMAIL])
    signed = await office.companies.agreements.set_contract(made.client.id, wish)
    shown = [(one.item, one.granularity, one.required) for one in signed.items]
    assert shown == [
        (Item.OPENID, "sub", True),
        (Item.NAME, "initials", False),
        (Item.EMAIL, "verified", True),
    ]
    assert signed.is_in_force(office.clock.now())


async def test_dates_are_days_in_japan() -> None:
    office = Office()
    made = await office.service()
    signed = await office.companies.agreements.set_contract(made.client.id, contract())
    midnight = Instant(START - 9 * HOUR_US)
    assert signed.valid_from == midnight
    assert not signed.is_in_force(Instant(midnight - 1))
    assert not signed.is_in_force(Instant(midnight + 365 * DAY_US))


@pytest.mark.parametrize(
    "wish",
    [
        contract((Item.BIRTH_YEAR, "decade"), (Item.BIRTH_YEAR, "year")),
        contract((Item.BIRTH_YEAR, "month")),
        contract(validity_months=13),
        contract(valid_until="2026-04-01"),
        contract(valid_until="next year"),
        contract((Item.EMAIL, "address"), sources=("co_x",)),
    ],
)
async def test_an_illegal_contract_is_never_made(wish: object) -> None:
    office = Office()
    made = await office.service()
    with pytest.raises((BadRequestError, NotFoundError)):
        await office.companies.agreements.set_contract(made.client.id, wish)  # type: ignore[arg-type]
    assert await office.companies.agreements.contract_of(made.client) is None


async def test_sources_are_companies() -> None:
    office = Office()
    made = await office.service()
    other = await office.company()
    wish = contract((Item.MEMBER_DATA, "records"), sources=(other.id, other.id))
    assert (await office.companies.agreements.set_contract(made.client.id, wish)).sources == (
        other.id,
    )
    wish = contract((Item.MEMBER_DATA, "records"), sources=("co_none",))
    with pytest.raises(NotFoundError):
        await office.companies.agreements.set_contract(made.client.id, wish)


async def test_only_living_services_have_contracts() -> None:
    office = Office()
    machine = await office.service(MACHINE)
    with pytest.raises(ConflictError):
        await office.companies.agreements.set_contract(machine.client.id, contract())
    with pytest.raises(NotFoundError):
        await office.companies.agreements.sign_contract(machine.client.id, "5" * 64, "2026-04-01")
    made = await office.service()
    await office.companies.end_client(made.client.id)
    with pytest.raises(ConflictError):
        await office.companies.agreements.set_contract(made.client.id, contract())


async def test_a_contract_permits_nothing_before_it_is_signed_and_then_stays_signed() -> None:
    office = Office()
    made = await office.service()
    await office.companies.agreements.set_contract(made.client.id, contract(signed_on=None))
    assert not (await present(office, made.client)).is_in_force(office.clock.now())
    with pytest.raises(ConflictError):
        await office.companies.agreements.sign_contract(made.client.id, "6" * 64, "2026-04-01")
    await office.companies.agreements.sign_contract(made.client.id, "5" * 64, "2026-04-01")
    assert (await present(office, made.client)).is_in_force(office.clock.now())
    with pytest.raises(ConflictError):
        await office.companies.agreements.sign_contract(made.client.id, "5" * 64, "2026-04-02")


async def test_cn9_the_next_version_takes_the_place_of_the_one_before() -> None:
    office = Office()
    made = await office.service()
    both = contract((Item.BIRTH_YEAR, "year"), (Item.EMAIL, "address"))
    await office.companies.agreements.set_contract(made.client.id, both)
    await office.companies.agreements.set_contract(
        made.client.id, contract((Item.EMAIL, "verified"))
    )
    now = await present(office, made.client)
    assert (now.version, now.item(Item.BIRTH_YEAR)) == (2, None)
    versions = await office.companies.agreements.contract_versions(made.client)
    assert [one.version for one in versions] == [1, 2]
    assert versions[0].item(Item.BIRTH_YEAR) is not None


@pytest.mark.parametrize(
    "said",
    [
        {"text": Lines(ja="広告のため", en="For advertising")},
        {"benefit": Lines(ja="別の利点", en="Another benefit")},
        {"retention": "P10Y"},
        {"category": "dpv:Marketing"},
    ],
)
async def test_a_purpose_never_comes_to_say_something_else(said: dict[str, object]) -> None:
    """Consents name it by its id: what was agreed to under it would not be what was read."""
    office = Office()
    agreements = office.companies.agreements
    made = await office.service()
    await agreements.set_contract(made.client.id, contract())
    other = contract(purpose=msgspec.structs.replace(PURPOSE, **said))
    with pytest.raises(ConflictError):
        await agreements.set_contract(made.client.id, other)
    renamed = contract(purpose=msgspec.structs.replace(PURPOSE, id="advertising", **said))
    assert (await agreements.set_contract(made.client.id, renamed)).version == 2
    with pytest.raises(ConflictError):  # nor by a way round
        await agreements.set_contract(made.client.id, other)
    assert (await agreements.set_contract(made.client.id, contract())).version == 3


async def test_a_contract_is_found_as_it_was() -> None:
    office = Office()
    agreements = office.companies.agreements
    made = await office.service()
    assert await agreements.contract_at(made.client, 1) is None
    await agreements.set_contract(made.client.id, contract((Item.BIRTH_YEAR, "year")))
    await agreements.set_contract(made.client.id, contract((Item.EMAIL, "verified")))
    for version, item in ((1, Item.BIRTH_YEAR), (2, Item.EMAIL)):
        found = await agreements.contract_at(made.client, version)
        assert found is not None
        assert (found.version, found.item(item) is not None) == (version, True)
    assert await agreements.contract_at(made.client, 3) is None


async def test_check_30_what_may_be_asked_for_is_what_the_present_version_says() -> None:
    office = Office()
    made = await office.service()
    await office.companies.agreements.set_contract(
        made.client.id, contract((Item.BIRTH_YEAR, "decade"))
    )
    asked = await present(office, made.client)
    assert {one.item for one in asked.items} == {Item.OPENID, Item.BIRTH_YEAR}


async def test_a_signature_that_arrives_meanwhile_is_in_the_past_version() -> None:
    office = Office()
    made = await office.service()
    await office.companies.agreements.set_contract(made.client.id, contract(signed_on=None))

    async def sign() -> None:
        await office.companies.agreements.sign_contract(made.client.id, "5" * 64, "2026-04-01")

    async def later() -> None:
        # After the past was kept, and before the next version took its place.
        office.vault.meanwhile = sign

    office.vault.meanwhile = later
    await office.companies.agreements.set_contract(
        made.client.id, contract((Item.EMAIL, "verified"))
    )
    versions = await office.companies.agreements.contract_versions(made.client)
    assert [one.signed_on is not None for one in versions] == [True, True]


async def test_versions_made_at_once_follow_one_another() -> None:
    office = Office()
    made = await office.service()
    await asyncio.gather(
        *(office.companies.agreements.set_contract(made.client.id, contract()) for _ in range(5))
    )
    versions = await office.companies.agreements.contract_versions(made.client)
    assert [one.version for one in versions] == [1, 2, 3, 4, 5]


# Terms -------------------------------------------------------------------------------------------


async def test_mb11_a_service_is_not_usable_before_its_terms_have_both_clauses() -> None:
    office = Office()
    made = await office.service()
    await office.companies.agreements.set_contract(made.client.id, contract())
    one = frozenset({Clause.DATA_TO_ASSOCIATION.value})
    company_id = made.client.company_id
    await office.companies.agreements.put_terms(terms(company_id, "1", clauses=one))
    name = TermsName(id=f"company:{company_id}:service", version="1")
    with pytest.raises(ConflictError, match="without-identifiers"):
        await office.companies.agreements.bind_terms(made.client.id, name)
    assert await lacking(office, made.client.id) == (Lack.TERMS,)
    await office.companies.agreements.put_terms(terms(company_id, "2", "2026-03-02"))
    name = TermsName(id=name.id, version="2")
    client = await office.companies.agreements.bind_terms(made.client.id, name)
    assert client.terms is not None
    assert await lacking(office, made.client.id) == ()


async def test_terms_and_their_clients_are_put_together_or_not_at_all() -> None:
    office = Office()
    made = await office.service()
    company_id = made.client.company_id
    wish = terms(company_id, clauses=frozenset(), clients=(made.client.id,))
    with pytest.raises(ConflictError):
        await office.companies.agreements.put_terms(wish)
    assert await office.companies.agreements.all_terms() == []
    other = await office.company()
    with pytest.raises(ConflictError):
        await office.companies.agreements.put_terms(terms(other.id, clients=(made.client.id,)))


async def test_a_version_never_changes_and_takes_effect_after_those_before() -> None:
    office = Office()
    company = await office.company()
    first = await office.companies.agreements.put_terms(terms(company.id, "1"))
    for wish in (terms(company.id, "1", "2026-05-01"), terms(company.id, "0")):
        with pytest.raises(ConflictError):
            await office.companies.agreements.put_terms(wish)
    assert await office.companies.agreements.terms(first.id, "1") == first


async def test_the_version_in_effect_is_the_latest_that_has_begun() -> None:
    office = Office()
    company = await office.company()
    first = await office.companies.agreements.put_terms(terms(company.id, "1", "2026-03-01"))
    second = await office.companies.agreements.put_terms(terms(company.id, "2", "2026-04-02"))
    assert await office.companies.agreements.terms(first.id) == first
    office.clock.advance(86_400)
    assert await office.companies.agreements.terms(first.id) == second
    assert await office.companies.agreements.terms("company:co_none:service") is None
    assert await office.companies.agreements.terms(first.id, "9") is None


async def test_terms_of_tomorrow_bind_nobody_today() -> None:
    office = Office()
    made = await office.service()
    with pytest.raises(ConflictError, match="not in effect"):
        await office.companies.agreements.put_terms(
            terms(made.client.company_id, "1", "2026-04-02", clients=(made.client.id,))
        )


@pytest.mark.parametrize(
    ("owner", "kind", "clauses"),
    [
        ("association", TermsKind.SERVICE, BOTH_CLAUSES),
        ("co_x", TermsKind.ID, frozenset()),
        ("association", TermsKind.ID, BOTH_CLAUSES),
        ("association", TermsKind.OAUTH, frozenset({"anything"})),
    ],
)
async def test_kind_owner_and_clauses_have_to_fit(
    owner: str, kind: TermsKind, clauses: frozenset[str]
) -> None:
    with pytest.raises(BadRequestError):
        await Office().companies.agreements.put_terms(terms(owner, kind=kind, clauses=clauses))


async def test_the_owner_of_service_terms_is_a_company() -> None:
    with pytest.raises(NotFoundError):
        await Office().companies.agreements.put_terms(terms("co_none"))


# Standing ----------------------------------------------------------------------------------------


async def test_what_is_missing_is_told_in_the_order_of_mending() -> None:
    office = Office()
    made = await office.service()
    assert await lacking(office, made.client.id) == (Lack.TERMS, Lack.CONTRACT)
    wish = contract(signed_on=None, valid_from="2026-06-01")
    await office.companies.agreements.set_contract(made.client.id, wish)
    assert await lacking(office, made.client.id) == (Lack.TERMS, Lack.SIGNATURE, Lack.PERIOD)
    await office.companies.suspend(made.client.company_id, by="officer", reason="a leak")
    assert (await lacking(office, made.client.id))[0] is Lack.COMPANY


async def test_machines_need_neither_terms_nor_contract() -> None:
    office = Office()
    made: Registered = await office.service(MACHINE)
    assert await lacking(office, made.client.id) == ()
    assert made.client.grant_types == {"client_credentials"}


async def test_every_company_is_listed_beyond_one_page() -> None:
    office = Office()
    made = [await office.company(COMPANY) for _ in range(250)]
    assert {one.id for one in await office.companies.all()} == {one.id for one in made}
