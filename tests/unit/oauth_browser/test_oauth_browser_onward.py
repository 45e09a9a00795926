"""Signing in leads to our own pages, whatever the address says."""

from urllib.parse import urljoin, urlsplit

import pytest
from yarl import URL

from oauth.browser.onward import Onward
from oauth.pages.onward import ONWARD as CITIZENS
from oauth.staff.signing import ONWARD as STAFF

BOTH = (CITIZENS, STAFF)
SITE = "https://city.example"

ELSEWHERE = [
    "",
    " ",
    "evil",
    "evil.example/account",
    "@evil.example",
    ".evil.example",
    "?next=//evil.example",
    "#",
    "https://evil.example/account",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:account",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example/account",
    "//evil.example@city.example/account",
    "///evil.example",
    "////evil.example",
    "//",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/account\\..\\..\\evil",
    "/%2fevil.example",
    "/%2F/evil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/%2525",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    " //evil.example",
    " /account",
    "/account ",
    "/account\t",
    "/account\n/x",
    "/account\r\nSet-Cookie: x=1",
    "/account\x00",
    "/account\x7f",
    "/account\u2028",
    "/\uff0fevil.example",
    "/\u2215evil.example",
    "/account//evil.example",
    "/account/../staff",
    "/account/../../evil",
    "/account/%2e%2e/staff",
    "/account/.%2e/staff",
    "/account/./x",
    "/./account",
    "/.",
    "/..",
    "/account/..",
    "/account#@evil.example",
    "/account?x=\u3000",
    "/account?x=<script>",
    "/account?x=" + "y" * 9_000,
]


@pytest.mark.parametrize("onward", BOTH)
@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_could_be_elsewhere_leads_home(onward: Onward, text: str) -> None:
    assert onward.safe(text) == onward.home


@pytest.mark.parametrize("onward", BOTH)
@pytest.mark.parametrize("text", [*ELSEWHERE, "/@evil.example", "/account/@evil", "/:80/x", "/a;b"])
def test_wherever_it_leads_is_on_this_site(onward: Onward, text: str) -> None:
    """As two programs resolve it that other people wrote."""
    where = onward.safe(text)
    page = f"{SITE}/account/login"
    assert urlsplit(urljoin(page, where)).netloc == "city.example"
    assert URL(page).join(URL(where, encoded=True)).origin() == URL(SITE)


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/services",
        "/account/services?stopped=email",
        "/account/services/tanuki-guide/withdraw",
        "/account/profile/profile.name",
        "/oauth/authorize?client_id=a&state=%22%0D%0A&redirect_uri=https%3A%2F%2Fshop.example",
    ],
)
def test_a_citizens_login_leads_to_their_pages_and_to_what_waits_for_it(path: str) -> None:
    assert CITIZENS.safe(path) == path
    assert STAFF.safe(path) == STAFF.home


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?at=2026-07-01",
        "/flow",
        "/boards/why/people?lang=en",
        "/staff/companies",
        "/staff/terms?lang=en",
        "/staff/companies/co_1/clients/new",
        "/accounts",
        "/@evil.example",
    ],
)
def test_an_operators_sign_in_leads_to_their_pages_and_to_the_boards(path: str) -> None:
    assert STAFF.safe(path) == path
    assert CITIZENS.safe(path) == CITIZENS.home


@pytest.mark.parametrize(
    "path",
    [
        "/account/login?next=/account",
        "/account/login",
        "/account/logout",
        "/account/register",
        "/account.evil.example",
        "/account@evil.example",
        "/oauth/authorize",
        "/oauth/authorize/decision?x=1",
        "/oauth/authorizeX?x=1",
        "/oauth/token?x=1",
    ],
)
def test_a_citizens_login_leads_to_no_other_page(path: str) -> None:
    assert CITIZENS.safe(path) == CITIZENS.home


@pytest.mark.parametrize(
    "path", ["/staff/sign-in", "/staff/sign-in?next=/staff/sign-in", "/staff/sign-out", "/oauth/x"]
)
def test_an_operators_sign_in_leads_neither_round_nor_to_a_citizens_pages(path: str) -> None:
    assert STAFF.safe(path) == STAFF.home
