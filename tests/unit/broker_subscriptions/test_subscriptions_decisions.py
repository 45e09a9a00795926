"""The decision table of triggering: which change is told, and which condition keeps it quiet."""

from typing import Any, NamedTuple

import pytest

from broker.model.attribute import Attribute, Kind
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.subscriptions.explain import explain
from broker.subscriptions.matching import SubscriptionIndex
from broker.subscriptions.model import (
    AttributeTrigger,
    Condition,
    Endpoint,
    EntityMatcher,
    Face,
    Status,
    Subscription,
)
from broker.subscriptions.verdict import Quiet
from kernel.times import Instant

NOW = Instant(1_000_000)
ROOM = EntityMatcher(id="R1", type="Room")
Q, WATCH = "temperature>20", ("temperature",)
NEAR = {"georel": "near;maxDistance:1000", "geometry": "point", "coords": "43.06,141.35"}
FAR = {"georel": "near;maxDistance:1000", "geometry": "point", "coords": "35.68,139.76"}


def attribute(value: Any, **metadata: Any) -> tuple[Attribute, ...]:
    return (Attribute(value, metadata={name: Attribute(one) for name, one in metadata.items()}),)


def room(**values: Any) -> Entity:
    place = Attribute({"type": "Point", "coordinates": [141.35, 43.06]}, Kind.GEO, "geo:json")
    attributes = {name: attribute(value) for name, value in values.items()}
    return Entity("R1", ("Room",), "/city/north", ("/a/b",), {**attributes, "location": (place,)})


BEFORE = room(temperature=18, humidity=40)
WARM = room(temperature=25, humidity=40)
COLD = room(temperature=15, humidity=40)


def created(entity: Entity = WARM) -> Change:
    names = tuple(entity.attributes)
    every = frozenset(names)
    return Change(Alteration.CREATE, None, entity, NOW, names, every, every)


def changed(
    *names: str, after: Entity = WARM, written: tuple[str, ...] = (), metadata_only: bool = False
) -> Change:
    values = frozenset() if metadata_only else frozenset(names)
    return Change(Alteration.CHANGE, BEFORE, after, NOW, names + written, frozenset(names), values)


def rewritten(*names: str, after: Entity = WARM) -> Change:
    return Change(Alteration.UPDATE, after, after, NOW, names)


def deleted(entity: Entity = WARM) -> Change:
    names = tuple(entity.attributes)
    every = frozenset(names)
    return Change(Alteration.DELETE, entity, None, NOW, names, every, every)


def subscription(
    entities: tuple[EntityMatcher, ...] = (ROOM,),
    condition: dict[str, Any] | None = None,
    **rest: Any,
) -> Subscription:
    return Subscription(
        "s1", entities, Endpoint("http://r/"), condition=Condition(**(condition or {})), **rest
    )


class Row(NamedTuple):
    name: str
    subscription: Subscription
    change: Change
    quiet: Quiet | None


def when(name: str, change: Change, quiet: Quiet | None = None, **condition: Any) -> Row:
    return Row(name, subscription(condition=condition), change, quiet)


def who(name: str, quiet: Quiet | None = None, face: Face = Face.V2, **matcher: str) -> Row:
    told = subscription((EntityMatcher(**matcher),), face=face)
    return Row(name, told, changed("temperature"), quiet)


def of(name: str, quiet: Quiet | None = None, **rest: Any) -> Row:
    return Row(name, subscription(**rest), changed("temperature"), quiet)


TEMPERATURE = changed("temperature")
HUMIDITY = changed("humidity")
METADATA = changed("temperature", metadata_only=True)
UNTOUCHED = rewritten("temperature")
GONE = Change(
    Alteration.CHANGE,
    WARM,
    room(humidity=40),
    NOW,
    ("temperature",),
    frozenset({"temperature"}),
    frozenset({"temperature"}),
)
ADDED = Change(
    Alteration.CHANGE,
    room(humidity=40),
    WARM,
    NOW,
    ("temperature",),
    frozenset({"temperature"}),
    frozenset({"temperature"}),
)
A, T, ALL = Alteration, AttributeTrigger, tuple(Alteration)
NO_ALTERATION, NO_ATTRIBUTE = Quiet.ALTERATION, Quiet.ATTRIBUTE
CREATED, UPDATED, REMOVED = (T.CREATED,), (T.UPDATED,), (T.DELETED,)

