import asyncio
import unicodedata
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import CHEAP

from kernel.errors import TooManyRequestsError
from kernel.ids import SeededIds
from oauth.accounts import policy
from oauth.accounts.passwords import Cost, Passwords
from oauth.accounts.refusals import Rule, WeakPasswordError


def broken(text: object, local_part: str = "") -> Rule | None:
    try:
        policy.check(text, local_part=local_part)
    except WeakPasswordError as error:
        return error.rule
    return None


@pytest.mark.parametrize(
    "text",
    [
        "usagi to kame 73",
        "horse staple correct battery",
        "うさぎとかめ どちらがはやい",
        "札幌の雪は十二月に積もる。",
        "kvnp;qzr.wxt",
        "🦊🐻🐰🦉🐢🐸🦆🐝🦋🐌🐙🦀",
        "x" * 3 + "abcdefgh!9" * 12,
        "9f2c 77ab 01de",
        "password manager made this",
    ],
)
def test_any_long_text_that_is_no_first_guess_is_a_password(text: str) -> None:
    assert broken(text) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("short", Rule.LENGTH),
        ("elevenchars", Rule.LENGTH),
        ("kvnp;qzr.wxt" * 11, Rule.LENGTH),
        ("x" * 1_000_000, Rule.LENGTH),
        (None, Rule.LENGTH),
        (123_456_789_012, Rule.LENGTH),
        ("usagi to kame\0", Rule.LENGTH),
        ("usagi to kame\ud800", Rule.LENGTH),
        ("aaaaaaaaaaaa", Rule.REPEATED),
        ("abcabcabcabc", Rule.REPEATED),
        ("usagi!usagi!", Rule.REPEATED),
        ("aabbccddaabb", Rule.REPEATED),
        ("abcdefghijkl", Rule.SEQUENCE),
        ("210987654321", Rule.SEQUENCE),
        ("qwertyuiopas", Rule.SEQUENCE),
        ("QWERTYUIOPAS", Rule.SEQUENCE),
        ("1qaz2wsx3edc", Rule.SEQUENCE),
        ("あいうえおかきくけこさし", Rule.SEQUENCE),
        ("password1234", Rule.COMMON),
        ("P@ssw0rd2026!", Rule.COMMON),
        ("correct horse battery staple", Rule.COMMON),
        ("2026-11 pa55word", Rule.COMMON),
        ("Sapporo-Odori-1", Rule.COMMON),
        ("パスワードパスワード12", Rule.COMMON),
        ("iloveyou sapporo", Rule.COMMON),
        ("090-1234-5678", Rule.COMMON),
        ("2026/11/02 09:0".replace(":", ""), Rule.COMMON),
    ],
)
def test_first_guesses_are_refused_with_their_reason(text: object, rule: Rule) -> None:
    assert broken(text) is rule


def test_what_full_width_letters_stand_for_is_what_counts() -> None:
    assert broken("ｐａｓｓｗｏｒｄ１２３４") is Rule.COMMON
    assert broken("㍻㍻㍻㍻㍻㍻") is Rule.REPEATED  # twelve characters after NFKC


def test_a_password_does_not_contain_the_name_of_the_address() -> None:
    assert broken("I am yamada.hanako!", "Yamada.Hanako") is Rule.PERSONAL
    assert broken("usagi to kame 73", "ko") is None  # two letters are no name


@given(st.text(max_size=200))
def test_any_text_is_a_password_of_its_bounds_or_refused(text: str) -> None:
    rule = broken(text)
    if rule is None:
        assert policy.SHORTEST <= len(unicodedata.normalize("NFKC", text)) <= policy.LONGEST


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(ids=SeededIds(1), cost=CHEAP)


async def test_a_hash_matches_its_password_alone_and_salts_differ(passwords: Passwords) -> None:
    with passwords:
        phc = await passwords.hash("usagi to kame 73")
        assert phc.startswith("$argon2id$")
        assert await passwords.matches(phc, "usagi to kame 73")
        assert not await passwords.matches(phc, "usagi to kame 74")
        assert phc != await passwords.hash("usagi to kame 73")


@pytest.mark.parametrize("phc", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$AAAA"])
async def test_nothing_matches_what_is_no_hash(passwords: Passwords, phc: str) -> None:
    with passwords:
        for text in ("", "the password of nobody", None, "x" * 1_000):
            assert not await passwords.matches(phc, text)


async def test_an_over_long_text_is_not_the_empty_password(passwords: Passwords) -> None:
    with passwords:
        phc = await passwords.hash("")
        assert not await passwords.matches(phc, "x" * 10_000)
        assert not await passwords.matches(phc, None)


def test_the_default_cost_is_what_rfc_9106_recommends_for_64_mib() -> None:
    with Passwords(ids=SeededIds(1)) as passwords:
        assert not passwords.is_outdated(
            "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43
        )
        assert passwords.is_outdated("$argon2id$v=19$m=65536,t=2,p=4$" + "A" * 22 + "$" + "A" * 43)


async def test_who_comes_when_too_many_wait_is_refused_and_places_come_back() -> None:
    may_go = Event()

    class Slow(SeededIds):
        waits = False

        def random_bytes(self, count: int) -> bytes:
            if self.waits:
                may_go.wait(timeout=30)
            return super().random_bytes(count)

    ids = Slow(1)
    with Passwords(ids=ids, cost=CHEAP, workers=1, waiting=3) as passwords:
        ids.waits = True
        inside = [asyncio.ensure_future(passwords.hash("x")) for _ in range(3)]  # noqa: TID251
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequestsError):
            await passwords.hash("x")
        inside[2].cancel()  # somebody who hung up while still waiting frees the place
        await asyncio.wait({inside[2]})
        inside.append(asyncio.ensure_future(passwords.hash("x")))  # noqa: TID251
        await asyncio.sleep(0)
        may_go.set()
        done = await asyncio.gather(inside[0], inside[1], inside[3])
        assert len(done) == 3
        assert await passwords.hash("x")


async def test_hashing_does_not_hold_up_the_event_loop() -> None:
    ticks = 0
    with Passwords(ids=SeededIds(1), cost=Cost(passes=3, memory_kib=32_768)) as passwords:
        hashing = asyncio.ensure_future(passwords.hash("x"))  # noqa: TID251
        while not hashing.done():
            ticks += 1
            await asyncio.sleep(0)
        assert await hashing
    assert ticks > 10
