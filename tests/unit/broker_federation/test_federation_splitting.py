"""How requests are split among providers, and how answers become one."""

from typing import Any

from broker.federation.asks import EntityPart
from broker.federation.model import Registration, Selector
from broker.federation.queries import Asked, merged, query_asks, shown_of
from broker.federation.updates import Missing, update_asks
from broker.model.attribute import Attribute
from broker.model.entity import Entity

E1 = Selector("E1", type="T")
ALL = Selector("", ".*", "T")


def registration(
    url: str, *attributes: str, entities: tuple[Selector, ...] = (E1,)
) -> Registration:
    return Registration(url, entities, url, attributes)


def entity(name: str = "E1", kind: str = "T", path: str = "/", **values: Any) -> Entity:
    return Entity(
        name, (kind,), path, attributes={key: (Attribute(one),) for key, one in values.items()}
    )


def asked_of(
    registrations: list[Registration],
    asked: Asked,
    *found: Entity,
    hidden: tuple[str, ...] = (),
) -> list[tuple[str, Selector, tuple[str, ...]]]:
    asks = query_asks(registrations, asked, found, lambda name: name not in hidden)
    return [(one.url, one.selector, one.attributes) for one in asks]


def test_what_is_found_here_is_not_asked_for() -> None:
    one = registration("one", "A", "B")
    assert asked_of([one], Asked((E1,)), entity(A=1)) == [("one", E1, ("B",))]
    assert asked_of([one], Asked((E1,)), entity(A=1, B=1)) == []
    assert asked_of([one], Asked((E1,)), entity("E2", A=1)) == [("one", E1, ("A", "B"))]


def test_no_more_is_asked_for_than_is_wanted() -> None:
    one = registration("one", "A", "B", "C")
    assert asked_of([one], Asked((E1,), ("C", "A", "X"))) == [("one", E1, ("C", "A"))]
    assert asked_of([one], Asked((E1,), ("X",))) == []


def test_a_provider_of_everything_is_asked_for_everything() -> None:
    every = registration("every")
    assert asked_of([every], Asked((E1,))) == [("every", E1, ())]
    assert asked_of([every], Asked((E1,)), entity(A=1)) == [("every", E1, ())]
    assert asked_of([every], Asked((E1,), ("A", "B")), entity(A=1)) == [("every", E1, ("B",))]
    assert asked_of([every], Asked((E1,), ("A",)), entity(A=1)) == []


def test_who_names_an_attribute_is_asked_before_who_provides_all() -> None:
    everyone = [registration("every"), registration("one", "A"), registration("two", "A")]
    assert asked_of(everyone, Asked((E1,), ("A", "B"))) == [
        ("one", E1, ("A",)),
        ("every", E1, ("B",)),
    ]


def test_of_a_pattern_every_provider_may_know_other_entities() -> None:
    everyone = [registration(url, "A", entities=(ALL,)) for url in ("one", "two")]
    assert asked_of(everyone, Asked((Selector(type="T"),)), entity(A=1)) == [
        ("one", ALL, ("A",)),
        ("two", ALL, ("A",)),
    ]


def test_two_registrations_of_one_provider_are_one_request() -> None:
    everyone = [registration("one", "A"), registration("one", "B")]
    assert asked_of(everyone, Asked((E1,))) == [("one", E1, ("A", "B"))]
    assert asked_of([*everyone, registration("one")], Asked((E1,))) == [("one", E1, ())]


def test_each_entity_that_is_registered_is_a_request_of_its_own() -> None:
    two = registration("one", "A", entities=(E1, Selector("E2", type="T")))
    assert asked_of([two], Asked((Selector(type="T"),))) == [
        ("one", E1, ("A",)),
        ("one", Selector("E2", type="T"), ("A",)),
    ]


def test_attributes_that_the_caller_may_not_see_are_asked_of_nobody() -> None:
    assert asked_of([registration("one", "A", "B")], Asked((E1,)), hidden=("A",)) == [
        ("one", E1, ("B",))
    ]
    assert asked_of([registration("one", "A")], Asked((E1,)), hidden=("A",)) == []
    assert asked_of([registration("every")], Asked((E1,), ("A",)), hidden=("A",)) == []


