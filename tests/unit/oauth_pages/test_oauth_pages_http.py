"""The citizen's pages over HTTP: doors, forms, headers, errors."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from msgspec.structs import replace
from support.accounts import OTHER_PASSWORD, PASSWORD
from support.citizen_app import CLIENT, CitizenApp, citizen_app, provide, told

from oauth.accounts.registration import Application
from oauth.consents.desk import Consents
from oauth.model.consents import ConsentedItem, Shown
from oauth.model.items import Item
from oauth.model.kinds import CLIENTS, CONTRACT_VERSIONS, CONTRACTS
from oauth.model.provisions import ProvidedItem
from oauth.model.texts import Bilingual, Language

HANAKO = "hanako@example.jp"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')  # noqa: TID251 — reads our own page
OWN = (
    "/account",
    "/account/profile",
    "/account/profile/profile.name",
    "/account/services",
    "/account/provisions",
    "/account/records",
    "/account/data",
    "/account/data.json",
    "/account/email",
    "/account/password",
    "/account/delete",
)
OPEN = ("/account/register", "/account/login", "/account/recover", "/terms/association:id")


@pytest.fixture
async def app() -> AsyncIterator[CitizenApp]:
    async with citizen_app() as served:
        yield served


@pytest.fixture
async def browser(app: CitizenApp) -> AsyncIterator[ClientSession]:
    """A browser that reads English and stays where it is sent from."""
    async with ClientSession(
        app.url, headers={"Accept-Language": "en"}, cookie_jar=CookieJar(unsafe=True)
    ) as session:
        yield session


async def signed_in(app: CitizenApp, browser: ClientSession) -> str:
    """The id of the account that the browser is signed in to."""
    await app.register(HANAKO)
    secret = await app.accounts.log_in(HANAKO, PASSWORD)
    browser.cookie_jar.update_cookies({"odori_session": secret})
    return await app.account_of(secret)


async def agreed(app: CitizenApp, account_id: str, *items: Item) -> None:
    """Consent to what is required, and to these."""
    client = await app.vault.shelf(CLIENTS).get(CLIENT)
    contract = await app.vault.shelf(CONTRACTS).get("contract")
    assert client is not None
    assert contract is not None
    wanted = [
        ConsentedItem(one.item, one.granularity, one.required)
        for one in contract.value.items
        if one.required or one.item in items
    ]
    shown = Shown(Language.JA, (), "0" * 64, "consent-1")
    consents: Consents = app.consents
    await consents.give(account_id, client.value, contract.value, wanted, shown)


async def send(browser: ClientSession, page: str, **fields: str) -> ClientResponse:
    """Fill in the form of a page and send it to the page's own address."""
    return await send_to(browser, page, page.partition("?")[0], **fields)


async def send_to(browser: ClientSession, page: str, path: str, **fields: str) -> ClientResponse:
    html = await (await browser.get(page)).text()
    found = CSRF.search(html)
    assert found is not None, f"{page} has no form"
    return await browser.post(path, data={"csrf": found[1], **fields}, allow_redirects=False)


async def test_whoever_is_not_signed_in_is_sent_to_the_login_and_back(
    app: CitizenApp, browser: ClientSession
) -> None:
    for path in OWN:
        answer = await browser.get(path, allow_redirects=False)
        assert answer.status == 303, path
        assert answer.headers["Location"].startswith("/account/login?next=%2Faccount"), path
    await app.register(HANAKO)
    login = "/account/login?next=%2Faccount%2Fservices"
    done = await send(browser, login, email=HANAKO, password=PASSWORD, next="/account/services")
    assert (done.status, done.headers["Location"]) == (303, "/account/services")
    assert (await browser.get("/account/services")).status == 200


