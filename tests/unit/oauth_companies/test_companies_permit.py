"""What the desk does, as the permit function sees it with the next call, by check number."""

import msgspec
from support.companies import COMPANY, SERVICE, Office, contract

from kernel.times import DAY_US, HOUR_US, Instant
from oauth.companies.desk import Registered
from oauth.consent import Ask, Denied, Facts, Granted, Reason, permit
from oauth.model.companies import Client
from oauth.model.consents import Consent, ConsentedItem, Shown
from oauth.model.grants import AccessToken, Grant
from oauth.model.items import Item
from oauth.model.people import Account
from oauth.model.texts import Language

PURPOSE = "town-walk"
SCOPES = frozenset(Item)


class Reader:
    """A service that reads with a token which somebody's consent gave it."""

    def __init__(self, office: Office, made: Registered) -> None:
        self.office = office
        self.client = made.client
        self.consent: Consent
        self.grant: Grant
        self.token: AccessToken

    async def agree(self) -> None:
        """The person consents to all that the contract says; the service gets a token."""
        office, client = self.office, self.client
        now = office.clock.now()
        kept = await office.companies.agreements.contract_of(client)
        company = await office.companies.company(client.company_id)
        assert kept is not None
        assert company is not None
        agreed = tuple(ConsentedItem(one.item, one.granularity) for one in kept.value.items)
        self.consent = Consent(
            id=f"consent-{now}",
            purpose_id=PURPOSE,
            contract_id=kept.value.id,
            contract_version=kept.value.version,
            items=agreed,
            given_at=now,
            valid_until=Instant(now + 300 * DAY_US),
            shown=Shown(Language.JA, (), "", ""),
        )
        self.grant = Grant(
            id="grant",
            client_id=client.id,
            company_id=client.company_id,
            account_id="account",
            consent_id=self.consent.id,
            consent_version=1,
            scopes=SCOPES,
            company_epoch=company.value.epoch,
            account_epoch=0,
            authenticated_at=now,
            created_at=now,
            expires_at=self.consent.valid_until,
        )
        self.token = AccessToken(
            digest="digest",
            client_id=client.id,
            company_id=client.company_id,
            scopes=SCOPES,
            company_epoch=company.value.epoch,
            issued_at=now,
            expires_at=Instant(now + HOUR_US),
            audience="issuer",
            grant_id="grant",
            account_id="account",
        )

    async def read(self, item: Item, granularity: str | None = None) -> Granted | Reason:
        """Ask for an item with the facts of this moment."""
        office = self.office
        company = await office.companies.company(self.client.company_id)
        client = await office.companies.client(self.client.id)
        kept = await office.companies.agreements.contract_of(self.client)
        assert company is not None
        assert client is not None
        facts = Facts(
            token=self.token,
            audience="issuer",
            grant=self.grant,
            company=company.value,
            client=client.value,
            contract=None if kept is None else kept.value,
            account=Account("account", Instant(0), "", Language.JA, ()),
            consent=self.consent,
            present=frozenset(Item),
        )
        decided = permit(Ask(item, PURPOSE, granularity), facts, office.clock.now())
        return decided.reason if isinstance(decided, Denied) else decided


async def reader() -> Reader:
    office = Office()
    one = Reader(office, await office.working_service())
    await one.agree()
    assert isinstance(await one.read(Item.BIRTH_YEAR), Granted)
    return one


async def test_check_51_and_mb3_a_suspended_company_reads_nothing_with_its_next_call() -> None:
    one = await reader()
    await one.office.companies.suspend(one.client.company_id, by="officer", reason="a leak")
    assert await one.read(Item.BIRTH_YEAR) is Reason.TOKEN


