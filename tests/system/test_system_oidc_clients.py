"""Clients that others wrote: Authlib gets and renews tokens, PyJWT verifies the ID token."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from support.identity_city import (
    REDIRECT_URI,
    SCOPE,
    IdentityCity,
    authorize,
    identity_city,
    register,
    withdraw,
)
from support.partner_browser import open_browser

VERIFIER = "a-verifier-of-the-tests-that-is-at-least-43-characters-long"
NONCE = "nonce-of-the-tests"


def authlib_client(odori: IdentityCity, **more: Any) -> AsyncOAuth2Client:
    """As a company configures it."""
    return AsyncOAuth2Client(
        odori.service.client_id,
        odori.service.secret,
        scope=SCOPE,
        redirect_uri=REDIRECT_URI,
        token_endpoint_auth_method="client_secret_basic",
        code_challenge_method="S256",
        token_endpoint=f"{odori.issuer}/oauth/token",
        **more,
    )


async def logged_in(odori: IdentityCity, client: AsyncOAuth2Client, **how: Any) -> dict[str, Any]:
    """Tokens of a citizen who goes through login and consent."""
    url, state = client.create_authorization_url(
        f"{odori.issuer}/oauth/authorize", code_verifier=VERIFIER, nonce=NONCE
    )
    async with open_browser(stop_at=REDIRECT_URI) as browser:
        page = await authorize(browser, url, **how)
    assert page.url.query["state"] == state
    assert page.url.query["iss"] == odori.issuer
    token: dict[str, Any] = await client.fetch_token(
        authorization_response=str(page.url), code_verifier=VERIFIER
    )
    return token


async def verified(odori: IdentityCity, id_token: str) -> dict[str, Any]:
    """What PyJWT reads, with the key that the issuer publishes under the token's `kid`."""
    metadata = await _json(odori, "/.well-known/openid-configuration")
    keys = jwt.PyJWKSet.from_dict(await _json(odori, metadata["jwks_uri"]))
    header = jwt.get_unverified_header(id_token)
    claims: dict[str, Any] = jwt.decode(
        id_token,
        keys[header["kid"]],
        algorithms=["ES256"],
        audience=odori.service.client_id,
        issuer=metadata["issuer"],
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )
    return claims


async def _json(odori: IdentityCity, path: str) -> Any:
    url = path if path.startswith("http") else odori.issuer + path
    async with odori.http.get(url) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_authlib_logs_in_with_pkce_reads_refreshes_and_revokes(tmp_path: Path) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        token = await logged_in(odori, client)
        assert token["token_type"] == "Bearer"
        claims = (await client.get(f"{odori.issuer}/oauth/userinfo")).json()
        assert claims["birth_band"] == "1980s"
        assert claims["email_verified"] is False
        fresh = await client.refresh_token(refresh_token=token["refresh_token"])
        assert fresh["refresh_token"] != token["refresh_token"]
        read = await client.get(f"{odori.issuer}/v1/attributes")
        assert {one["item"] for one in read.json()["items"]} == {"profile.birth_year", "email"}
        revoked = await client.revoke_token(
            f"{odori.issuer}/oauth/revoke", token=fresh["refresh_token"]
        )
        assert revoked.status_code == 200
        client.token = dict(fresh)
        dead = await client.get(f"{odori.issuer}/v1/attributes")
        assert (dead.status_code, dead.json()["error"]) == (401, "invalid_token")
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(refresh_token=fresh["refresh_token"])


