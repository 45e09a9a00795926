"""Every order in which the secrets of a family can be shown, against what may come of it."""

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec.structs import replace

from kernel.times import SECOND_US, Instant
from oauth.model.grants import Code, Grant
from oauth.sealing.secrets import digest_of
from oauth.server.protocol import families
from oauth.server.protocol.families import Alarm, Ended, Going, NextRefresh, Refused, Verdict
from oauth.server.protocol.pkce import challenge_of
from oauth.server.protocol.token_request import Redeem

NOW = Instant(1_800_000_000 * SECOND_US)
VERIFIER = "v" * 43
FAMILY = "0" * 26
ASK = Redeem("code", "https://app.example/cb", VERIFIER)
END = Instant(NOW + 10**12)


def grant() -> Grant:
    return Grant(
        FAMILY,
        "app",
        "shop",
        "person",
        "consent",
        1,
        frozenset({"openid"}),
        0,
        0,
        authenticated_at=NOW,
        created_at=NOW,
        expires_at=Instant(NOW + 60 * SECOND_US),
        code=Code(
            digest_of("code"), ASK.redirect_uri, challenge_of(VERIFIER), Instant(NOW + 60_000_000)
        ),
    )


def redeem(
    of: Grant, ask: Redeem = ASK, client: str = "app", now: Instant = NOW, following: str = "t1"
) -> Verdict:
    return families.redeem(
        of,
        ask,
        client_id=client,
        next_refresh=NextRefresh(digest_of(following), END) if following else None,
        lives_until=END,
        now=now,
    )


def rotate(of: Grant, token: str, following: str = "t2", now: Instant = NOW) -> Verdict:
    kept = NextRefresh(digest_of(following), END)
    return families.rotate(of, token, client_id="app", next_refresh=kept, now=now)


def going(verdict: Verdict) -> Grant:
    assert isinstance(verdict, Going)
    return verdict.grant


def ended(verdict: Verdict) -> tuple[Grant, Alarm]:
    assert isinstance(verdict, Ended)
    return verdict.grant, verdict.alarm


def test_a_code_is_good_once_and_gives_the_family_its_life() -> None:
    used = going(redeem(grant()))
    assert used.code is not None
    assert (used.code.used, used.refresh_digest, used.expires_at) == (True, digest_of("t1"), END)
    assert ended(redeem(used))[1] is Alarm.CODE_REPLAYED


@pytest.mark.parametrize(
    "verdict",
    [
        redeem(grant(), client="other"),
        redeem(grant(), now=Instant(NOW + 60_000_000)),
        redeem(replace(grant(), code=None)),
        redeem(replace(grant(), revoked_at=NOW)),
        redeem(grant(), Redeem("another", ASK.redirect_uri, VERIFIER)),
        rotate(grant(), "t1"),
    ],
)
def test_what_is_not_good_changes_nothing(verdict: Verdict) -> None:
    assert verdict == Refused()


@pytest.mark.parametrize(
    "ask",
    [
        Redeem("code", "https://app.example/other", VERIFIER),
        Redeem("code", ASK.redirect_uri, "w" * 43),
        Redeem("code", ASK.redirect_uri, ""),
    ],
)
def test_a_code_without_its_proof_is_burnt(ask: Redeem) -> None:
    after, alarm = ended(redeem(grant(), ask))
    assert alarm is Alarm.CODE_UNPROVEN
    assert after.code is not None
    assert after.code.used
    assert after.revoked_at == NOW
    assert redeem(after) == Refused()


def test_without_a_refresh_token_there_is_none_to_rotate() -> None:
    used = going(redeem(grant(), following=""))
    assert rotate(used, "") == Refused()


def test_a_refresh_token_dies_at_its_idle_limit_and_at_the_end_of_the_family() -> None:
    used = going(redeem(grant()))
    assert rotate(replace(used, idle_until=NOW), "t1") == Refused()
    assert rotate(replace(used, expires_at=NOW), "t1") == Refused()


@given(st.lists(st.integers(0, 5), max_size=12))
def test_of_tokens_that_were_rotated_none_is_good_again(shown: list[int]) -> None:
    """Token `n` is the n-th that was issued; showing any but the last ends the family for good."""
    family, last, dead = going(redeem(grant(), following="0")), 0, False
    for number in shown:
        verdict = rotate(family, str(number), str(last + 1))
        if dead:
            assert verdict == Refused()
        elif number == last:
            family, last = going(verdict), last + 1
        else:
            family, alarm = ended(verdict)
            assert alarm is Alarm.REFRESH_REPLAYED
            dead = True
        assert (family.revoked_at is not None) is dead


def test_the_first_end_of_a_family_counts() -> None:
    once = families.revoked(grant(), NOW)
    assert families.revoked(once, Instant(NOW + 1)) == once


@given(st.text(max_size=80))
def test_only_a_refresh_token_names_a_family(text: str) -> None:
    assert families.family_of(text) == ""
    assert families.family_of(families.refresh_token(FAMILY, text)) == FAMILY