async def test_a_post_without_a_session_leads_to_the_login_and_does_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    browser.cookie_jar.clear()
    for path in ("/account/delete", f"/account/services/{CLIENT}/withdraw"):
        answer = await browser.post(path, data={"current": PASSWORD}, allow_redirects=False)
        assert answer.headers["Location"] == "/account/login?next=%2Faccount"
    assert (await app.accounts.get(account)) is not None


async def test_a_login_never_leads_off_this_site(app: CitizenApp, browser: ClientSession) -> None:
    await app.register(HANAKO)
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/staff"):
        done = await send(browser, "/account/login", email=HANAKO, password=PASSWORD, next=target)
        assert done.headers["Location"] == "/account"


async def test_check_12_every_page_forbids_script_frames_caches_and_referrers(
    app: CitizenApp, browser: ClientSession
) -> None:
    await signed_in(app, browser)
    for path in (*OPEN, *OWN, "/account/nothing", "/terms/nothing", app.authorize()):
        answer = await browser.get(path)
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "<script" not in await answer.text()
        assert " style=" not in await answer.text()


async def test_form_action_names_the_service_on_pages_of_its_authorization_alone(
    app: CitizenApp, browser: ClientSession
) -> None:
    login = await browser.get(app.authorize())
    assert f"form-action 'self' {app.shop};" in login.headers["Content-Security-Policy"]
    refused = await send_to(
        browser,
        app.authorize(),
        "/account/login",
        email=HANAKO,
        password="wrong password 1",
        next=app.authorize(),
    )
    assert refused.status == 401
    assert f"form-action 'self' {app.shop};" in refused.headers["Content-Security-Policy"]
    forged = app.authorize(redirect_uri="https://evil.example/cb")
    answer = await browser.get("/account/login", params={"next": forged})
    assert "form-action 'self';" in answer.headers["Content-Security-Policy"]
    await signed_in(app, browser)
    consent = await browser.get(app.authorize())
    assert f"form-action 'self' {app.shop};" in consent.headers["Content-Security-Policy"]
    own = await browser.get("/account/services")
    assert "form-action 'self';" in own.headers["Content-Security-Policy"]


async def test_check_14_a_form_from_elsewhere_changes_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account)
    for path in (
        "/account/logout",
        "/account/sign-out-everywhere",
        "/account/verify/again",
        "/account/password",
        "/account/email",
        "/account/delete",
        "/account/profile/profile.gender",
        "/account/profile/profile.birth_year/remove",
        f"/account/services/{CLIENT}/withdraw",
        f"/account/services/{CLIENT}/items/email/withdraw",
        "/account/records/x/remove",
    ):
        for token in ("", "0" * 64):
            answer = await browser.post(path, data={"csrf": token, "current": PASSWORD})
            assert answer.status == 403, path
    dossier = await app.consents.dossier(account, CLIENT)
    assert dossier is not None
    assert dossier.value.current is not None
    assert dossier.value.current.is_live(app.clock.now())
    assert Item.BIRTH_YEAR in await app.personal.present(account)
    for path in ("/account/login", "/account/register", "/account/recover", "/account/verify"):
        assert (await browser.post(path, data={"csrf": "0" * 64})).status == 403, path


@pytest.mark.parametrize(
    ("path", "twice"),
    [
        ("/account/delete", "csrf"),
        ("/account/delete", "current"),
        (f"/account/services/{CLIENT}/withdraw", "csrf"),
        ("/account/profile/profile.gender", "gender"),
        ("/account/password", "password"),
    ],
)
async def test_check_18_a_field_that_stands_twice_is_refused_and_changes_nothing(
    app: CitizenApp, browser: ClientSession, path: str, twice: str
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account)
    before = await app.personal.read(account)
    html = await (await browser.get(path)).text()
    found = CSRF.search(html)
    assert found is not None
    said = [
        ("csrf", found[1]),
        ("current", PASSWORD),
        ("password", OTHER_PASSWORD),
        ("gender", "female"),
    ]
    for other in (value for name, value in said if name == twice), ("x",):
        more = [(twice, value) for value in other]
        answer = await browser.post(path, data=[*said, *more], allow_redirects=False)
        assert answer.status == 400
        assert "text/html" in answer.headers["Content-Type"]
    assert await app.accounts.get(account) is not None
    assert await app.personal.read(account) == before
    dossier = await app.consents.dossier(account, CLIENT)
    assert dossier is not None
    assert dossier.value.current is not None
    assert await app.accounts.log_in(HANAKO, PASSWORD)