async def test_pyjwt_verifies_the_id_token_which_says_who_and_nothing_about_them(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        token = await logged_in(odori, client)
        claims = await verified(odori, token["id_token"])
        assert claims["nonce"] == NONCE
        assert claims["exp"] - claims["iat"] <= 300
        userinfo = (await client.get(f"{odori.issuer}/oauth/userinfo")).json()
        assert userinfo["sub"] == claims["sub"]
        assert not {"email", "birthdate", "birth_band", "email_verified"} & claims.keys()
        head, body, signature = token["id_token"].split(".")
        forged = ".".join(
            (head, body[:-4] + ("AAAA" if body[-4:] != "AAAA" else "BBBB"), signature)
        )
        with pytest.raises(jwt.InvalidTokenError):
            await verified(odori, forged)


async def test_check_38_authlib_that_repeats_a_refresh_token_ends_the_family(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        first = await logged_in(odori, client)
        second = await client.refresh_token(refresh_token=first["refresh_token"])
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(refresh_token=first["refresh_token"])
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(refresh_token=second["refresh_token"])


async def test_check_23_of_many_redemptions_of_one_code_one_gets_tokens_and_they_are_dead(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori:
        async with authlib_client(odori) as client, open_browser(stop_at=REDIRECT_URI) as browser:
            url, _ = client.create_authorization_url(
                f"{odori.issuer}/oauth/authorize", code_verifier=VERIFIER
            )
            code = (await authorize(browser, url)).url.query["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        auth = (odori.service.client_id, odori.service.secret)
        async with httpx.AsyncClient(auth=auth) as http:
            posts = [http.post(f"{odori.issuer}/oauth/token", data=form) for _ in range(20)]
            answers = await asyncio.gather(*posts)
            good = [one for one in answers if one.status_code == 200]
            assert len(good) == 1
            assert {one.json()["error"] for one in answers if one not in good} == {"invalid_grant"}
            for one in good:
                form = {
                    "grant_type": "refresh_token",
                    "refresh_token": one.json()["refresh_token"],
                }
                renewed = await http.post(f"{odori.issuer}/oauth/token", data=form)
                assert renewed.json()["error"] == "invalid_grant"


async def test_check_15_a_refusal_comes_back_as_access_denied_without_a_code(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        url, state = client.create_authorization_url(
            f"{odori.issuer}/oauth/authorize", code_verifier=VERIFIER
        )
        async with open_browser(stop_at=REDIRECT_URI) as browser:
            page = await authorize(browser, url, agree=False)
        query = dict(page.url.query)
        assert (query["error"], query["state"], query["iss"]) == (
            "access_denied",
            state,
            odori.issuer,
        )
        assert "code" not in query


async def test_cn1_what_was_switched_off_is_nowhere_in_what_a_client_reads(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        await logged_in(odori, client, without=("email",))
        read = await client.get(f"{odori.issuer}/v1/attributes")
        assert [one["item"] for one in read.json()["items"]] == ["profile.birth_year"]
        userinfo = await client.get(f"{odori.issuer}/oauth/userinfo")
        assert "email" not in read.text + userinfo.text


async def test_cn4_after_a_withdrawal_authlib_reads_and_renews_nothing(tmp_path: Path) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        token = await logged_in(odori, client)
        assert (await client.get(f"{odori.issuer}/v1/attributes")).status_code == 200
        async with open_browser() as browser:
            await withdraw(browser, odori.issuer, odori.service.client_id)
        refused = await client.get(f"{odori.issuer}/v1/attributes")
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(refresh_token=token["refresh_token"])


async def test_check_51_a_suspended_company_is_shut_out_at_once(tmp_path: Path) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        token = await logged_in(odori, client)
        path = f"/v1/companies/{odori.service.company_id}/suspension"
        await odori.operate("PUT", path, {"reason": "a test"})
        assert (await client.get(f"{odori.issuer}/v1/attributes")).status_code == 401
        with pytest.raises(OAuthError, match="invalid_client"):
            await client.refresh_token(refresh_token=token["refresh_token"])


async def test_check_43_two_citizens_and_two_logins_of_one_are_told_apart_by_sub(
    tmp_path: Path,
) -> None:
    async with identity_city(tmp_path) as odori, authlib_client(odori) as client:
        async with open_browser() as browser:
            await register(browser, odori.issuer, "taro@mail.example")
        subs = []
        for email in ("hanako@mail.example", "hanako@mail.example", "taro@mail.example"):
            token = await logged_in(odori, client, email=email)
            subs.append((await verified(odori, token["id_token"]))["sub"])
        assert subs[0] == subs[1] != subs[2]
        assert "hanako" not in json.dumps(subs)
