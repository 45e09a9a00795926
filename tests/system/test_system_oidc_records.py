"""A company gives records back through the door of a served city."""

from pathlib import Path
from typing import Any

from support.composed import AUTHORIZED
from support.identity_city import (
    EMAIL,
    REDIRECT_URI,
    SCOPE,
    IdentityCity,
    authorize,
    identity_city,
    register,
    withdraw,
)
from support.partner_browser import open_browser

VERIFIER_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""Of RFC 7636, appendix B."""


async def consented(odori: IdentityCity, email: str = EMAIL) -> str:
    """The ID, at the company, of a citizen who agrees."""
    return (await logged_in(odori, email))[0]


async def logged_in(odori: IdentityCity, email: str = EMAIL) -> tuple[str, str]:
    """The ID of a citizen who agrees, and an access token of that login."""
    query = {
        "response_type": "code",
        "client_id": odori.service.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "code_challenge": VERIFIER_CHALLENGE,
        "code_challenge_method": "S256",
    }
    url = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in query.items())
    async with open_browser(stop_at=REDIRECT_URI) as browser:
        page = await authorize(browser, f"{odori.issuer}/oauth/authorize?{url}", email=email)
    assert "code" in page.url.query
    form = {
        "grant_type": "authorization_code",
        "code": page.url.query["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    async with odori.http.post(
        f"{odori.issuer}/oauth/token", data=form, headers=odori.service.basic
    ) as answer:
        token = (await answer.json())["access_token"]
    async with odori.http.get(
        f"{odori.issuer}/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        return str((await answer.json())["sub"]), token


async def give(odori: IdentityCity, sub: str, **changed: Any) -> tuple[int, Any]:
    token = await odori.own_token("records")
    record = {
        "sub": sub,
        "dataset": "visits",
        "observedAt": "2026-01-05T10:00:00+09:00",
        "values": {"profile.language": ["ja"], "profile.interests": ["culture.music"]},
        **changed,
    }
    async with odori.http.post(
        f"{odori.issuer}/v1/records", json=record, headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        return answer.status, await answer.json()


async def test_a_record_is_kept_while_the_citizen_agrees_and_refused_after_the_withdrawal(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori:
        sub = await consented(odori)
        assert await give(odori, sub) == (201, {"outcome": "stored"})
        assert await give(odori, sub) == (200, {"outcome": "unchanged"})
        async with open_browser() as browser:
            await withdraw(browser, odori.issuer, odori.service.client_id)
        later = {"observedAt": "2026-01-06T10:00:00+09:00"}
        gone = await give(odori, sub, **later)
        assert gone == await give(odori, "never-heard-of", **later)
        assert gone == (404, {"outcome": "refused", "reason": "no_consent"})


async def test_a_citizen_s_token_and_an_operator_s_give_nothing(tmp_path: Path) -> None:
    async with identity_city(tmp_path) as odori:
        _, token = await logged_in(odori)
        for headers in (AUTHORIZED, {"Authorization": f"Bearer {token}"}, {}):
            async with odori.http.post(
                f"{odori.issuer}/v1/records", json=[{}], headers=headers
            ) as answer:
                assert answer.status == 401


async def test_nobody_writes_statistics_of_citizens_through_ngsi(tmp_path: Path) -> None:
    entity = {
        "id": "urn:ngsi-ld:CitizenStatistics:members:gender:female",
        "type": "CitizenStatistics",
        "citizenCount": {"type": "Number", "value": 3},
    }
    async with (
        identity_city(tmp_path) as odori,
        odori.http.post(f"{odori.issuer}/v2/entities", json=entity, headers=AUTHORIZED) as answer,
    ):
        assert answer.status == 403


async def counted(odori: IdentityCity) -> dict[str, int | None]:
    """The statistics as anybody with a right to read the city reads them."""
    query = "type=CitizenStatistics&options=keyValues&limit=1000"
    async with odori.http.get(f"{odori.issuer}/v2/entities?{query}", headers=AUTHORIZED) as answer:
        assert answer.status == 200
        return {
            f"{one['statistic']}:{one['category']}": one["citizenCount"]
            for one in await answer.json()
        }


async def test_what_companies_tell_of_many_becomes_a_number_in_the_city_and_of_few_nothing(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path, records=False) as odori:
        assert odori.city is not None
        assert odori.city.identity is not None
        subs = [await consented(odori)]
        for number in range(10):
            async with open_browser() as browser:
                await register(browser, odori.issuer, f"citizen{number}@mail.example")
            subs.append(await consented(odori, f"citizen{number}@mail.example"))
        assert await counted(odori) == {}
        await odori.set_contract(records=True)
        few = {"profile.language": ["ja"], "profile.occupation": "student"}
        for place, sub in enumerate(subs):
            values = few if place < 9 else {"profile.language": ["ja", "ko"]}
            assert await give(odori, sub, values=values) == (201, {"outcome": "stored"})
        assert await odori.city.identity.statistics.publish_due()
        numbers = await counted(odori)
        assert numbers["language:ja"] == 10
        assert {cell: count for cell, count in numbers.items() if count is not None} == {
            "language:ja": 10
        }
        assert "occupation:student" in numbers
        assert "language:ko" in numbers