async def test_check_18_a_visitors_form_that_says_something_twice_is_refused(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register(HANAKO)
    html = await (await browser.get("/account/login")).text()
    found = CSRF.search(html)
    assert found is not None
    said = [("csrf", found[1]), ("email", HANAKO), ("password", PASSWORD), ("next", "/account")]
    for twice in said:
        answer = await browser.post("/account/login", data=[*said, twice], allow_redirects=False)
        assert answer.status == 400
        assert "Set-Cookie" not in answer.headers
    answer = await browser.post("/account/login", data=said, allow_redirects=False)
    assert answer.status == 303


async def test_several_can_be_ticked_where_the_page_offers_several(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    path = "/account/profile/profile.language"
    found = CSRF.search(await (await browser.get(path)).text())
    assert found is not None
    said = [("csrf", found[1]), ("first_language", "ja")]
    others = [("other_languages", "en"), ("other_languages", "ko")]
    assert (await browser.post(path, data=[*said, *others])).status == 200
    assert (await app.personal.read(account))[Item.LANGUAGE].value == ["ja", "en", "ko"]


async def test_a_form_that_is_no_form_or_too_large_is_refused_as_a_page(
    app: CitizenApp, browser: ClientSession
) -> None:
    await signed_in(app, browser)
    address = "/account/profile/profile.gender"
    assert (await browser.post(address, json={"gender": "female"})).status == 400
    large = await browser.post(address, data={"gender": "x" * 70_000})
    assert large.status == 413
    assert "What was sent is too large" in await large.text()


async def test_registration_asks_for_each_clause_by_itself(
    app: CitizenApp, browser: ClientSession
) -> None:
    terms = await app.accounts.terms()
    fields = {
        "email": HANAKO,
        "password": PASSWORD,
        "birth_year": "1984",
        "terms_version": terms.version,
        "terms_sha256": terms.sha256,
        **{f"clause-{one}": "yes" for one in terms.mandatory},
        "terms": "yes",
    }
    for missing in ("terms", *(f"clause-{one}" for one in terms.mandatory)):
        answer = await send(
            browser, "/account/register", **{k: v for k, v in fields.items() if k != missing}
        )
        assert answer.status == 400
        assert f'href="#{missing}"' in await answer.text()
    stale = await send(browser, "/account/register", **{**fields, "terms_sha256": "0" * 64})
    assert "A new version of the terms was published" in await stale.text()
    done = await send(browser, "/account/register", **fields)
    assert done.headers["Location"] == "/account/register/sent?next=%2Faccount"
    assert (await app.letter()).to == HANAKO


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "Enter an e-mail address"),
        ("password", "short", "A password has 12 to 128 characters"),
        ("password", "aaaaaaaaaaaaaaaa", "repeats a pattern"),
        ("birth_year", "84", "Enter the year of birth"),
        ("birth_year", "2999", "Enter the year of birth"),
    ],
)
async def test_a_mistake_is_told_at_its_field_and_the_rest_stays(
    app: CitizenApp, browser: ClientSession, field: str, value: str, said: str
) -> None:
    terms = await app.accounts.terms()
    fields = {
        "email": HANAKO,
        "password": PASSWORD,
        "birth_year": "1984",
        "terms_version": terms.version,
        "terms_sha256": terms.sha256,
        **{f"clause-{one}": "yes" for one in terms.mandatory},
        "terms": "yes",
        field: value,
    }
    answer = await send(browser, "/account/register", **fields)
    html = await answer.text()
    assert answer.status == 400
    assert said in html
    assert f'id="{field}-error"' in html
    assert PASSWORD not in html
    assert 'id="terms" name="terms" value="yes" required checked' in html