async def test_mb4_after_the_suspension_the_old_token_stays_dead_and_a_new_one_reads() -> None:
    one = await reader()
    await one.office.companies.suspend(one.client.company_id, by="officer", reason="a leak")
    await one.office.companies.activate(one.client.company_id, by="officer", reason="mended")
    assert await one.read(Item.BIRTH_YEAR) is Reason.TOKEN
    await one.agree()
    assert isinstance(await one.read(Item.BIRTH_YEAR), Granted)


async def test_cn9_what_the_contract_drops_is_refused_though_it_was_consented_to() -> None:
    one = await reader()
    await one.office.companies.agreements.set_contract(
        one.client.id, contract((Item.EMAIL, "verified"))
    )
    assert await one.read(Item.BIRTH_YEAR) is Reason.NOT_IN_CONTRACT


async def test_cn9_another_purpose_is_refused_though_it_was_consented_to() -> None:
    one = await reader()
    wish = contract()
    other = msgspec.structs.replace(wish.purpose, id="advertising")
    changed = msgspec.structs.replace(wish, purpose=other)
    await one.office.companies.agreements.set_contract(one.client.id, changed)
    assert await one.read(Item.BIRTH_YEAR) is Reason.NOT_IN_CONTRACT


async def test_cn9_a_coarser_contract_makes_what_was_granted_coarser() -> None:
    one = await reader()
    await one.office.companies.agreements.set_contract(
        one.client.id, contract((Item.BIRTH_YEAR, "adult"))
    )
    assert await one.read(Item.BIRTH_YEAR, "decade") is Reason.FINER_THAN_GRANTED
    granted = await one.read(Item.BIRTH_YEAR)
    assert isinstance(granted, Granted)
    assert granted.granularity == "adult"


async def test_mb14_a_wider_or_finer_contract_gives_no_token_anything() -> None:
    one = await reader()
    wider = contract((Item.BIRTH_YEAR, "year"), (Item.EMAIL, "address"))
    await one.office.companies.agreements.set_contract(one.client.id, wider)
    assert await one.read(Item.EMAIL) is Reason.NOT_GRANTED
    assert await one.read(Item.BIRTH_YEAR, "year") is Reason.FINER_THAN_GRANTED
    granted = await one.read(Item.BIRTH_YEAR)
    assert isinstance(granted, Granted)
    assert granted.granularity == "decade"
    await one.agree()
    assert isinstance(await one.read(Item.EMAIL), Granted)


async def test_an_unsigned_version_permits_nothing_until_it_is_signed() -> None:
    one = await reader()
    await one.office.companies.agreements.set_contract(one.client.id, contract(signed_on=None))
    assert await one.read(Item.BIRTH_YEAR) is Reason.MEMBER
    await one.office.companies.agreements.sign_contract(one.client.id, "5" * 64, "2026-04-01")
    assert isinstance(await one.read(Item.BIRTH_YEAR), Granted)


async def test_an_ended_client_reads_nothing() -> None:
    one = await reader()
    await one.office.companies.end_client(one.client.id)
    assert await one.read(Item.BIRTH_YEAR) is Reason.MEMBER


async def test_cn8_a_new_client_of_the_same_company_is_covered_by_no_consent() -> None:
    one = await reader()
    made = await one.office.companies.register_client(one.client.company_id, SERVICE)
    await one.office.companies.agreements.set_contract(made.client.id, contract())
    one.client = _swapped(one, made)
    assert await one.read(Item.BIRTH_YEAR) is Reason.MEMBER


async def test_cn8_a_new_company_is_covered_by_no_consent() -> None:
    one = await reader()
    company = await one.office.companies.register_company(COMPANY, by="officer")
    made = await one.office.companies.register_client(company.id, SERVICE)
    await one.office.companies.agreements.set_contract(made.client.id, contract())
    one.client = _swapped(one, made)
    assert await one.read(Item.BIRTH_YEAR) is Reason.TOKEN


def _swapped(one: Reader, made: Registered) -> Client:
    """The other client, using the token of the first."""
    assert one.token.client_id != made.client.id
    return made.client
