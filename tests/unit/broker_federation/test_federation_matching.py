"""Whom a registration concerns, and where requests go in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.federation.index import RegistrationIndex
from broker.federation.loops import MOST_HOPS, goes_in_circles, is_forwarded, marked
from broker.federation.matching import common, serving, takes_updates_of
from broker.federation.model import QUERIED, UPDATED, ForwardingMode, Registration, Selector
from kernel.times import Instant

NOW = Instant(1_000)


def registration(*entities: Selector, **members: object) -> Registration:
    given_members = {"id": "r", "entities": entities or (Selector("E1", type="T"),), "url": "u"}
    return Registration(**{**given_members, **members})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("provided", "asked", "both"),
    [
        (Selector("E1", type="T"), Selector("E1", type="T"), Selector("E1", type="T")),
        (Selector("E1", type="T"), Selector("E2", type="T"), None),
        (Selector("E1", type="T"), Selector("E1", type="U"), None),
        (Selector("E1", type="T"), Selector("E1"), Selector("E1", type="T")),
        (Selector("E1"), Selector("E1", type="T"), Selector("E1", type="T")),
        (Selector("E1"), Selector("E1"), Selector("E1")),
        (Selector("E1", type="T"), Selector(), Selector("E1", type="T")),
        (Selector("E1", type="T"), Selector("", "^E", "T"), Selector("E1", type="T")),
        (Selector("E1", type="T"), Selector("", "^F", "T"), None),
        (Selector("E1", type="T"), Selector("E1", type_pattern="^T$"), Selector("E1", type="T")),
        (Selector("E1", type="T"), Selector("E1", type_pattern="U"), None),
        (Selector("", ".*", "T"), Selector("E1", type="T"), Selector("E1", type="T")),
        (Selector("", ".*", "T"), Selector("", "^E", "T"), Selector("", "^E", "T")),
        (Selector("", ".*", "T"), Selector(type="T"), Selector("", ".*", "T")),
        (Selector("", "^F", "T"), Selector("E1", type="T"), None),
        (Selector("", "^F", "T"), Selector("", "^E", "T"), Selector("", "^F", "T")),
    ],
)
def test_what_both_name_is_asked_for(
    provided: Selector, asked: Selector, both: Selector | None
) -> None:
    assert common(provided, asked) == both


@pytest.mark.parametrize(
    ("provided", "name", "kind", "concerned"),
    [
        (Selector("E1", type="T"), "E1", "T", True),
        (Selector("E1", type="T"), "E1", "U", False),
        (Selector("E1", type="T"), "E1", "", False),
        (Selector("E1"), "E1", "T", True),
        (Selector("E1"), "E1", "", True),
        (Selector("", ".*", "T"), "E1", "T", True),
        (Selector("E1"), "E2", "T", False),
    ],
)
def test_updates_concern_who_names_no_type_or_the_very_type(
    provided: Selector, name: str, kind: str, *, concerned: bool
) -> None:
    elsewhere = Selector("E9", type="T")
    assert takes_updates_of(registration(elsewhere, provided), name, kind) is concerned


@pytest.mark.parametrize(
    ("mode", "queried", "updated"),
    [
        (ForwardingMode.NONE, False, False),
        (ForwardingMode.QUERY, True, False),
        (ForwardingMode.UPDATE, False, True),
        (ForwardingMode.ALL, True, True),
    ],
)
def test_the_mode_says_what_a_provider_is_asked(
    mode: ForwardingMode, *, queried: bool, updated: bool
) -> None:
    one = registration(mode=mode)
    assert bool(serving([one], QUERIED, "", NOW)) is queried
    assert bool(serving([one], UPDATED, "", NOW)) is updated


def test_a_registration_ends_when_it_expires() -> None:
    one = registration(expires_at=NOW)
    assert serving([one], QUERIED, "", Instant(NOW - 1)) == [one]
    assert serving([one], QUERIED, "", NOW) == []
    assert serving([registration(is_active=False)], QUERIED, "", NOW) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["/", "/a", "/a/b", "/ab"]),
        ("/#", ["/", "/a", "/a/b", "/ab"]),
        ("/", ["/"]),
        ("/a", ["/a"]),
        ("/a/", ["/a"]),
        ("/a/#", ["/a", "/a/b"]),
        ("/ab, /a/b", ["/a/b", "/ab"]),
        ("/c", []),
    ],
)
def test_the_service_path_says_where_providers_are_looked_for(asked: str, found: list[str]) -> None:
    everywhere = [registration(service_path=path) for path in ("/", "/a", "/a/b", "/ab")]
    assert [one.service_path for one in serving(everywhere, QUERIED, asked, NOW)] == found


SELECTORS = st.builds(
    Selector,
    st.sampled_from(("", "E1", "E2")),
    st.just(""),
    st.sampled_from(("", "T", "U")),
)


@given(
    st.lists(st.lists(SELECTORS, min_size=1, max_size=2).map(tuple), max_size=6),
    st.lists(SELECTORS, max_size=3),
)
def test_the_index_misses_nobody_and_keeps_the_order(
    provided: list[tuple[Selector, ...]], asked: list[Selector]
) -> None:
    everyone = [registration(*some, id=str(number)) for number, some in enumerate(provided)]
    found = RegistrationIndex(everyone).about(asked)
    concerned = [
        one
        for one in everyone
        if not asked or any(common(part, selector) for part in one.entities for selector in asked)
    ]
    assert [one for one in found if one in concerned] == concerned
    assert [one.id for one in found] == sorted(one.id for one in found)


def test_the_index_looks_at_those_only_who_name_the_entity() -> None:
    everyone = [registration(Selector(f"E{n}", type="T"), id=str(n)) for n in range(100)]
    index = RegistrationIndex(everyone)
    assert [one.id for one in index.about([Selector("E7", type="T")])] == ["7"]
    assert index.about([Selector(type="U")]) == []
    assert not RegistrationIndex([])


# Rings --------------------------------------------------------------------------------------------


def test_a_request_that_comes_back_is_recognized_by_its_correlator() -> None:
    sent = marked("walk", 2)
    assert sent == "walk; cbfwd=2"
    assert goes_in_circles(sent, {sent})
    assert goes_in_circles(marked(marked(sent, 1), 3), {sent})


def test_a_request_that_takes_another_way_does_not() -> None:
    first, second = marked("walk", 1), marked("walk", 2)
    assert not goes_in_circles(marked(second, 1), {first})
    assert not goes_in_circles(marked("walk", 12), {first})
    assert not is_forwarded("walk")


def test_a_request_passes_so_many_brokers_and_no_more() -> None:
    correlator = "walk"
    for hops in range(MOST_HOPS):
        assert not goes_in_circles(correlator, set()), hops
        correlator = marked(correlator, 1)
    assert goes_in_circles(correlator, set())


def test_a_correlator_stays_short_enough_to_be_accepted_everywhere() -> None:
    correlator = "x" * 256
    for _ in range(MOST_HOPS):
        correlator = marked(correlator, 1_000)
        assert len(correlator) <= 256
    assert correlator.startswith(marked("x" * 256, 1_000))
