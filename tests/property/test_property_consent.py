"""Check 52: whatever happens, in any order, no value leaves without a permit that is live then.

And each answer that carries values has its record, by count and by the hash of its body (CN12);
when the record cannot be written, nothing leaves (CN11).
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace
from support.consent_model import Agreed, Citizen, Deal, Issued, Member, Model, Shaky
from support.consent_world import PURPOSE, SHOWN, START, TOKEN_S, VALUES, World
from support.shelves import MemoryShelves

from kernel.errors import ConflictError, ForbiddenError, UnavailableError
from kernel.times import DAY_US, SECOND_US, Instant
from oauth.items.values import read
from oauth.model.companies import ContractItem
from oauth.model.items import CHOSEN_BY_PERSON, GRANULARITIES, SELF_ITEMS, Granularity, Item
from oauth.model.kinds import ACCOUNTS, CLIENTS, CONTRACTS, PROFILES
from oauth.model.people import TermsRef
from oauth.ports import Shelves
from oauth.release.decision import Asked, Question
from oauth.release.errors import (
    DeadTokenError,
    InsufficientScopeError,
    UnknownSubjectError,
)
from oauth.release.service import ReleasedAnswer
from storage.sqlite.vault import SqliteKeyStore, SqliteVault

ResultT = TypeVar("ResultT")

MEMBERS = ("app", "rival")
PEOPLE = ("hana", "taro")
ITEMS = (Item.NAME, Item.BIRTH_YEAR, Item.EMAIL, Item.RESIDENCE_AREA, Item.HOUSEHOLD)
FINEST = {item: GRANULARITIES[item][0] for item in ITEMS}
REQUIRED = frozenset({Item.BIRTH_YEAR})

members = st.sampled_from(MEMBERS)
people = st.sampled_from(PEOPLE)
granularities = {item: st.sampled_from(GRANULARITIES[item]) for item in ITEMS}
deals = st.fixed_dictionaries(
    {Item.BIRTH_YEAR: granularities[Item.BIRTH_YEAR]},
    optional={item: granularities[item] for item in ITEMS if item not in REQUIRED},
)
questions = st.none() | st.fixed_dictionaries(
    {}, optional={item: st.none() | granularities[item] for item in ITEMS}
)


class ConsentMachine(RuleBasedStateMachine):
    """Companies, people, an operator and a clock, each doing what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.bodies: list[bytes] = []
        self.model = Model()
        self.terms = 1
        self.run(self._begin())

    def run(self, doing: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(doing)

    def teardown(self) -> None:
        self.run(self._end())
        self.runner.close()

    async def shelves(self) -> tuple[Shelves, Shelves]:
        return MemoryShelves(), MemoryShelves()

    async def _end(self) -> None:
        """Nothing to close."""

    async def _begin(self) -> None:
        vault, keys = await self.shelves()
        self.shaky = Shaky(vault)
        self.world = World(self.shaky, keys)
        for name in MEMBERS:
            items = [ContractItem(one, FINEST[one], one in REQUIRED) for one in ITEMS]
            await self.world.member(name, f"company-{name}", items)
            self.model.members[name] = Member(Deal(dict(FINEST), REQUIRED, PURPOSE.id))
        for name in PEOPLE:
            await self.world.person(name)
            values = {item: read(item, VALUES[item]) for item in SELF_ITEMS}
            self.model.people[name] = Citizen(values)
            for member in MEMBERS:
                await self._log_in(name, member)

    @property
    def now(self) -> Instant:
        return self.world.clock.now()

    # The person ----------------------------------------------------------------------------------

    @rule(person=people, member=members)
    def log_in(self, person: str, member: str) -> None:
        """Agree to everything, and let the service have a token."""
        self.run(self._log_in(person, member))

    async def _log_in(self, person: str, member: str) -> None:
        await self._agree(person, member, set(ITEMS), {})
        await self._issue(person, member, {*ITEMS, Item.OPENID})

    @rule(person=people, member=members, data=st.data())
    def agree(self, person: str, member: str, data: st.DataObject) -> None:
        deal = self.model.members[member].deal
        optional = [item for item in deal.items if item not in deal.required]
        wanted = data.draw(st.sets(st.sampled_from(optional)) if optional else st.just(set()))
        chosen = {
            item.name: data.draw(st.sampled_from(_no_finer(item, deal.items[item])))
            for item in deal.items
            if item in CHOSEN_BY_PERSON
        }
        self.run(self._agree(person, member, wanted, chosen))

    async def _agree(
        self, person: str, member: str, wanted: set[Item], chosen: Mapping[str, Granularity]
    ) -> None:
        terms = (TermsRef("association:oauth", str(self.terms), "a" * 64),)
        try:
            consent = await self.world.agree(
                wanted,
                account_id=person,
                client_id=member,
                shown=replace(SHOWN, terms=terms),
                **chosen,
            )
        except (ForbiddenError, ConflictError):
            return
        deal = self.model.members[member].deal
        items = {
            item: chosen.get(item.name, granularity)
            for item, granularity in deal.items.items()
            if item in wanted or item in deal.required
        }
        self.model.agreed[person, member] = Agreed(
            consent.id, items, deal.purpose, consent.valid_until
        )
        assert consent.valid_until <= self.now + 366 * DAY_US

    @rule(person=people, member=members)
    def withdraw(self, person: str, member: str) -> None:
        self.run(self._withdraw(person, member))

    async def _withdraw(self, person: str, member: str) -> None:
        await self.world.consents.withdraw(person, member)
        if (person, member) in self.model.agreed:
            self.model.agreed[person, member].ended = True

    @rule(person=people, member=members, item=st.sampled_from(ITEMS))
    def narrow(self, person: str, member: str, item: Item) -> None:
        agreed = self.model.agreed.get((person, member))
        try:
            self.run(self.world.consents.withdraw_item(person, member, item))
        except ConflictError:
            assert item in REQUIRED
            return
        if agreed is not None and not agreed.ended and self.now < agreed.until:
            agreed.items.pop(item, None)

    @rule(person=people, item=st.sampled_from(ITEMS), what=st.sampled_from(["a", "b", "nothing"]))
    def enter(self, person: str, item: Item, what: str) -> None:
        citizen = self.model.people[person]
        if citizen.erased:
            return
        if what != "nothing":
            self.run(self._enter(person, item, VALUES[item] if what == "a" else _another(item)))
        elif citizen.values.pop(item, None) is not None:
            self.run(self._leave_out(person, item))

    async def _enter(self, person: str, item: Item, raw: Any) -> None:
        value = read(item, raw)
        sealed = await self.world.sealer.seal(person, item, orjson.dumps(value))
        profile = await self.world.value(PROFILES, person)
        await self.world.change(PROFILES, person, values={**profile.values, item: sealed})
        self.model.people[person].values[item] = value

    async def _leave_out(self, person: str, item: Item) -> None:
        profile = await self.world.value(PROFILES, person)
        left = {one: sealed for one, sealed in profile.values.items() if one is not item}
        await self.world.change(PROFILES, person, values=left)

    @rule(person=people, verified=st.booleans())
    def verify(self, person: str, verified: bool) -> None:
        self.run(self.world.change(ACCOUNTS, person, email_verified=verified))
        self.model.people[person].verified = verified

    @rule(
        person=people,
        member=members,
        what=st.sampled_from(
            ["sign out", "lock", "suspend", "suspend for a moment", "unsign", "erase"]
        ),
    )
    def upset(self, person: str, member: str, what: str) -> None:
        """What ends access at once, for the person or the company."""
        match what:
            case "sign out":
                self.run(self._sign_out_everywhere(person))
            case "lock":
                self.run(self._lock(person, 2026))
            case "suspend":
                self.run(self._suspend(member))
            case "suspend for a moment":
                self.run(self._suspend(member))
                self.run(self._reactivate(member))
            case "unsign":
                self.run(self._sign(member, signed=False))
            case _ if not self.model.people[person].erased and person == "taro":
                self.run(self._erase(person))

    @rule(person=people, member=members)
    def mend(self, person: str, member: str) -> None:
        """The lock ends, the company is a member again, its contract is signed."""
        self.run(self._lock(person, 2025))
        self.run(self._reactivate(member))
        self.run(self._sign(member, signed=True))

    async def _sign_out_everywhere(self, person: str) -> None:
        citizen = self.model.people[person]
        citizen.epoch += 1
        await self.world.change(ACCOUNTS, person, epoch=citizen.epoch)

    async def _lock(self, person: str, year: int) -> None:
        await self.world.change(ACCOUNTS, person, minor_until=year)
        self.model.people[person].minor_until = year

    async def _erase(self, person: str) -> None:
        await self.world.erase(person)
        citizen = self.model.people[person]
        citizen.erased, citizen.epoch = True, citizen.epoch + 1
        for (one, _), agreed in self.model.agreed.items():
            agreed.ended = agreed.ended or one == person

    # The association and the clock ---------------------------------------------------------------

    async def _suspend(self, member: str) -> None:
        await self.world.suspend(f"company-{member}")
        found = self.model.members[member]
        found.active, found.epoch = False, found.epoch + 1

    @rule(member=members, items=deals, purpose=st.sampled_from([PURPOSE.id] * 3 + ["adverts"]))
    def contract(self, member: str, items: dict[Item, Granularity], purpose: str) -> None:
        deal = self.model.members[member].deal
        deal.items, deal.purpose, deal.version = dict(items), purpose, deal.version + 1
        self.run(
            self.world.change(
                CONTRACTS,
                f"contract-{member}",
                items=tuple(ContractItem(one, items[one], one in REQUIRED) for one in items),
                purpose=replace(PURPOSE, id=purpose),
                version=deal.version,
            )
        )

    async def _reactivate(self, member: str) -> None:
        await self.world.reactivate(f"company-{member}")
        self.model.members[member].active = True

    async def _sign(self, member: str, *, signed: bool) -> None:
        signed_on = START if signed else None
        await self.world.change(CONTRACTS, f"contract-{member}", signed_on=signed_on)
        self.model.members[member].deal.runs = signed

    @rule()
    def new_terms(self) -> None:
        self.terms += 1

    @rule(seconds=st.sampled_from([1, 60, TOKEN_S - 1, TOKEN_S, 366 * 86_400]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    # The company ---------------------------------------------------------------------------------

    @rule(person=people, member=members, scopes=st.none() | st.sets(st.sampled_from(ITEMS)))
    def issue(self, person: str, member: str, scopes: set[Item] | None) -> None:
        """Login or refresh: a token under the last consent, whether that still lives or not."""
        self.run(self._issue(person, member, {*(scopes or ITEMS), Item.OPENID}))

    async def _issue(self, person: str, member: str, scopes: set[Item]) -> None:
        agreed = self.model.agreed.get((person, member))
        if agreed is None:
            return
        text = await self.world.token(scopes, account_id=person, client_id=member)
        self._remember(text, member, person, frozenset(scopes), agreed)

    @rule(member=members, scope=st.sampled_from(["attributes", "subjects"]))
    def issue_own(self, member: str, scope: str) -> None:
        text = self.run(self.world.own_token({scope}, member))
        self._remember(text, member, "", frozenset({scope}), None)

    def _remember(
        self, text: str, member: str, person: str, scopes: frozenset[str], agreed: Agreed | None
    ) -> None:
        until = Instant(self.now + TOKEN_S * SECOND_US)
        self.model.tokens.append(
            Issued(
                text,
                member,
                person,
                scopes,
                "" if agreed is None else agreed.id,
                self.model.members[member].epoch,
                self.model.people[person].epoch if person else 0,
                # A family ends with its consent.
                until if agreed is None else min(until, agreed.until),
            )
        )

    @precondition(lambda self: self.model.tokens)
    @rule(asked=questions, userinfo=st.booleans(), data=st.data())
    def ask(
        self,
        asked: dict[Item, Granularity | None] | None,
        userinfo: bool,
        data: st.DataObject,
    ) -> None:
        token = self._some_token(data)
        about = token.person or data.draw(people)
        answer, refused = self.run(self._ask(token, about, asked, userinfo=userinfo))
        self._compare(token, about, asked, answer, refused)

    @rule(person=people, member=members, asked=questions)
    def ask_at_once(
        self, person: str, member: str, asked: dict[Item, Granularity | None] | None
    ) -> None:
        """With a token that was just issued, so that more than time and chance is at work."""
        before = len(self.model.tokens)
        self.run(self._issue(person, member, {*ITEMS, Item.OPENID}))
        for token in self.model.tokens[before:]:
            answer, refused = self.run(self._ask(token, person, asked, userinfo=False))
            self._compare(token, person, asked, answer, refused)

    @precondition(lambda self: self.model.tokens)
    @rule(data=st.data(), end=st.sampled_from(["withdraw", "suspend", "erase"]))
    def ask_while_it_ends(self, data: st.DataObject, end: str) -> None:
        """What ends between the reading of the facts and the record ends this very answer."""
        token = self._some_token(data)
        about = token.person or data.draw(people)
        if end == "erase" and (about != "taro" or self.model.people[about].erased):
            return

        async def meanwhile() -> None:
            match end:
                case "withdraw":
                    await self._withdraw(about, token.member)
                case "suspend":
                    await self._suspend(token.member)
                case _:
                    await self._erase(about)

        self.shaky.meanwhile = meanwhile
        answer, _ = self.run(self._ask(token, about, None, userinfo=False))
        reached, self.shaky.meanwhile = self.shaky.meanwhile is None, None
        assert answer is None or not (reached or _items(answer))

    @precondition(lambda self: self.model.tokens)
    @rule(data=st.data(), asked=questions)
    def ask_while_records_fail(
        self, data: st.DataObject, asked: dict[Item, Granularity | None] | None
    ) -> None:
        """CN11."""
        token = self._some_token(data)
        about = token.person or data.draw(people)
        self.shaky.breaks = True
        try:
            answer, _ = self.run(self._ask(token, about, asked, userinfo=False))
        finally:
            self.shaky.breaks = False
        assert answer is None or not _items(answer)

    @rule(member=members)
    def list_subjects(self, member: str) -> None:
        token = self.run(self.world.own_token({"subjects"}, member))
        self._remember(token, member, "", frozenset({"subjects"}), None)
        issued = self.model.tokens[-1]
        if self.model.is_dead(issued, self.now):
            with pytest.raises(DeadTokenError):
                self.run(self.world.release.subjects(token, "", 1))
            return
        live = {one for one in PEOPLE if self.model.lets(one, issued, self.now)}
        assert self.run(self._listed(token, member)) == live

    async def _listed(self, token: str, member: str) -> set[str | None]:
        client = await self.world.value(CLIENTS, member)
        subs: list[str] = []
        after = ""
        while True:
            page = await self.world.release.subjects(token, after, 1)
            subs += page.subs
            after = page.next
            if not after:
                break
        assert len(set(subs)) == len(subs)
        return {await self.world.subjects.account(client, sub) for sub in subs}

    def _some_token(self, data: st.DataObject) -> Issued:
        """Mostly one of the last, which have a chance to live."""
        return data.draw(
            st.sampled_from(self.model.tokens[-3:]) | st.sampled_from(self.model.tokens)
        )

    async def _ask(
        self,
        token: Issued,
        about: str,
        asked: Mapping[Item, Granularity | None] | None,
        *,
        userinfo: bool,
    ) -> tuple[ReleasedAnswer | None, Exception | None]:
        named = None if asked is None else [Asked(item, asked[item]) for item in asked]
        question = None if named is None else Question.named(named)
        release = self.world.release
        client = await self.world.value(CLIENTS, token.member)
        sub = await self.world.subjects.sub(client, about)
        try:
            if not token.person:
                answer = await release.subject(token.text, sub, question, "r")
            elif userinfo and asked is None:
                answer = await release.userinfo(token.text, "r")
                self._keep(answer)
                return None, None  # its claims say the same; its record counts
            else:
                answer = await release.attributes(token.text, question, "r")
        except (
            DeadTokenError,
            InsufficientScopeError,
            UnknownSubjectError,
            UnavailableError,
        ) as refused:
            return None, refused
        self._keep(answer)
        return answer, None

    def _keep(self, answer: ReleasedAnswer) -> None:
        if answer.provision:
            self.bodies.append(answer.body)

    def _compare(
        self,
        token: Issued,
        about: str,
        asked: Mapping[Item, Granularity | None] | None,
        answer: ReleasedAnswer | None,
        refused: Exception | None,
    ) -> None:
        if answer is None and refused is None:
            assert not self.model.is_dead(token, self.now)
            assert self.model.lets(about, token, self.now)
            return
        expected = self._expected(token, about, asked)
        if isinstance(expected, type):
            assert isinstance(refused, expected)
        else:
            assert answer is not None
            assert _items(answer) == expected

    def _expected(
        self, token: Issued, about: str, asked: Mapping[Item, Granularity | None] | None
    ) -> dict[str, Any] | type[Exception]:
        if self.model.is_dead(token, self.now):
            return DeadTokenError
        if not token.person and "attributes" not in token.scopes:
            return InsufficientScopeError
        if not self.model.lets(about, token, self.now):
            return DeadTokenError if token.person else UnknownSubjectError
        wanted = dict.fromkeys(ITEMS) if asked is None else asked
        found = self.model.answer(about, token, wanted, self.now)
        return InsufficientScopeError if found is None else found

    @invariant()
    def every_answer_has_its_record(self) -> None:
        """CN12."""
        records = self.run(self.world.records())
        assert sorted(one.answer_sha256 for one in records) == sorted(
            hashlib.sha256(body).hexdigest() for body in self.bodies
        )


class SqliteConsentMachine(ConsentMachine):
    """The same on the embedded engine."""

    async def shelves(self) -> tuple[Shelves, Shelves]:
        self.opened = AsyncExitStack()
        place = Path(self.opened.enter_context(tempfile.TemporaryDirectory()))
        vault = await self.opened.enter_async_context(SqliteVault(place))
        return vault, await self.opened.enter_async_context(SqliteKeyStore(place))

    async def _end(self) -> None:
        await self.opened.aclose()


def _items(answer: ReleasedAnswer) -> dict[str, Any]:
    return {one["item"]: one["value"] for one in orjson.loads(answer.body)["items"]}


def _no_finer(item: Item, granularity: Granularity) -> tuple[Granularity, ...]:
    order = GRANULARITIES[item]
    return order[order.index(granularity) :]


def _another(item: Item) -> Any:
    """A second value, to tell a change from none."""
    match item:
        case Item.NAME:
            return {"family_name": "Bird", "given_name": "Isabella"}
        case Item.BIRTH_YEAR:
            return 2001
        case Item.EMAIL:
            return {"email": "other@mail.example"}
        case Item.RESIDENCE_AREA:
            return {"prefecture": "01"}
        case _:
            return {"size": 1, "children": 0}


TestCheck52 = ConsentMachine.TestCase
TestCheck52.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

TestCheck52OnSqlite = SqliteConsentMachine.TestCase
TestCheck52OnSqlite.settings = settings(
    TestCheck52.settings, max_examples=5, stateful_step_count=40
)
