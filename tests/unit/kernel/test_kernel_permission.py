"""What a permission shows, and which permission covers which."""

import pytest

from kernel.permission import EVERYTHING, Permission


def paths(*shown: str) -> Permission:
    return Permission(service_paths=frozenset(shown))


def types(*shown: str, hidden: frozenset[str] = frozenset()) -> Permission:
    return Permission(types=frozenset(shown), hidden_types=hidden)


@pytest.mark.parametrize(
    ("shown", "path", "is_shown"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", False),
        ("/a", "/", False),
        ("/a/#", "/a", True),
        ("/a/#", "/a/b/c", True),
        ("/a/#", "/ab", False),
        ("/a/#", "/", False),
        ("/#", "/", True),
        ("/#", "/a/b", True),
        ("/", "/", True),
        ("/", "/a", False),
    ],
)
def test_a_service_path_is_itself_and_with_a_hash_all_below(
    shown: str, path: str, is_shown: bool
) -> None:
    assert paths(shown).shows_path(path) is is_shown
    assert paths("/other", shown).shows_path(path) is is_shown


def test_no_path_and_no_type_show_nothing() -> None:
    assert not paths().shows_path("/")
    assert not types().shows_types(("Room",))


def test_one_shown_type_is_enough_and_one_hidden_type_too_much() -> None:
    permission = types("Room", hidden=frozenset({"Secret"}))
    assert permission.shows_types(("Hall", "Room"))
    assert not permission.shows_types(("Room", "Secret"))
    assert not permission.shows_types(("Hall",))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (EVERYTHING, types("Room")),
        (types("Room", "Hall"), types("Room")),
        (paths("/a/#"), paths("/a")),
        (paths("/a/#"), paths("/a/c", "/a/b/#")),
        (paths("/#"), paths("/", "/b/#")),
        (Permission(attributes=frozenset({"a", "b"})), Permission(attributes=frozenset({"b"}))),
        (Permission(), Permission(hidden_types=frozenset({"Flow"}))),
        (EVERYTHING, Permission(frozenset(), frozenset(), frozenset({"x"}), frozenset())),
    ],
)
def test_a_permission_covers_what_shows_less(wide: Permission, narrow: Permission) -> None:
    assert wide.covers(narrow)
    assert wide.covers(wide)
    assert narrow.covers(narrow)
    assert not narrow.covers(wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (types("Room"), types("Hall")),
        (types("Room"), paths("/a")),
        (paths("/a"), paths("/b")),
        (paths("/a/b/#"), paths("/a")),
        (types("Room", hidden=frozenset({"Flow"})), types("Room", hidden=frozenset({"Secret"}))),
    ],
)
def test_permissions_of_different_parts_cover_neither_the_other(
    one: Permission, other: Permission
) -> None:
    assert not one.covers(other)
    assert not other.covers(one)


def test_only_a_permission_without_limits_hides_nothing() -> None:
    assert EVERYTHING.hides_nothing()
    for limited in (
        types(),
        paths("/#"),
        Permission(attributes=frozenset()),
        Permission(hidden_types=frozenset({"Flow"})),
    ):
        assert not limited.hides_nothing()
