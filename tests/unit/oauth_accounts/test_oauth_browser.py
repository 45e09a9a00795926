import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from kernel.errors import ForbiddenError
from kernel.ids import SeededIds
from oauth.browser import csrf
from oauth.browser.cookies import Cookie, Cookies
from oauth.sealing.secrets import fresh_secret

SECRET = fresh_secret(SeededIds(1))
OTHER = fresh_secret(SeededIds(2))


def request(**cookies: str) -> web.Request:
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return make_mocked_request("GET", "/account", headers={"Cookie": header})


def set_cookie(secure: bool, cookie: Cookie) -> str:
    response = web.Response()
    Cookies(secure=secure).set(response, cookie, SECRET)
    return response.cookies.output(header="")


def test_an_https_issuer_sets_host_cookies_that_scripts_and_other_sites_do_not_get() -> None:
    text = set_cookie(True, Cookie.SESSION)
    assert text.strip().startswith(f"__Host-odori_session={SECRET};")
    assert {one.strip() for one in text.split(";")[1:]} == {
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
        "Secure",
    }


def test_the_demo_on_loopback_sets_neither_prefix_nor_secure() -> None:
    text = set_cookie(False, Cookie.STAFF)
    assert text.strip().startswith(f"odori_staff={SECRET};")
    assert {one.strip() for one in text.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_each_cookie_is_read_by_its_own_name() -> None:
    cookies = Cookies(secure=False)
    asked = request(odori_session=SECRET, odori_visit=OTHER)
    assert cookies.session(asked) == SECRET
    assert cookies.visit(asked) == OTHER
    assert cookies.staff(asked) == ""


def test_a_cookie_without_the_prefix_counts_for_nothing_at_an_https_issuer() -> None:
    assert Cookies(secure=True).session(request(odori_session=SECRET)) == ""
    assert Cookies(secure=True).session(request(**{"__Host-odori_session": SECRET})) == SECRET


@pytest.mark.parametrize("text", ["", "x", SECRET + "x", SECRET[:-1], SECRET[:-1] + "!", "é" * 43])
def test_a_cookie_that_is_no_secret_of_ours_by_its_form_is_none(text: str) -> None:
    assert Cookies(secure=False).session(request(odori_session=text)) == ""


def test_clearing_takes_away_the_cookie_that_was_set() -> None:
    response = web.Response()
    Cookies(secure=True).clear(response)
    text = response.cookies.output(header="")
    assert "__Host-odori_session=" in text
    assert "Max-Age=0" in text
    assert "Secure" in text


def test_check_14_a_form_of_this_browser_passes() -> None:
    csrf.check(SECRET, {csrf.FIELD: csrf.token(SECRET)})


@pytest.mark.parametrize(
    "form",
    [
        {},
        {csrf.FIELD: ""},
        {csrf.FIELD: csrf.token(OTHER)},
        {csrf.FIELD: csrf.token(SECRET)[:-1]},
        {csrf.FIELD: "\ud800"},
        {csrf.FIELD: b"bytes"},
    ],
)
def test_check_14_a_form_without_the_proof_or_of_another_browser_is_refused(
    form: dict[str, object],
) -> None:
    with pytest.raises(ForbiddenError):
        csrf.check(SECRET, form)


def test_check_14_without_a_cookie_no_form_passes() -> None:
    with pytest.raises(ForbiddenError):
        csrf.check("", {csrf.FIELD: csrf.token("")})


def test_the_proof_does_not_contain_the_secret() -> None:
    assert SECRET not in csrf.token(SECRET)
