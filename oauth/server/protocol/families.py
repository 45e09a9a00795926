"""Token families: what redeeming a code and showing a refresh token do to a grant.

Pure transitions. The shell puts their result in the place of what it read, by compare-and-swap,
and decides again where somebody else was faster: of many that redeem one code one wins, and the
others then see a code that was used (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
"""

import hmac
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from kernel.times import SECOND_US, Instant
from oauth.model.grants import Grant
from oauth.sealing.secrets import digest_of
from oauth.server.protocol import pkce
from oauth.server.protocol.token_request import Redeem

REFRESH_PREFIX: Final = "odori_rt_"
_ID_LENGTH: Final = 26
_ANSWERING_US: Final = 5 * SECOND_US
"""Longer than any answer takes; after a crash in the middle of one the end comes by itself."""


class Alarm(StrEnum):
    """Why a family was ended: somebody holds what is not theirs."""

    CODE_REPLAYED = "code-replayed"
    CODE_UNPROVEN = "code-unproven"
    REFRESH_REPLAYED = "refresh-replayed"


class Refused(msgspec.Struct, frozen=True):
    """Nothing happens to the family."""


class Ended(msgspec.Struct, frozen=True):
    """The family ends: `grant` is what has to be stored."""

    grant: Grant
    alarm: Alarm


class Going(msgspec.Struct, frozen=True):
    """The family goes on: `grant` is what has to be stored before any token is shown."""

    grant: Grant


Verdict: TypeAlias = Refused | Ended | Going


class NextRefresh(msgspec.Struct, frozen=True):
    """The digest of the refresh token that is issued next, and when it dies unused."""

    digest: str
    idle_until: Instant


def redeem(
    grant: Grant,
    ask: Redeem,
    *,
    client_id: str,
    next_refresh: NextRefresh | None,
    lives_until: Instant,
    now: Instant,
) -> Verdict:
    """Use the code of a family that was found by its digest.

    `next_refresh` is None for a client that gets none; `lives_until` is the family's end once it
    has tokens. A wrong verifier or redirect URI burns the code. Where the code is shown again while
    its one redemption is being answered, the family ends with that answer (`answered`), so that of
    many at once one is answered, with tokens that are dead.
    """
    code = grant.code
    if code is None or not _same(code.digest, digest_of(ask.code)) or grant.client_id != client_id:
        return Refused()
    if code.used:
        if grant.revoked_at is not None:
            return Refused()
        return _ended(grant, Alarm.CODE_REPLAYED, max(now, code.answering_until))
    if grant.revoked_at is not None or now >= code.expires_at:
        return Refused()
    until = Instant(now + _ANSWERING_US)
    used = replace(grant, code=replace(code, used=True, answering_until=until))
    if ask.redirect_uri != code.redirect_uri or not pkce.proves(ask.verifier, code.challenge):
        return _ended(used, Alarm.CODE_UNPROVEN, now)
    return Going(_with_refresh(replace(used, expires_at=lives_until), next_refresh))


def answered(grant: Grant, now: Instant) -> Grant:
    """The redemption of its code is answered: an end that waited for it waits no longer."""
    code = grant.code
    if code is None or now >= code.answering_until:
        return grant
    ending = grant.revoked_at if grant.revoked_at is None else min(grant.revoked_at, now)
    return replace(grant, code=replace(code, answering_until=now), revoked_at=ending)


def rotate(
    grant: Grant, token: str, *, client_id: str, next_refresh: NextRefresh, now: Instant
) -> Verdict:
    """Put the next refresh token in the place of this one.

    A token of the family that is not the present one was used before: the family ends.
    """
    if grant.client_id != client_id or grant.revoked_at is not None or not grant.refresh_digest:
        return Refused()
    if not _same(grant.refresh_digest, digest_of(token)):
        return _ended(grant, Alarm.REFRESH_REPLAYED, now)
    if now >= grant.idle_until or now >= grant.expires_at:
        return Refused()
    return Going(_with_refresh(grant, next_refresh))


def revoked(grant: Grant, now: Instant) -> Grant:
    """The family's end; the first one counts."""
    if grant.revoked_at is not None and grant.revoked_at <= now:
        return grant
    return replace(grant, revoked_at=now)


def refresh_token(grant_id: str, secret: str) -> str:
    """The text of a refresh token: `odori_rt_`, the family's id, 256 bits of chance.

    The id in it tells a token that was used before from one that never was, at any time and
    without keeping the digests of all of them (RFC 9700 §4.14.2). It is no secret.
    """
    return f"{REFRESH_PREFIX}{grant_id}_{secret}"


def family_of(token: str) -> str:
    """The id of the family that a refresh token names; empty where it has no such form."""
    bare = token.removeprefix(REFRESH_PREFIX)
    is_ours = bare != token and bare[_ID_LENGTH : _ID_LENGTH + 1] == "_"
    return bare[:_ID_LENGTH] if is_ours and bare[:_ID_LENGTH].isalnum() else ""


def _ended(grant: Grant, alarm: Alarm, now: Instant) -> Ended:
    return Ended(revoked(grant, now), alarm)


def _with_refresh(grant: Grant, following: NextRefresh | None) -> Grant:
    if following is None:
        return grant
    return replace(grant, refresh_digest=following.digest, idle_until=following.idle_until)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
