"""A login leads to our own pages, whatever the address says."""

import pytest

from oauth.pages.onward import HOME, safe_next


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
def test_a_page_that_is_meant_for_it_is_where_the_login_leads(path: str) -> None:
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example/account",
        "//evil.example/account",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/account//evil.example",
        "/account/../staff",
        "/account/%2e%2e/staff",
        "/account/./x",
        "/account\n/x",
        "/account\t",
        " /account",
        "/accounts",
        "/account.evil.example",
        "/account@evil.example",
        "/oauth/authorize",
        "/oauth/authorize/decision?x=1",
        "/oauth/authorizeX?x=1",
        "/oauth/token?x=1",
        "/staff",
        "javascript:alert(1)",
        "/account/login?next=/account",
        "/account/logout",
        "/account?x=" + "y" * 9_000,
        "/oauth/authorize?state=\u3000",
    ],
)
def test_anything_else_leads_home(path: str) -> None:
    assert safe_next(path) == HOME