def test_what_shows_nothing_by_itself_takes_no_place_on_a_page() -> None:
    here = [entity("E1", A=1), entity("E2", B=1), entity("E3")]
    assert shown_of(here, Asked()) == 2
    assert shown_of(here, Asked(attributes=("A", "C"))) == 1


def test_many_ids_look_at_each_registration_once() -> None:
    many = Asked(tuple(Selector(f"E{n}") for n in range(2_000)))
    everyone = [
        registration("one", "A", entities=(Selector(f"E{n}", type="T"),)) for n in range(2_000)
    ]
    assert len(asked_of(everyone, many)) == 2_000


# Answers ------------------------------------------------------------------------------------------


def test_what_is_here_counts_and_is_completed() -> None:
    [one] = merged([entity(A=1)], [[entity(B=2, A=9)], [entity(B=3, C=4)]])
    assert {name: some[0].value for name, some in one.attributes.items()} == {
        "A": 1,
        "B": 2,
        "C": 4,
    }
    assert list(one.attributes) == ["A", "B", "C"]


def test_what_others_alone_know_follows_in_their_order() -> None:
    entities = merged([entity("E1")], [[entity("E3"), entity("E1", "U")], [entity("E2")]])
    assert [(one.id, one.types[0]) for one in entities] == [
        ("E1", "T"),
        ("E3", "T"),
        ("E1", "U"),
        ("E2", "T"),
    ]


def test_of_the_same_entity_at_several_paths_none_is_completed() -> None:
    here = [entity(path="/a", A=1), entity(path="/b", A=1)]
    assert merged(here, [[entity(B=2)], [entity("E2", B=2)]])[:2] == here
    assert len(merged(here, [[entity(B=2)], [entity("E2", B=2)], [entity("E2", C=2)]])) == 3


# Updates ------------------------------------------------------------------------------------------


def missing(name: str = "E1", kind: str = "T", **values: Any) -> Missing:
    return Missing(name, kind, {key: (Attribute(one),) for key, one in values.items()})


def sent_to(
    registrations: list[Registration], *some: Missing, guarded: tuple[str, ...] = ()
) -> dict[str, dict[int, tuple[str, str, tuple[str, ...]]]]:
    asks = update_asks(registrations, dict(enumerate(some)), lambda name: name not in guarded)
    return {
        ask.url: {
            position: (part.id, part.type, tuple(part.attributes))
            for position, part in ask.parts.items()
        }
        for ask in asks
    }


def test_each_attribute_goes_to_one_provider() -> None:
    everyone = [registration("every"), registration("one", "A", "C"), registration("two", "A")]
    assert sent_to(everyone, missing(A=1, B=2, C=3)) == {
        "one": {0: ("E1", "T", ("A", "C"))},
        "every": {0: ("E1", "T", ("B",))},
    }


def test_the_entities_of_a_batch_go_to_a_provider_together() -> None:
    both = registration("one", "A", entities=(E1, Selector("E2", type="T")))
    assert sent_to([both], missing(A=1), missing("E3", A=1), missing("E2", A=1)) == {
        "one": {0: ("E1", "T", ("A",)), 2: ("E2", "T", ("A",))}
    }


def test_an_update_without_a_type_is_for_who_registered_none() -> None:
    typed, untyped = registration("one", "A"), registration("two", entities=(Selector("E1"),))
    assert sent_to([typed], missing(kind="", A=1)) == {}
    assert sent_to([typed, untyped], missing(kind="", A=1)) == {"two": {0: ("E1", "", ("A",))}}


def test_what_the_caller_may_not_write_is_not_forwarded() -> None:
    untyped = registration("one", entities=(Selector("E1"),))
    assert sent_to([registration("one", "A")], missing(A=1), guarded=("T",)) == {}
    assert sent_to([untyped], missing(kind="", A=1), guarded=("",)) == {}
    assert sent_to([untyped], missing(A=1), guarded=("",)) == {"one": {0: ("E1", "T", ("A",))}}


def test_values_are_forwarded_as_they_were_written() -> None:
    [ask] = update_asks([registration("one", "A")], {4: missing(A={"x": 1})}, lambda _: True)
    assert ask.parts == {4: EntityPart("E1", "T", {"A": (Attribute({"x": 1}),)})}