async def test_the_answer_to_a_known_address_is_the_same(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register(HANAKO)
    answers = []
    for email in (HANAKO, "taro@example.jp"):
        wrong = await send(browser, "/account/login", email=email, password="not the password")
        answers.append((wrong.status, CSRF.sub("", await wrong.text())))
        asked = await send(browser, "/account/recover", email=email)
        answers.append((asked.status, asked.headers["Location"]))
    assert answers[:2] == answers[2:]


async def test_too_many_failures_are_told_with_a_time_to_wait(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register(HANAKO)
    for _ in range(20):
        answer = await send(browser, "/account/login", email=HANAKO, password="not the password")
        if answer.status == 429:
            break
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many wrong attempts" in await answer.text()


async def test_looking_at_a_mailed_link_uses_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    terms = await app.accounts.terms()
    await send(
        browser,
        "/account/register",
        email=HANAKO,
        password=PASSWORD,
        birth_year="1984",
        terms_version=terms.version,
        terms_sha256=terms.sha256,
        terms="yes",
        **{f"clause-{one}": "yes" for one in terms.mandatory},
    )
    token = (await app.letter()).token
    for _ in range(3):
        assert (await browser.get("/account/verify", params={"token": token})).status == 200
    used = await send(browser, f"/account/verify?token={token}", token=token)
    assert used.headers["Location"] == "/account/verified?what=verify"
    again = await browser.get("/account/verify", params={"token": token})
    assert again.status == 404
    assert "There is no such page" in await again.text()


async def test_recovery_sets_a_password_that_signs_in(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register(HANAKO)
    await send(browser, "/account/recover", email=HANAKO)
    token = (await app.letter()).token
    page = f"/account/recover?token={token}"
    weak = await send(browser, page, token=token, password="short")
    assert weak.status == 400
    done = await send(browser, page, token=token, password=OTHER_PASSWORD)
    assert done.headers["Location"] == "/account/signed-out?what=recover.done"
    assert await app.accounts.log_in(HANAKO, OTHER_PASSWORD)


async def test_a_new_password_signs_this_browser_out_too(
    app: CitizenApp, browser: ClientSession
) -> None:
    await signed_in(app, browser)
    wrong = await send(
        browser, "/account/password", current="not the password", password=OTHER_PASSWORD
    )
    assert "The present password is not right" in await wrong.text()
    done = await send(browser, "/account/password", current=PASSWORD, password=OTHER_PASSWORD)
    assert done.status == 303
    assert (await browser.get("/account", allow_redirects=False)).status == 303


async def test_a_new_address_waits_for_its_link(app: CitizenApp, browser: ClientSession) -> None:
    await signed_in(app, browser)
    asked = await send(browser, "/account/email", email="new@example.jp", current=PASSWORD)
    assert asked.headers["Location"] == "/account?told=email"
    assert HANAKO in await (await browser.get("/account")).text()
    letter = await app.letter()
    assert letter.to == "new@example.jp"
    page = f"/account/verify?token={letter.token}"
    assert "Confirm the new e-mail address" in await (await browser.get(page)).text()
    await send(browser, page, token=letter.token)
    assert await app.accounts.log_in("new@example.jp", PASSWORD)


async def test_each_item_is_saved_and_deleted_on_its_own(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    saved = await send(browser, "/account/profile/profile.gender", gender="female")
    assert saved.headers["Location"] == "/account/profile?saved=profile.gender"
    html = await (await browser.get(saved.headers["Location"])).text()
    assert "Saved: Gender" in html
    assert "Female" in html
    gone = await send_to(browser, "/account/profile", "/account/profile/profile.gender/remove")
    assert gone.status == 303
    assert Item.GENDER not in await app.personal.present(account)
    for name in ("openid", "email", "member_data", "nonsense"):
        assert (await browser.get(f"/account/profile/{name}")).status == 404


async def test_an_item_and_then_the_service_are_withdrawn(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account, Item.EMAIL, Item.RESIDENCE_AREA)
    await provide(app, account, [ProvidedItem(Item.EMAIL, "address")])
    page = "/account/services"
    item = await send_to(browser, page, f"{page}/{CLIENT}/items/email/withdraw")
    assert item.headers["Location"] == "/account/services?stopped=email"
    required = f"{page}/{CLIENT}/items/profile.birth_year/withdraw"
    assert (await send_to(browser, page, required)).status == 409
    about = await (await browser.get(f"{page}/{CLIENT}/withdraw")).text()
    assert "E-mail address (Address and whether it is confirmed)" in about
    assert "support@tanukido.example" in about
    done = await send(browser, f"{page}/{CLIENT}/withdraw")
    assert done.headers["Location"] == f"{page}/{CLIENT}/withdrawn"
    after = await (await browser.get(done.headers["Location"])).text()
    assert "Nothing is passed on any more" in after
    dossier = await app.consents.dossier(account, CLIENT)
    assert dossier is not None
    assert dossier.value.current is not None
    assert not dossier.value.current.is_live(app.clock.now())


async def test_a_service_is_shown_with_the_purpose_that_was_agreed_to(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account)
    shelf = app.vault.shelf(CONTRACTS)
    kept = await shelf.get("contract")
    assert kept is not None
    before = kept.value
    await app.vault.shelf(CONTRACT_VERSIONS).add(before)
    other = replace(before.purpose, id="ads", text=Bilingual("広告", "To advertise"))
    await shelf.swap(kept, replace(before, version=2, purpose=other))
    html = await (await browser.get("/account/services")).text()
    assert before.purpose.text.en in html
    assert "To advertise" not in html


async def test_nobody_sees_or_ends_what_another_person_agreed_to(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register("taro@example.jp")
    taro = await app.account_of(await app.accounts.log_in("taro@example.jp", PASSWORD))
    await agreed(app, taro, Item.EMAIL)
    await provide(app, taro, [ProvidedItem(Item.EMAIL, "address")])
    await signed_in(app, browser)
    for path in ("/account/services", "/account/provisions"):
        assert "Tanuki" not in await (await browser.get(path)).text()
    answer = await send_to(browser, "/account/password", f"/account/services/{CLIENT}/withdraw")
    assert answer.status == 404
    dossier = await app.consents.dossier(taro, CLIENT)
    assert dossier is not None
    assert dossier.value.current is not None
    assert dossier.value.current.is_live(app.clock.now())


async def test_provisions_are_paged_newest_first_and_filtered(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account, Item.EMAIL)
    for _ in range(120):
        app.clock.advance(6)
        await provide(app, account, [ProvidedItem(Item.EMAIL, "address")])
    seen: list[str] = []
    page = f"/account/provisions?service={CLIENT}"
    while page:
        html = await (await browser.get(page)).text()
        seen += re.findall(r'<time datetime="([^"]+)"', html)
        onward = re.search(r'rel="next" href="([^"]+)"', html)
        page = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


async def test_the_download_holds_what_was_entered(app: CitizenApp, browser: ClientSession) -> None:
    await signed_in(app, browser)
    answer = await browser.get("/account/data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="odori-my-data.json"'
    document = await answer.json()
    assert document["profile"]["email"]["value"] == {"email": HANAKO}
    assert document["profile"]["profile.birth_year"]["value"] == 1984


async def test_deleting_needs_the_password_and_leaves_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await agreed(app, account, Item.EMAIL)
    assert (await send(browser, "/account/delete", current="wrong")).status == 400
    done = await send(browser, "/account/delete", current=PASSWORD)
    assert done.headers["Location"] == "/account/signed-out?what=delete.done"
    assert await app.personal.read(account) == {}
    assert (await browser.get("/account", allow_redirects=False)).status == 303


async def test_terms_are_read_in_every_version_and_language(browser: ClientSession) -> None:
    english = await (await browser.get("/terms/association:id?version=1")).text()
    assert "Your ID and registered data are provided to member companies" in english
    japanese = await (await browser.get("/terms/association:id?lang=ja")).text()
    assert "加盟企業へのID及び登録データの提供" in japanese
    assert (await browser.get("/terms/association:id?version=9")).status == 404


async def test_an_error_is_a_page_in_the_readers_language_and_echoes_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    for path in ("/account/<b>x", "/terms/<b>x"):
        answer = await browser.get(path, headers={"Accept-Language": "ja"})
        html = await answer.text()
        assert answer.status == 404
        assert 'lang="ja"' in html
        assert "ページが見つかりません" in html
        assert "<b>" not in html
    app.vault.away = True
    down = await browser.get("/terms/association:id")
    assert down.status == 503
    assert "Not available at the moment" in await down.text()


async def test_what_companies_told_is_shown_with_its_source_and_can_be_deleted(
    app: CitizenApp, browser: ClientSession
) -> None:
    account = await signed_in(app, browser)
    await told(app, account, {Item.INTERESTS: ["food"], Item.BIRTH_YEAR: 1984})
    html = await (await browser.get("/account/records")).text()
    assert "Tanukido Inc." in html
    assert "Interests: Food" in html
    found = re.search(r'action="(/account/records/[^"]+/remove)"', html)
    assert found is not None
    assert account not in html
    done = await send_to(browser, "/account/records", found[1])
    assert done.headers["Location"] == "/account/records?told=removed"
    html = await (await browser.get("/account/records")).text()
    assert "Nothing was collected" in html
    again = await send_to(browser, "/account/password", found[1])
    assert again.status == 404


async def test_cn18_somebody_who_may_be_a_minor_is_told_so_and_can_grant_nothing(
    app: CitizenApp, browser: ClientSession
) -> None:
    await app.register(HANAKO, birth_year=2012)
    secret = await app.accounts.log_in(HANAKO, PASSWORD)
    browser.cookie_jar.update_cookies({"odori_session": secret})
    assert "You may be under the minimum age" in await (await browser.get("/account")).text()
    answer = await browser.get(app.authorize())
    assert answer.status == 403
    html = await answer.text()
    assert "You cannot allow this" in html
    assert "error=access_denied" in html


async def test_an_address_that_is_not_proved_is_said_to_be_so_and_the_link_comes_again(
    app: CitizenApp, browser: ClientSession
) -> None:
    terms = await app.accounts.terms()
    await app.accounts.register(
        Application(HANAKO, PASSWORD, 1984, terms.ref, terms.mandatory, Language.EN)
    )
    secret = await app.accounts.log_in(HANAKO, PASSWORD)
    browser.cookie_jar.update_cookies({"odori_session": secret})
    await app.letter()
    assert "not confirmed yet" in await (await browser.get("/account")).text()
    again = await send_to(browser, "/account", "/account/verify/again")
    assert again.headers["Location"] == "/account?told=verification"
    await app.accounts.verify((await app.letter()).token)
    assert "not confirmed" not in await (await browser.get("/account")).text()


async def test_everybody_is_signed_out_everywhere(app: CitizenApp, browser: ClientSession) -> None:
    await signed_in(app, browser)
    elsewhere = await app.accounts.log_in(HANAKO, PASSWORD)
    done = await send_to(browser, "/account", "/account/sign-out-everywhere")
    assert done.headers["Location"] == "/account/signed-out?what=sessions.done"
    assert await app.accounts.who(elsewhere) is None
