"""Two cities that look the same to somebody who may not see everything, and what he may ask.

Non-interference (Goguen and Meseguer, 1982): if two states differ only in what is hidden from
somebody, no answer he gets tells them apart; and nothing he does changes what is hidden. What is
hidden is said here a second time, in the plainest way, so that the broker cannot define it itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import hypothesis.strategies as st
import msgspec

from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from kernel.permission import Permission
from kernel.times import Instant

NAMES: Final = ("a", "b", "c", "location", "spot")
TYPES: Final = ("Room", "Hall", "Secret")
PATHS: Final = ("/", "/p", "/p/q", "/pq")
IDS: Final = ("urn:x:1", "urn:x:2", "urn:x:3")
OPEN: Final = Instant(1_700_000_000_000_000)
_WORLD_STARTED: Final = st.integers(1, 5).map(lambda second: Instant(OPEN + second * 1_000_000))

permissions: Final = st.builds(
    Permission,
    st.sampled_from([None, frozenset({"Room"}), frozenset({"Room", "Hall"})]),
    st.sampled_from([None, frozenset({"a", "location"}), frozenset({"b", "spot"}), frozenset()]),
    st.sampled_from([frozenset(), frozenset({"Secret"})]),
    st.sampled_from([None, frozenset({"/p/#"}), frozenset({"/", "/pq/#"}), frozenset({"/#"})]),
).filter(lambda one: not one.hides_nothing())


# What is hidden -----------------------------------------------------------------------------------


def is_shown(entity: Entity, permission: Permission) -> bool:
    """Whether the entity is there at all for the holder of the permission."""
    types, paths = set(entity.types), permission.service_paths
    if types & permission.hidden_types or (
        permission.types is not None and not types & permission.types
    ):
        return False
    if paths is None or "/#" in paths or entity.service_path in paths:
        return True
    levels = entity.service_path.split("/")
    above = ("/".join(levels[:count]) + "/#" for count in range(2, len(levels) + 1))
    return any(one in paths for one in above)


def shown_names(permission: Permission) -> list[str]:
    return [
        name for name in NAMES if permission.attributes is None or name in permission.attributes
    ]


def hidden_part(entities: Sequence[Entity], permission: Permission) -> dict[Any, Any]:
    """What the holder must not change, by key."""
    return {
        entity.key: entity
        if not is_shown(entity, permission)
        else {name: entity.attributes[name] for name in _hidden_of(entity, permission)}
        for entity in entities
        if not is_shown(entity, permission) or _hidden_of(entity, permission)
    }


def _hidden_of(entity: Entity, permission: Permission) -> list[str]:
    return [name for name in entity.attributes if name not in shown_names(permission)]


# Entities -----------------------------------------------------------------------------------------

scalars: Final = st.one_of(st.integers(0, 3), st.sampled_from(["x", "y", "2020-01-01"]), st.none())
_points: Final = st.tuples(st.sampled_from([141.30, 141.35]), st.sampled_from([43.05, 43.06]))
_flags: Final = st.sampled_from([{}, {}, {"defaultLocation": Attribute(value=True)}])
_metadata: Final = st.dictionaries(st.sampled_from(["m", "n"]), scalars.map(Attribute), max_size=1)


@st.composite
def instances(draw: st.DrawFn, name: str) -> tuple[Attribute, ...]:
    """An attribute; those called `location` and `spot` are places, now and then."""
    at, changed = sorted((draw(_WORLD_STARTED), draw(_WORLD_STARTED)))
    if name in ("location", "spot") and draw(st.booleans()):
        point = {"type": "Point", "coordinates": list(draw(_points))}
        flags = draw(_flags)
        return (Attribute(point, Kind.GEO, metadata=flags, created_at=at, modified_at=changed),)
    metadata = draw(_metadata)
    return (Attribute(draw(scalars), metadata=metadata, created_at=at, modified_at=changed),)


@st.composite
def attributes(draw: st.DrawFn, names: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
    chosen = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    return {name: draw(instances(name)) for name in chosen}


@st.composite
def entities(draw: st.DrawFn, names: Sequence[str], *, types: int = 2) -> Entity:
    named = draw(attributes(names))
    created, modified = sorted((draw(_WORLD_STARTED), draw(_WORLD_STARTED)))
    return Entity(
        draw(st.sampled_from(IDS)),
        tuple(draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=types, unique=True))),
        draw(st.sampled_from(PATHS)),
        tuple(draw(st.lists(st.sampled_from(["/s", "/s/t"]), max_size=1))),
        named,
        created,
        max((modified, *(one.modified_at for some in named.values() for one in some))),
    )


@dataclass(frozen=True)
class Case:
    """Two populations that the permission shows alike: as if there were `shown` and no more."""

    permission: Permission
    shown: Sequence[Entity]
    left: Sequence[Entity]
    right: Sequence[Entity]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Entities that are shown in both, with other hidden attributes, among other hidden ones.

    No hidden entity has a key that the holder could give to one of his own: there is no room for
    two, and ADR 0065 says so.
    """
    permission = draw(permissions)
    visible = entities(shown_names(permission)).filter(lambda one: is_shown(one, permission))
    if permission.attributes is not None:
        visible = visible.map(_modified_with_its_attributes)
    shown = draw(st.lists(visible, max_size=4, unique_by=lambda one: one.key))

    def side() -> list[Entity]:
        taken = {one.key for one in shown}
        hidden = entities(NAMES).filter(
            lambda one: (
                not is_shown(one, permission)
                and not is_shown(_alone(one), permission)
                and one.key not in taken
            )
        )
        beside = draw(st.lists(hidden, max_size=3, unique_by=lambda one: one.key))
        return [*(draw(_embellished(one, permission)) for one in shown), *beside]

    return Case(permission, shown, side(), side())