TABLE = [
    # By default, creation and actual change are told.
    when("a creation", created()),
    when("a change", TEMPERATURE),
    when("a change of metadata", METADATA),
    when("an update that changes nothing", UNTOUCHED, NO_ALTERATION),
    when("a deletion", deleted(), NO_ALTERATION),
    when("a vanished attribute", GONE),
    when("an added attribute", ADDED),
    # Watched attributes.
    when("creation with the watched attribute", created(), attributes=WATCH),
    when(
        "creation without the watched attribute",
        created(room(humidity=1)),
        NO_ATTRIBUTE,
        attributes=WATCH,
    ),
    when("change of the watched attribute", TEMPERATURE, attributes=WATCH),
    when("change of another attribute", HUMIDITY, NO_ATTRIBUTE, attributes=WATCH),
    when("change of one of two watched", HUMIDITY, attributes=("temperature", "humidity")),
    when("the watched attribute vanishes", GONE, attributes=WATCH),
    when("the watched attribute appears", ADDED, attributes=WATCH),
    when("the watched attribute is rewritten", UNTOUCHED, NO_ALTERATION, attributes=WATCH),
    when(
        "the watched attribute is rewritten beside a change",
        changed("humidity", written=("temperature",)),
        NO_ATTRIBUTE,
        attributes=WATCH,
    ),
    when("metadata of the watched attribute", METADATA, attributes=WATCH),
    when("a watched attribute nobody has", TEMPERATURE, NO_ATTRIBUTE, attributes=("co2",)),
    # Metadata may be left out of account.
    when("metadata only, not wanted", METADATA, NO_ALTERATION, notify_on_metadata_change=False),
    when(
        "metadata of the watched one, not wanted",
        METADATA,
        NO_ALTERATION,
        attributes=WATCH,
        notify_on_metadata_change=False,
    ),
    when("a value, metadata not wanted", TEMPERATURE, notify_on_metadata_change=False),
    when(
        "metadata only, every update wanted",
        METADATA,
        alterations=(A.UPDATE,),
        notify_on_metadata_change=False,
    ),
    # Alteration types.
    when("creation, only creation", created(), alterations=(A.CREATE,)),
    when("change, only creation", TEMPERATURE, NO_ALTERATION, alterations=(A.CREATE,)),
    when("creation, only change", created(), NO_ALTERATION, alterations=(A.CHANGE,)),
    when("change, only change", TEMPERATURE, alterations=(A.CHANGE,)),
    when("rewriting, only change", UNTOUCHED, NO_ALTERATION, alterations=(A.CHANGE,)),
    when("rewriting, updates", UNTOUCHED, alterations=(A.UPDATE,)),
    when("change, updates", TEMPERATURE, alterations=(A.UPDATE,)),
    when("creation, updates", created(), NO_ALTERATION, alterations=(A.UPDATE,)),
    when("deletion, updates", deleted(), NO_ALTERATION, alterations=(A.UPDATE,)),
    when("deletion, deletions", deleted(), alterations=(A.DELETE,)),
    when("change, deletions", TEMPERATURE, NO_ALTERATION, alterations=(A.DELETE,)),
    when("a vanished attribute, deletions", GONE, NO_ALTERATION, alterations=(A.DELETE,)),
    when("deletion, all types", deleted(), alterations=ALL),
    when("rewriting, all types", UNTOUCHED, alterations=ALL),
    when("rewriting the watched, updates", UNTOUCHED, alterations=(A.UPDATE,), attributes=WATCH),
    when(
        "rewriting another, updates",
        rewritten("humidity"),
        NO_ATTRIBUTE,
        alterations=(A.UPDATE,),
        attributes=WATCH,
    ),
    when(
        "rewritten beside a change, updates",
        changed("humidity", written=("temperature",)),
        alterations=(A.UPDATE,),
        attributes=WATCH,
    ),
    when("deletion with the watched", deleted(), alterations=(A.DELETE,), attributes=WATCH),
    when(
        "deletion without the watched",
        deleted(room(humidity=1)),
        alterations=(A.DELETE,),
        attributes=WATCH,
    ),
    # Triggers of single attributes (NGSI-LD).
    when("an attribute appears", ADDED, attribute_triggers=CREATED),
    when("an attribute appears, updates wanted", ADDED, NO_ALTERATION, attribute_triggers=UPDATED),
    when("an attribute is updated", TEMPERATURE, attribute_triggers=UPDATED),
    when("an attribute is rewritten", UNTOUCHED, attribute_triggers=UPDATED),
    when("an attribute vanishes", GONE, attribute_triggers=REMOVED),
    when("one vanishes, updates wanted", GONE, NO_ALTERATION, attribute_triggers=UPDATED),
    when("a creation brings attributes", created(), attribute_triggers=CREATED),
    when("a deletion takes attributes", deleted(), attribute_triggers=REMOVED),
    when("another vanishes", GONE, NO_ATTRIBUTE, attribute_triggers=REMOVED, attributes=("x",)),
    # Filters, asked of the entity after the change.
    when("q holds", TEMPERATURE, q=Q),
    when("q does not hold any more", changed("temperature", after=COLD), Quiet.Q, q=Q),
    when("q holds, watched changes", TEMPERATURE, q=Q, attributes=WATCH),
    when("q holds, another changes", HUMIDITY, NO_ATTRIBUTE, q=Q, attributes=WATCH),
    when("q asks for a vanished attribute", GONE, Quiet.Q, q="temperature"),
    when("q asks for its absence", GONE, q="!temperature"),
    when("q holds of the deleted entity", deleted(), q=Q, alterations=(A.DELETE,)),
    when("q not of the deleted", deleted(COLD), Quiet.Q, q=Q, alterations=(A.DELETE,)),
    when("q holds, nothing changed", UNTOUCHED, NO_ALTERATION, q=Q),
    when("mq without such metadata", TEMPERATURE, Quiet.MQ, mq="temperature.accuracy>0.5"),
    when("near enough", TEMPERATURE, **NEAR),
    when("too far", TEMPERATURE, Quiet.GEO, **FAR),
    when("near enough, q does not hold", changed("temperature", after=COLD), Quiet.Q, q=Q, **NEAR),
    when("q holds, too far", TEMPERATURE, Quiet.GEO, q=Q, **FAR),
    when("q and geo hold", TEMPERATURE, q=Q, attributes=WATCH, **NEAR),
    when("in scope", TEMPERATURE, scope_q="/a/#"),
    when("out of scope", TEMPERATURE, Quiet.SCOPE, scope_q="/c"),
    when("q that does not parse", TEMPERATURE, Quiet.UNREADABLE, q="temperature>"),
    when("geo that does not parse", TEMPERATURE, Quiet.UNREADABLE, georel="near"),
    # Which entities.
    who("id and type", id="R1", type="Room"),
    who("id alone", id="R1"),
    who("type alone", type="Room"),
    who("another id", Quiet.ENTITY, id="R2", type="Room"),
    who("another type", Quiet.ENTITY, id="R1", type="Car"),
    who("pattern of ids", id_pattern="^R", type="Room"),
    who("pattern of other ids", Quiet.ENTITY, id_pattern="^C", type="Room"),
    who("any id", id_pattern=".*", type="Room"),
    who("pattern of types", id_pattern=".*", type_pattern="oo"),
    who("pattern of other types", Quiet.ENTITY, id="R1", type_pattern="^C"),
    who("everything", id_pattern=".*"),
    who("a pattern that RE2 refuses", Quiet.UNREADABLE, id_pattern="(?=x)"),
    who("a selection of types", face=Face.LD, type="Car|Room"),
    who("a selection of other types", Quiet.ENTITY, face=Face.LD, type="Car|Bus"),
    who("in NGSI-v2 the same is one name", Quiet.ENTITY, type="Car|Room"),
    of("the second matcher", entities=(EntityMatcher(id="X"), EntityMatcher(type="Room"))),
    # Service paths.
    of("everywhere", service_path="/#"),
    of("its own path", service_path="/city/north"),
    of("below", service_path="/city/#"),
    of("at it, and below", service_path="/city/north/#"),
    of("the parent alone", Quiet.SERVICE_PATH, service_path="/city"),
    of("a neighbour", Quiet.SERVICE_PATH, service_path="/city/south"),
    of("a name that begins the same", Quiet.SERVICE_PATH, service_path="/ci/#"),
    of("the root", Quiet.SERVICE_PATH, service_path="/"),
    # Status and expiry.
    of("oneshot", status=Status.ONESHOT),
    of("inactive", Quiet.INACTIVE, status=Status.INACTIVE),
    of("expires later", expires_at=Instant(NOW + 1)),
    of("expires now", Quiet.EXPIRED, expires_at=NOW),
    of("expired", Quiet.EXPIRED, expires_at=Instant(NOW - 1)),
]


def sentences(row: Row) -> str:
    return f"{row.name}: {row.quiet or 'told'}"


@pytest.mark.parametrize("row", TABLE, ids=sentences)
def test_the_deciding_condition_is_named(row: Row) -> None:
    assert explain(row.subscription, row.change) == row.quiet


@pytest.mark.parametrize("row", TABLE, ids=sentences)
def test_the_index_tells_exactly_what_the_explanation_says(row: Row) -> None:
    notices = list(SubscriptionIndex([row.subscription]).notices(row.change, "city", "c-1"))

    assert len(notices) == (row.quiet is None)
    for notice in notices:
        assert (notice.subscription_id, notice.tenant, notice.correlator) == ("s1", "city", "c-1")
        assert notice.entity == row.change.entity


def test_the_table_has_no_row_twice() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE) >= 60


def test_a_lane_names_the_machine_and_no_credentials() -> None:
    assert Endpoint("http://user:secret@host:80/path?x=1").lane == "http://host:80"
    assert Endpoint("http://host?x=a/b").lane == "http://host"
