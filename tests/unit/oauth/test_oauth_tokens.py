"""What a token may be limited to."""

import pytest

from kernel.errors import BadRequestError
from kernel.permission import Permission, Scope
from kernel.times import Instant
from oauth.model.token import Token


def token(**limits: frozenset[str]) -> Token:
    return Token("one", "0" * 64, frozenset({Scope.NGSI_READ}), Instant(0), **limits)


def test_limits_become_the_permission_of_its_holder() -> None:
    limits = {
        "types": frozenset({"Air"}),
        "attributes": frozenset({"co2"}),
        "service_paths": frozenset({"/parks/#"}),
    }
    principal = token(**limits, tenants=frozenset({"green"})).principal()
    assert principal.permission == Permission(**limits)
    assert principal.tenants == frozenset({"green"})


def test_a_token_without_limits_hides_nothing() -> None:
    assert token().principal().permission.hides_nothing()


@pytest.mark.parametrize("path", ["/", "/#", "/a", "/a/#", "/a_1/B", "/" + "/".join("abcdefghij")])
def test_service_paths_are_fiwares(path: str) -> None:
    assert token(service_paths=frozenset({path})).service_paths == {path}


@pytest.mark.parametrize(
    "path",
    ["", "a", "#", "/a/", "/a//b", "/a/#/b", "/a,/b", "/ä", "/a b", "/a#", "/" + "x" * 51,
     "/" + "/".join("abcdefghijk")],
)  # fmt: skip
def test_what_is_no_service_path_is_refused_and_not_repeated(path: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        token(service_paths=frozenset({path}))
    assert "/parks" in str(refused.value)