def _modified_with_its_attributes(entity: Entity) -> Entity:
    """Nobody has written to it what is hidden."""
    written = (one.modified_at for some in entity.attributes.values() for one in some)
    return msgspec.structs.replace(entity, modified_at=max((entity.created_at, *written)))


def _alone(entity: Entity) -> Entity:
    """What another entity of the same key would be."""
    return Entity(entity.id, entity.types[:1], entity.service_path)


@st.composite
def _embellished(draw: st.DrawFn, entity: Entity, permission: Permission) -> Entity:
    """The entity with hidden attributes, and modified when they were."""
    hidden = [name for name in NAMES if name not in shown_names(permission)]
    if not hidden:
        return entity
    more = draw(attributes(hidden))
    both = {**more, **entity.attributes} if draw(st.booleans()) else {**entity.attributes, **more}
    return Entity(
        entity.id,
        entity.types,
        entity.service_path,
        entity.scopes,
        both,
        entity.created_at,
        draw(_WORLD_STARTED.map(lambda at: Instant(at + 10_000_000))),
    )


# Requests -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    service_path: str = ""

    @property
    def is_ld(self) -> bool:
        return self.path.startswith("/ngsi-ld")

    @property
    def headers(self) -> dict[str, str]:
        shown = {"Fiware-ServicePath": self.service_path} if self.service_path else {}
        return shown | ({} if self.body is None else {"Content-Type": "application/json"})

    @property
    def data(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()


_names: Final = st.sampled_from(NAMES)
_types: Final = st.sampled_from(TYPES)
_ids: Final = st.sampled_from(IDS)
_lists: Final = st.lists(_names, min_size=1, max_size=2, unique=True).map(",".join)
_fields: Final = st.sampled_from(["dateCreated", "dateModified", "dateExpires"])
_LATE: Final = "2023-11-14T22:13:33Z"
_V2_END: Final = {"dateExpires": {"type": "DateTime", "value": "2030-01-01T00:00:00Z"}}
"""Between the instants at which hidden attributes were written, and behind all others."""
_values: Final = st.sampled_from(["0", "1", "2", "x", "null", "2023-11-14T22:13:23Z", _LATE])
_v2_statements: Final = st.one_of(
    _names,
    _names.map(lambda name: f"!{name}"),
    st.builds("{}{}{}".format, _names, st.sampled_from(["==", "!=", "<", ">="]), _values),
    st.builds("{}{}{}".format, _fields, st.sampled_from(["!=", "<", ">="]), st.just(_LATE)),
    st.builds("{}=={}..{}".format, _names, st.just("0"), st.just("2")),
    st.builds("{}=={},{}".format, _names, _values, _values),
    st.builds("{}~={}".format, _names, st.just("[xy]")),
)
_v2_q: Final = st.lists(_v2_statements, min_size=1, max_size=2).map(";".join)
_mq: Final = st.one_of(
    st.builds("{}.m".format, _names),
    st.builds("{}.m=={}".format, _names, _values),
    st.builds("{}.dateModified>={}".format, _names, st.just(_LATE)),
)
_ld_statements: Final = st.one_of(
    _names,
    st.builds(
        "{}{}{}".format,
        _names | st.sampled_from(["modifiedAt", "createdAt", "a.m", "c.m", "b.modifiedAt"]),
        st.sampled_from(["==", "!=", "<", ">="]),
        st.sampled_from(["0", "2", '"x"', _LATE]),
    ),
)
_ld_q: Final = st.lists(_ld_statements, min_size=1, max_size=2).map(
    lambda parts: "|".join(parts) if len(parts) % 2 else ";".join(parts)
)
_near: Final = st.sampled_from(["near;maxDistance:2000", "disjoint", "intersects", "coveredBy"])
_ld_near: Final = st.sampled_from(["near;maxDistance==2000", "near;minDistance==2000", "disjoint"])
_orders: Final = st.one_of(
    _names,
    st.just("dateModified"),
    st.lists(
        st.sampled_from(["!a", "b", "geo:distance", "dateCreated", "!dateModified", "type", "id"]),
        min_size=1, max_size=2, unique=True,
    ).map(",".join),
)  # fmt: skip


@st.composite
def _some(draw: st.DrawFn, **parts: st.SearchStrategy[str]) -> tuple[tuple[str, str], ...]:
    """Some of the parameters."""
    chosen = draw(st.sets(st.sampled_from(sorted(parts)), max_size=4))
    return tuple((name, draw(parts[name])) for name in sorted(chosen))


_v2_shape: Final = {
    "attrs": _lists | st.sampled_from(["*,dateModified", "dateModified,dateCreated", "a,*"]),
    "metadata": st.sampled_from(["m", "dateModified", "*,dateModified,dateCreated"]),
    "options": st.sampled_from(
        ["count", "keyValues", "values", "unique", "count,values", "dateModified,dateCreated"]
    ),
}
_v2_select: Final = {
    "q": _v2_q,
    "mq": _mq,
    "orderBy": _orders,
    "type": _types,
    "id": _ids,
    "typePattern": st.sampled_from([".*", "^S", "Ro"]),
    "idPattern": st.sampled_from([".*", "1$"]),
    "limit": st.sampled_from(["1", "2"]),
    "offset": st.sampled_from(["0", "1"]),
    "geo": _near,
}
_ld_shape: Final = {
    "attrs": _lists,
    "options": st.sampled_from(["sysAttrs", "concise", "keyValues", "sysAttrs,simplified"]),
    "pick": st.sampled_from(["id,type", "a", "b,modifiedAt", "c"]),
    "omit": st.sampled_from(["a", "b"]),
}
_ld_select: Final = {
    "q": _ld_q,
    "type": st.sampled_from(["Room", "Secret", "Hall,Room", "(Room;Hall)"]),
    "id": _ids,
    "scopeQ": st.just("/s/#"),
    "count": st.just("true"),
    "limit": st.sampled_from(["1", "2"]),
    "geo": _ld_near,
    "geoproperty": st.sampled_from(["location", "spot"]),
}


def _spread(query: Sequence[tuple[str, str]], *, ld: bool) -> tuple[tuple[str, str], ...]:
    """`geo` stands for three parameters; a property without it is none."""
    said = dict(query)
    relation = said.pop("geo", None)
    if relation is None:
        said.pop("geoproperty", None)
    elif ld:
        said |= {"georel": relation, "geometry": "Point", "coordinates": "[141.30,43.05]"}
    else:
        box = relation in ("coveredBy", "intersects")
        said |= {
            "georel": relation,
            "geometry": "box" if box else "point",
            "coords": "43.055,141.32;43.07,141.4" if box else "43.05,141.30",
        }
    return tuple(said.items())


_service_paths: Final = st.sampled_from(["", "", "/p", "/p/#", "/,/pq", "/#"])


@st.composite
def _lists_of_entities(draw: st.DrawFn) -> Ask:
    listed = _spread(draw(_some(**_v2_shape, **_v2_select)), ld=False)
    asked = _spread(draw(_some(**_ld_shape, **_ld_select)), ld=True)
    sorted_by, path = draw(_orders), draw(_service_paths)
    at = (("orderBy", sorted_by), *_spread([("geo", "near;maxDistance:9000")], ld=False))
    return draw(
        st.sampled_from(
            [
                Ask("GET", "/v2/entities", listed, service_path=path),
                Ask("GET", "/v2/entities", (("options", "count"), ("q", draw(_v2_q)))),
                Ask("GET", "/v2/entities", (("orderBy", sorted_by), ("options", "keyValues"))),
                Ask("GET", "/v2/entities", at if "distance" in sorted_by else at[:1]),
                Ask("POST", "/v2/op/query", draw(_some(**_v2_shape)), draw(_batch_query()), path),
                Ask("GET", "/ngsi-ld/v1/entities", (*asked, ("local", "true"))),
                Ask("GET", "/ngsi-ld/v1/entities", (("q", draw(_ld_q)), ("count", "true"))),
                Ask("POST", "/ngsi-ld/v1/entityOperations/query", (("count", "true"),),
                    {"type": "Query", "entities": [{"type": draw(_types)}], "q": draw(_ld_q)}),
            ]
        )
    )  # fmt: skip


@st.composite
def _single_resources(draw: st.DrawFn) -> Ask:
    entity, name, kind = draw(_ids), draw(_names), draw(_types)
    v2, ld = f"/v2/entities/{entity}", "/ngsi-ld/v1"
    shape, path = draw(_some(**_v2_shape)), draw(_service_paths)
    one = draw(st.sampled_from([(), (("type", kind),)]))
    history = st.sampled_from(
        [(("lastN", "5"),), (("hLimit", "1"),), (("aggrMethod", "count"),),
         (("aggrMethod", "sum"), ("aggrPeriod", "day")), (("aggrMethod", "avg"),)]
    )  # fmt: skip
    past = draw(history) + one
    details = draw(st.sampled_from([(), (("details", "true"),)]))
    return draw(
        st.sampled_from(
            [
                Ask("GET", v2, one + shape),
                Ask("GET", f"{v2}/attrs", one + shape),
                Ask("GET", f"{v2}/attrs/{name}", one),
                Ask("GET", f"{v2}/attrs/{name}/value", one),
                Ask("GET", f"{v2}/attrs/{name}", past, service_path=path),
                Ask("GET", f"{v2}/attrs/{name}", past, service_path="/#"),
                Ask("GET", f"{v2}/attrs/{name}/value", past),
                Ask("GET", "/v2/types", (("options", "count"),), service_path=path),
                Ask("GET", f"/v2/types/{kind}", service_path=path),
                Ask("GET", f"{ld}/entities/{entity}", draw(_some(**_ld_shape))),
                Ask("GET", f"{ld}/types", details),
                Ask("GET", f"{ld}/types/{kind}"),
                Ask("GET", f"{ld}/attributes", details),
                Ask("GET", f"{ld}/attributes/{name}"),
                Ask("GET", "/v2/subscriptions", (("options", "count"),)),
                Ask("GET", f"{ld}/subscriptions", (("count", "true"),)),
            ]
        )
    )


reads: Final = st.one_of(_lists_of_entities(), _single_resources())
"""A question through either face."""


@st.composite
def _batch_query(draw: st.DrawFn) -> dict[str, Any]:
    expression: dict[str, str] = {"q": draw(_v2_q)}
    if draw(st.booleans()):
        expression |= dict(_spread([("geo", draw(_near))], ld=False))
    body: dict[str, Any] = {"entities": [{"idPattern": ".*"}], "expression": expression}
    return body | draw(st.sampled_from([{}, {"attrs": ["a", "c"]}, {"metadata": ["dateModified"]}]))


@st.composite
def v2_attributes(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(_names, min_size=1, max_size=2, unique=True))
    places = st.just({"value": "43.05, 141.3", "type": "geo:point"})
    values = scalars.map(lambda value: {"value": value})
    return {
        name: draw(values | places if name in ("location", "spot") else values) for name in chosen
    }


@st.composite
def ld_attributes(draw: st.DrawFn) -> dict[str, Any]:
    chosen = draw(st.lists(_names, min_size=1, max_size=2, unique=True))
    value = st.sampled_from([1, 2, "x", "urn:ngsi-ld:null"])
    return {name: {"type": "Property", "value": draw(value)} for name in chosen}


@st.composite
def writes(draw: st.DrawFn) -> Ask:
    """A change through either face, within the permission or not."""
    entity, name, kind = draw(_ids), draw(_names), draw(_types)
    path = draw(st.sampled_from(["", "/", "/p", "/p/q", "/pq"]))
    v2, ld = f"/v2/entities/{entity}", f"/ngsi-ld/v1/entities/{entity}"
    one = draw(st.sampled_from([(), (("type", kind),)]))
    some, ld_some = draw(v2_attributes()), draw(ld_attributes())
    types = draw(st.sampled_from(["Room", "Secret", ["Room", "Hall"], ["Hall", "Secret"]]))
    ends = draw(st.sampled_from([{}, {}, _V2_END]))
    whole = {"id": entity, "type": kind, **some, **ends}
    ld_whole = {"id": entity, "type": types, **ld_some}
    ld_end = draw(st.sampled_from([{}, {}, {"scope": "/t"}, {"expiresAt": "2030-01-01T00:00:00Z"}]))
    action = draw(st.sampled_from(["append", "appendStrict", "update", "replace", "delete"]))
    other = {"id": draw(_ids), "type": draw(_types), **draw(v2_attributes())}
    batch = draw(st.sampled_from([[whole], [whole, other], [{"id": entity}], [other, whole]]))
    upsert = draw(st.sampled_from([(), (("options", "upsert"),)]))
    operation = draw(st.sampled_from(["create", "upsert", "update", "merge"]))
    many = f"/ngsi-ld/v1/entityOperations/{operation}"
    replacing = draw(st.sampled_from([(), (("options", "update"),)]))
    return draw(
        st.sampled_from(
            [
                Ask("POST", "/v2/entities", upsert, whole, path),
                Ask("POST", "/v2/entities", upsert, whole, path),
                Ask("DELETE", v2, one, service_path=path),
                Ask("POST", f"{v2}/attrs", one, some, path),
                Ask("PATCH", f"{v2}/attrs", one, some, path),
                Ask("PUT", f"{v2}/attrs", one, some, path),
                Ask("PUT", f"{v2}/attrs", one, {}, path),
                Ask("PUT", f"{v2}/attrs/{name}", one, {"value": 9}, path),
                Ask("PUT", f"{v2}/attrs/dateExpires", one, {"value": "2030-01-01T00:00:00Z"}, path),
                Ask("PUT", f"{v2}/attrs/{name}/value", one, {"k": 9}, path),
                Ask("DELETE", f"{v2}/attrs/{name}", one, service_path=path),
                Ask("POST", "/v2/op/update", (), {"actionType": action, "entities": batch}, path),
                Ask("POST", "/v2/op/update", (), {"actionType": action, "entities": batch}, path),
                Ask("POST", "/v2/op/notify", (), {"subscriptionId": "x" * 24, "data": [whole]},
                    path),
                Ask("POST", "/ngsi-ld/v1/entities", (), ld_whole | ld_end),
                Ask("PUT", ld, (), ld_whole | ld_end),
                Ask("PATCH", ld, (), ld_some | ld_end),
                Ask("PATCH", ld, (), ld_whole),
                Ask("POST", f"{ld}/attrs", (), ld_some),
                Ask("PATCH", f"{ld}/attrs", (), ld_some),
                Ask("PATCH", f"{ld}/attrs/{name}", (), {"value": 9}),
                Ask("PUT", f"{ld}/attrs/{name}", (), {"type": "Property", "value": 9}),
                Ask("DELETE", f"{ld}/attrs/{name}"),
                Ask("DELETE", ld),
                Ask("POST", many, replacing if operation == "upsert" else (), [ld_whole | ld_end]),
                Ask("POST", "/ngsi-ld/v1/entityOperations/delete", (), [entity]),
            ]
        )
    )  # fmt: skip


@st.composite
def subscriptions(draw: st.DrawFn) -> Ask:
    """A subscription with conditions and templates on whatever there is."""
    matcher = draw(st.sampled_from([{"idPattern": ".*"}, {"idPattern": ".*", "type": "Room"}]))
    condition: dict[str, Any] = {"attrs": draw(st.lists(_names, max_size=2))}
    if draw(st.booleans()):
        condition["expression"] = {"q": draw(_v2_q)}
    elif draw(st.booleans()):
        condition["expression"] = {"mq": draw(_mq)}
    if draw(st.booleans()):
        condition["alterationTypes"] = ["entityUpdate", "entityCreate", "entityDelete"]
    notification: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"http": {"url": "http://127.0.0.1:9/"}},
                {"http": {"url": "http://127.0.0.1:9/"}, "attrs": ["*", "dateModified",
                                                                   "alterationType"]},
                {"http": {"url": "http://127.0.0.1:9/"}, "attrs": ["a", "b", "c"],
                 "covered": True, "metadata": ["previousValue", "actionType", "*"]},
                {"http": {"url": "http://127.0.0.1:9/"}, "onlyChangedAttrs": True,
                 "metadata": ["previousValue", "dateModified"]},
                {"httpCustom": {"url": "http://127.0.0.1:9/${a}", "payload": "${b} ${c} ${type}",
                                "headers": {"x": "${spot}"}}},
                {"httpCustom": {"url": "http://127.0.0.1:9/", "ngsi": {"z": {"type": "T",
                                "value": "${c}"}}}},
            ]
        )
    )  # fmt: skip
    if draw(st.booleans()):
        body = {"subject": {"entities": [matcher], "condition": condition},
                "notification": notification}  # fmt: skip
        return Ask("POST", "/v2/subscriptions", (), body, draw(st.sampled_from(["", "/p/#"])))
    ld: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": draw(st.sampled_from(["Room", "Room|Hall", "Secret"]))}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}, "sysAttrs": True},
    }
    if draw(st.booleans()):
        ld["q"] = draw(_ld_q)
    if draw(st.booleans()):
        ld["notificationTrigger"] = ["entityUpdated", "entityCreated", "attributeDeleted"]
    return Ask("POST", "/ngsi-ld/v1/subscriptions", (), ld)


# What others do meanwhile -------------------------------------------------------------------------


@dataclass(frozen=True)
class Meanwhile:
    """Somebody who sees everything writes one shown entity; with other hidden values on each side.

    `which` counts the shown entities; `removed` are names among the shown ones.
    """

    which: int
    written: Mapping[str, tuple[Attribute, ...]]
    left: Mapping[str, tuple[Attribute, ...]]
    right: Mapping[str, tuple[Attribute, ...]]
    whole: bool = False
    secret: bool = False


@st.composite
def meanwhiles(draw: st.DrawFn, permission: Permission) -> Meanwhile:
    shown = shown_names(permission)
    hidden = [name for name in NAMES if name not in shown]
    return Meanwhile(
        draw(st.integers(0, 3)),
        draw(attributes(shown)),
        draw(attributes(hidden)),
        draw(attributes(hidden)),
        draw(st.booleans()),
        draw(st.sampled_from([False, False, True])),
    )
